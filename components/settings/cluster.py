"""Settings of the EKS cluster (INH-1..4, VPN-MFA)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from components.settings.base import InstanceType, Ipv4Cidr, ResourceName, Section, matching

WIDEST_BOOTSTRAP_PREFIX = 24
KubernetesMinor = Annotated[str, matching(r"1\.\d{2}", 'a Kubernetes minor version in quotes, such as "1.35"')]


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
    disk_gib: Annotated[int, Field(ge=20, le=16384)] = 50
    labels: dict[str, str] = Field(default_factory=dict)
    taints: tuple[TaintSettings, ...] = ()

    @model_validator(mode="after")
    def _ordered_sizes(self) -> NodeGroupSettings:
        if not self.min_size <= self.desired_size <= self.max_size:
            raise ValueError("sizes must be minSize <= desiredSize <= maxSize (INH-4)")
        return self


class ClusterSettings(Section):
    """`palisade:cluster`."""

    version: KubernetesMinor = "1.35"
    """Kubernetes minor version; must be known and supported."""
    upgrade_from: KubernetesMinor | None = None
    """The minor that the cluster runs now, given while upgrading: one minor at a time."""
    node_groups: Annotated[tuple[NodeGroupSettings, ...], Field(min_length=1)] = (NodeGroupSettings(name="general"),)
    bootstrap_cidrs: tuple[Ipv4Cidr, ...] = ()
    """Opens the public endpoint to these /24 to /32 ranges until it is emptied again; the policy pack reports it."""
    log_retention_days: Literal[90, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] = 365

    @field_validator("bootstrap_cidrs")
    @classmethod
    def _narrow(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for cidr in value:
            if ipaddress.IPv4Network(cidr).prefixlen < WIDEST_BOOTSTRAP_PREFIX:
                raise ValueError(
                    f"{cidr} is wider than /{WIDEST_BOOTSTRAP_PREFIX}; name the office's or runner's range (VPN-MFA)"
                )
        return value

    @field_validator("node_groups")
    @classmethod
    def _distinct(cls, value: tuple[NodeGroupSettings, ...]) -> tuple[NodeGroupSettings, ...]:
        if len({group.name for group in value}) != len(value):
            raise ValueError("each node group needs its own name (INH-4)")
        return value
