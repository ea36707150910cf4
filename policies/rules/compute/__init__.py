"""Policies about machines: their metadata, addresses, keys, volumes, images and user data."""
