"""Policies about instances: their metadata, addresses, keys, volumes, images and user data."""
