"""Policies about the pack itself: resources that it cannot see into, and exemptions in use."""
