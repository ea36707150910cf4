"""Policies about networks: security groups, VPCs, subnets, routes and names."""
