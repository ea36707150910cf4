"""Policies about TLS listeners and certificates."""
