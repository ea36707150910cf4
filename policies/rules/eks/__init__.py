"""Policies about EKS: the control plane, who may use it, its nodes and add-ons."""
