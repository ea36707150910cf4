"""Policies about what runs in a cluster: the Pod Security Standards, and what else keeps workloads apart."""
