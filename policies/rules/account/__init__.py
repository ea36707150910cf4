"""Policies about the account: trail, detection, encryption by default, and regions."""
