"""Policies about the VPN bastion."""
