"""Settings of the EKS cluster (INH-1..4, VPN-MFA)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from components.cluster import POD_PORTS, ClusterArgs, NodeGroup, Taint
from components.settings.base import Section
from policies.guidelines.eks import DEFAULT_VERSION, NodeImage


class TaintSettings(Section):
    """A taint of every node in a group."""

    key: str
    value: str = ""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


class NodeGroupSettings(Section):
    """A managed node group."""

    name: str
    instance_types: tuple[str, ...] = ("m7i.large",)
    image: NodeImage = "AL2023"
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    min_size: int = 3
    max_size: int = 6
    desired_size: int = 3
    autoscaled: bool = False
    """Whether an autoscaler decides how many nodes there are; `desiredSize` is then the number at the start."""
    disk_gib: int = 50
    labels: dict[str, str] = Field(default_factory=dict)
    taints: tuple[TaintSettings, ...] = ()
    zones: tuple[str, ...] | None = None
    """Zones it spreads over; None: all of the network's. Changing them makes a new group and drains the old one."""
    release: str | None = None
    """Release of the node image; a newer one rolls through the group. None: the newest when the group is made."""

    def to_args(self) -> NodeGroup:
        """The group as `ClusterArgs` takes it."""
        return NodeGroup(**{**self.model_dump(), "taints": [Taint(**taint.model_dump()) for taint in self.taints]})


class ClusterSettings(Section):
    """`palisade:cluster`."""

    version: str = DEFAULT_VERSION
    """Kubernetes minor version; goes up one at a time, never down: a preview refuses anything else."""
    node_groups: tuple[NodeGroupSettings, ...] = (NodeGroupSettings(name="general"),)
    bootstrap_cidrs: tuple[str, ...] = ()
    """Opens the public endpoint to these /24 to /32 ranges until it is emptied again; the policy pack reports it."""
    operator_namespaces: tuple[str, ...] = ()
    """Namespaces in which operators may edit with EKS's own rights, besides what RBAC gives them; * is a wildcard."""
    pod_ports: dict[int, str] = Field(default_factory=dict)
    """TCP ports on which pods reach each other across nodes, and what for, besides those of Deis (AWS-SG)."""
    egress_ports: dict[int, str] = Field(default_factory=lambda: {443: "Image registries and AWS APIs over TLS"})
    """TCP ports on which nodes and pods may leave the VPC, and what for (AWS-EGRESS)."""
    application_signals: bool = False
    """Instruments every workload behind a Service for CloudWatch Application Signals, which is billed by request."""
    log_retention_days: int = 365

    def to_args(self, **more: Any) -> ClusterArgs:
        """The component's arguments; `more` are those that are not settings of this section."""
        return ClusterArgs(
            version=self.version,
            node_groups=[group.to_args() for group in self.node_groups],
            bootstrap_cidrs=self.bootstrap_cidrs,
            operator_namespaces=self.operator_namespaces,
            pod_ports={**POD_PORTS, **self.pod_ports},
            egress_ports=self.egress_ports,
            application_signals=self.application_signals,
            log_retention_days=self.log_retention_days,
            **more,
        )
