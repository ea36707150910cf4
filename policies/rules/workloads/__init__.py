"""Policies about workloads in a cluster: the Pod Security Standards, and further isolation."""
