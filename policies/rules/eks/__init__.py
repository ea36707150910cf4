"""Policies about EKS: the control plane, cluster access, nodes and add-ons."""
