"""Policies about IAM: what identities may do, who may become them, and how people sign in."""
