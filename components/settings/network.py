"""Settings of the network (AWS-SG, AWS-EGRESS)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, field_validator

from components.settings.base import Ipv4Cidr, Section, matching

RFC_1918: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
ZoneLetter = Literal["a", "b", "c", "d", "e", "f"]
RetentionDays = Literal[90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""What CloudWatch Logs knows, from three months on."""
EndpointService = Literal[
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "guardduty-data",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
]
Domain = Annotated[
    str,
    matching(
        r"(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}\.?",
        "a domain such as registry.example.org, or *.example.org for all below it (AWS-EGRESS)",
    ),
]


class NetworkSettings(Section):
    """`palisade:network`."""

    cidr: Ipv4Cidr = "10.40.0.0/16"
    """The VPC's range, private, /16 to /20; every subnet is cut from it."""
    zones: Annotated[tuple[ZoneLetter, ...], Field(min_length=2, max_length=6)] | None = None
    """Letters of the availability zones; each letter has a fixed slot, so adding one renumbers nothing. None: the first
    three by letter in which EKS takes subnets."""
    nat: Literal["zone", "single", "regional"] = "zone"
    """One NAT gateway per zone; a single one: cheaper, and the whole egress depends on its zone; or a regional one,
    which works in every zone."""
    endpoints: tuple[EndpointService, ...] = get_args(EndpointService)
    """AWS services reached without leaving the network; each costs by the hour. S3's is free and always made."""
    egress_domains: tuple[Domain, ...] | None = None
    """Domains that may be resolved from the VPC, besides AWS's own; None: no allow-list (AWS-EGRESS)."""
    log_retention_days: RetentionDays = 365
    """Days that flow logs are kept (INH-1)."""

    @field_validator("cidr")
    @classmethod
    def _private_and_sized(cls, value: str) -> str:
        network = ipaddress.IPv4Network(value)
        if not any(network.subnet_of(private) for private in RFC_1918):
            raise ValueError("must be a private range (RFC 1918) (AWS-SG)")
        if not 16 <= network.prefixlen <= 20:  # noqa: PLR2004 - /16 is AWS's largest VPC; below /20 zones do not fit
            raise ValueError("must be a /16 to /20, so that every zone's subnets fit (AWS-EGRESS)")
        return value

    @field_validator("endpoints")
    @classmethod
    def _each_endpoint_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("each service may be named once (AWS-EGRESS)")
        return value

    @field_validator("zones")
    @classmethod
    def _each_zone_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is None:
            return None
        if len(set(value)) != len(value):
            raise ValueError("each zone may be named once (AWS-EGRESS)")
        # In another order they are the same network: nothing may be made anew for it.
        return tuple(sorted(value))
