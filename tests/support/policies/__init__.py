"""Policies as the SDK runs them, and resources for them."""
