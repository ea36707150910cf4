"""Policies about data: buckets, keys, databases and image registries."""
