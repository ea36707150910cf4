"""Settings of the network (AWS-SG, AWS-EGRESS)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from components.network import NetworkArgs
from components.network.endpoints import INTERFACE_SERVICES
from components.settings.base import Section


class NetworkSettings(Section):
    """`palisade:network`."""

    cidr: str = "10.40.0.0/16"
    """The VPC's range, private, /16 to /20; every subnet is cut from it."""
    zones: tuple[str, ...] | None = None
    """Letters of the availability zones; each letter has a fixed slot, so adding one renumbers nothing. None: the first
    three by letter in which EKS takes subnets."""
    nat: Literal["zone", "single", "regional"] = "zone"
    """One NAT gateway per zone; a single one: cheaper, and the whole egress depends on its zone; or a regional one,
    which works in every zone."""
    endpoints: tuple[str, ...] = tuple(INTERFACE_SERVICES)
    """AWS services reached without leaving the network; each costs by the hour. S3's is free and always made."""
    egress_domains: tuple[str, ...] | None = None
    """Domains that may be resolved from the VPC, besides AWS's own; None: no allow-list (AWS-EGRESS)."""
    log_retention_days: int = 365
    """Days that flow logs are kept (INH-1)."""

    @field_validator("zones")
    @classmethod
    def _in_order(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        # The order of zones is irrelevant: a reordering must not replace any resource.
        return None if value is None else tuple(sorted(value))

    def to_args(self, *further_domains: str, **more: Any) -> NetworkArgs:
        """The component's arguments; `more` are those that are not settings of this section.

        Args:
            further_domains: further domains to resolve, if there is an allow-list.
            more: further arguments.
        """
        return NetworkArgs(
            cidr=self.cidr,
            zones=self.zones,
            nat=self.nat,
            endpoints=self.endpoints,
            egress_domains=None if self.egress_domains is None else [*self.egress_domains, *further_domains],
            log_retention_days=self.log_retention_days,
            **more,
        )
