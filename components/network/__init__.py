"""The network: one VPC with public, private and intra subnets per zone, and nothing open by default."""

from components.network.network import Network, NetworkArgs

__all__ = ["Network", "NetworkArgs"]
