"""Policies about Kubernetes RBAC: roles and bindings."""
