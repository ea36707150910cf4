"""Settings of the EKS cluster (INH-1..4, VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from components.cluster import NodeGroup, Taint
from components.cluster.args import bootstrap_faults, group_faults, namespace_faults, port_faults
from components.settings.base import InstanceType, Ipv4Cidr, ResourceName, Section, camel_case, matching
from components.settings.network import RetentionDays, ZoneLetter
from policies.guidelines.eks import ADDON_VERSIONS, DEFAULT_VERSION

KubernetesMinor = Annotated[
    str, matching("|".join(map(re.escape, ADDON_VERSIONS)), f"one of {', '.join(ADDON_VERSIONS)}, in quotes (INH-4)")
]
Port = Annotated[int, Field(ge=1, le=65535)]


class TaintSettings(Section):
    """A taint of every node of a group."""

    key: str
    value: str = ""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


class NodeGroupSettings(Section):
    """One managed node group."""

    name: ResourceName
    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1)] = ("m7i.large",)
    image: Literal["AL2023", "BOTTLEROCKET"] = "AL2023"
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    min_size: Annotated[int, Field(ge=0, le=450)] = 3
    max_size: Annotated[int, Field(ge=1, le=450)] = 6
    desired_size: Annotated[int, Field(ge=0, le=450)] = 3
    autoscaled: bool = False
    """Whether an autoscaler decides how many nodes there are; `desiredSize` is then the number at the start."""
    disk_gib: Annotated[int, Field(ge=20, le=16384)] = 50
    labels: dict[str, str] = Field(default_factory=dict)
    taints: tuple[TaintSettings, ...] = ()
    zones: tuple[ZoneLetter, ...] | None = None
    """Zones it spreads over; None: all of the network's. Changing them makes a new group and drains the old one."""
    release: Annotated[str, matching(r"[\d.]+-[\da-f]+", "an image release, such as 1.35.2-20260915")] | None = None
    """Release of the node image; a newer one rolls through the group. None: the newest when the group is made."""

    @model_validator(mode="after")
    def _ordered_sizes(self) -> NodeGroupSettings:
        if not self.min_size <= self.desired_size <= self.max_size:
            raise ValueError("sizes must be minSize <= desiredSize <= maxSize (INH-4)")
        return self

    def to_args(self) -> NodeGroup:
        """The group as `ClusterArgs` takes it."""
        return NodeGroup(**{**self.model_dump(), "taints": [Taint(**taint.model_dump()) for taint in self.taints]})


class ClusterSettings(Section):
    """`palisade:cluster`."""

    version: KubernetesMinor = DEFAULT_VERSION
    """Kubernetes minor version; goes up one at a time, never down: a preview refuses anything else."""
    node_groups: Annotated[tuple[NodeGroupSettings, ...], Field(min_length=1)] = (NodeGroupSettings(name="general"),)
    bootstrap_cidrs: tuple[Ipv4Cidr, ...] = ()
    """Opens the public endpoint to these /24 to /32 ranges until it is emptied again; the policy pack reports it."""
    operator_namespaces: tuple[Annotated[str, matching(r"[a-z0-9*-]{1,63}", "a namespace; * stands for any")], ...] = ()
    """Namespaces in which operators may edit with EKS's own rights, besides what RBAC gives them."""
    pod_ports: dict[Port, str] = Field(default_factory=dict)
    """TCP ports on which pods reach each other across nodes, and what for, besides those of Deis (AWS-SG)."""
    egress_ports: dict[Port, str] = Field(default_factory=lambda: {443: "Image registries and AWS APIs over TLS"})
    """TCP ports on which nodes and pods may leave the VPC, and what for (AWS-EGRESS)."""
    application_signals: bool = False
    """Instruments every workload behind a Service for CloudWatch Application Signals, which is billed by request."""
    log_retention_days: RetentionDays = 365

    @field_validator("bootstrap_cidrs")
    @classmethod
    def _narrow(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if faults := bootstrap_faults(value):
            raise ValueError("; ".join(faults))
        return value

    def faults(self, zones: Collection[str]) -> list[str]:
        """What the component would refuse in a network of these zones, as faults of the settings."""
        found = [
            *group_faults([group.to_args() for group in self.node_groups], zones),
            *namespace_faults(self.operator_namespaces),
            *port_faults(self.pod_ports, self.egress_ports),
        ]
        return [f"cluster.{fault}" for fault in camel_case(found)]
