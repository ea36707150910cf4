"""Subnet ranges in the VPC: every zone letter has its own slot, whether the zone is used or not (AWS-EGRESS).

The VPC is divided into eight parts. Parts 0 to 5 are the private subnets of zones a to f, which nodes and pods share
and which are therefore by far the largest; parts 6 and 7 are divided into eight again and contain the public and the
intra subnets. Adding or removing a zone moves no other subnet: only the letter decides.

| VPC | private, each | public and intra, each |
|---|---|---|
| /16 | /19, 8,187 usable addresses | /22, 1,019 |
| /20 | /23, 507 | /26, 59 |
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from components.faults import Fault, unless_ranges

ZONE_LETTERS: Final = "abcdef"
RESERVED_ADDRESSES: Final = 5
"""Addresses of every subnet that AWS keeps: network, router, resolver, future use, broadcast."""

Tier = Literal["public", "private", "intra"]
TIERS: Final[tuple[Tier, ...]] = ("public", "private", "intra")

PARTS_BITS: Final = 3
PUBLIC_PART: Final = 6
INTRA_PART: Final = 7
WIDEST_VPC: Final = 16
NARROWEST_VPC: Final = 20
"""/16 is AWS's largest VPC; below /20 the subnets of six zones do not fit."""
RFC_1918: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def range_faults(cidr: str) -> Iterator[Fault]:
    """Faults of a VPC's range: private, and large enough for the subnets of every zone (AWS-SG, AWS-EGRESS)."""
    malformed = [*unless_ranges(("cidr",), [cidr], "AWS-SG")]
    yield from malformed
    if malformed:
        return
    network = ipaddress.IPv4Network(cidr)
    if not any(network.subnet_of(private) for private in RFC_1918):
        allowed = f"give a private range within {', '.join(map(str, RFC_1918))} (RFC 1918)"
        yield Fault(("cidr",), f"{cidr} is not allowed", allowed, "AWS-SG")
    if not WIDEST_VPC <= network.prefixlen <= NARROWEST_VPC:
        allowed = f"give a /{WIDEST_VPC} to /{NARROWEST_VPC}, so that every zone's subnets fit"
        yield Fault(("cidr",), f"{cidr} is not allowed", allowed, "AWS-EGRESS")


def service_range_faults(service_cidr: str, vpc_cidr: str) -> Iterator[Fault]:
    """Faults of the arguments `service_cidr` and `vpc_cidr`: the addresses of Services are outside the VPC (AWS-SG)."""
    malformed = [
        *unless_ranges(("vpc_cidr",), [vpc_cidr], "AWS-SG"),
        *unless_ranges(("service_cidr",), [service_cidr], "AWS-SG"),
    ]
    yield from malformed
    if not malformed and ipaddress.IPv4Network(service_cidr).overlaps(ipaddress.IPv4Network(vpc_cidr)):
        found = f"the range of Services, {service_cidr}, overlaps the VPC's {vpc_cidr}"
        yield Fault(("service_cidr",), found, "choose private ranges that do not overlap", "AWS-SG")


@dataclass(frozen=True)
class Plan:
    """The subnets of a VPC. `cidr` must pass `range_faults`."""

    cidr: str

    def subnet(self, tier: Tier, zone: str) -> str:
        """The CIDR of one tier in one zone, by the zone's letter."""
        slot = ZONE_LETTERS.index(zone)
        parts = list(ipaddress.IPv4Network(self.cidr).subnets(prefixlen_diff=PARTS_BITS))
        if tier == "private":
            return str(parts[slot])
        part = parts[PUBLIC_PART if tier == "public" else INTRA_PART]
        return str(list(part.subnets(prefixlen_diff=PARTS_BITS))[slot])

    @property
    def resolver(self) -> str:
        """The address of the VPC's DNS resolver: the network's own plus two."""
        return str(ipaddress.IPv4Network(self.cidr).network_address + 2)


def usable_addresses(cidr: str) -> int:
    """Number of addresses of a subnet that are available to interfaces and pods."""
    return ipaddress.IPv4Network(cidr).num_addresses - RESERVED_ADDRESSES
