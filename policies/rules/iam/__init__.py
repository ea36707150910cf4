"""Policies about IAM: permissions of identities, trust policies, and sign-in."""
