"""The cluster: a private control plane, its nodes, its add-ons and its access entries."""

from components.cluster.args import ClusterArgs
from components.cluster.cluster import Cluster
from components.cluster.control_plane import control_plane_log_exists
from components.cluster.firewall import API_PORT, POD_PORTS
from components.cluster.kubeconfig import reachable
from components.cluster.node_group_args import NodeGroup, Taint, architectures

__all__ = [
    "API_PORT",
    "POD_PORTS",
    "Cluster",
    "ClusterArgs",
    "NodeGroup",
    "Taint",
    "architectures",
    "control_plane_log_exists",
    "reachable",
]
