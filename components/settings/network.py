"""Settings of the network (AWS-SG, AWS-EGRESS)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, field_validator

from components.settings.base import Ipv4Cidr, Section

ZoneLetter = Literal["a", "b", "c", "d", "e", "f"]


class NetworkSettings(Section):
    """`palisade:network`."""

    cidr: Ipv4Cidr = "10.40.0.0/16"
    """The VPC's range, private, /16 to /20; every subnet is cut from it."""
    zones: Annotated[tuple[ZoneLetter, ...], Field(min_length=2, max_length=6)] = ("a", "b", "c")
    """Letters of the availability zones; each letter has a fixed slot, so adding one renumbers nothing."""
    nat: Literal["zone", "single"] = "zone"
    """One NAT gateway per zone, or a single one: cheaper, and the whole egress depends on its zone."""
    egress_domains: tuple[str, ...] | None = None
    """Domains that may be resolved from the VPC (`*.example.org` allowed); None: no allow-list (AWS-EGRESS)."""

    @field_validator("cidr")
    @classmethod
    def _private_and_sized(cls, value: str) -> str:
        network = ipaddress.IPv4Network(value)
        if not network.is_private:
            raise ValueError("must be a private range (RFC 1918) (AWS-SG)")
        if not 16 <= network.prefixlen <= 20:  # noqa: PLR2004 - /16 is AWS's largest VPC; below /20 zones do not fit
            raise ValueError("must be a /16 to /20, so that every zone's subnets fit (AWS-EGRESS)")
        return value

    @field_validator("zones")
    @classmethod
    def _each_zone_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("each zone may be named once (AWS-EGRESS)")
        return value
