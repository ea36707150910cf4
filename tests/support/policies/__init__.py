"""Policies run through the SDK, and resources for them."""
