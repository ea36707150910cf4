"""The availability zones of a region: those that exist in this account, and those that EKS supports (AWS-EGRESS).

Letters are per account: `us-east-1e` is `use1-az3` for one account and `use1-az5` for another. So they are looked up;
zones that EKS does not support are known by zone ID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.faults import ArgumentError, Fault
from components.network.plan import ZONE_LETTERS

LEAST_ZONES: Final = 2
"""EKS demands two zones."""
DEFAULT_ZONES: Final = 3
WITHOUT_EKS: Final = frozenset({"cac1-az3", "use1-az3", "usw1-az2"})
"""Zone IDs in which EKS takes no subnets: EKS user guide, Subnet requirements for clusters, read on 2026-11-28."""


def zones_of(region: str, opts: pulumi.InvokeOptions) -> dict[str, str]:
    """Letter -> ID of each availability zone of the region, without local and wavelength zones.

    A zone's state is ignored: a zone that is impaired today must not change the network.
    """
    found = aws.get_availability_zones(
        region=region,
        filters=[aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])],
        opts=opts,
    )
    return {name.removeprefix(region): id_ for name, id_ in zip(found.names, found.zone_ids, strict=True)}


def choose(wanted: Sequence[str] | None, zones: Mapping[str, str], region: str) -> tuple[str, ...]:
    """The letters of the network's zones: the configured ones, or the first three that EKS supports, by letter.

    The default depends only on the account's letters and the IDs that EKS does not support, neither of which changes.

    Raises:
        ArgumentError: a zone does not exist or is not supported by EKS, or there are not enough zones.
    """
    usable = [letter for letter in ZONE_LETTERS if letter in zones and zones[letter] not in WITHOUT_EKS]
    faults = [
        f"{letter} ({zones[letter]}) is refused by EKS" if letter in zones else f"{letter} does not exist"
        for letter in wanted or ()
        if letter not in usable
    ]
    if not wanted and len(usable) < LEAST_ZONES:
        faults = [f"{len(usable)} zones are not enough"]
    if faults:
        allowed = f"choose from {', '.join(usable)}"
        where = f"in {region} in this account"
        raise ArgumentError(
            "NetworkArgs", [Fault(("zones",), f"{fault} {where}", allowed, "AWS-EGRESS") for fault in faults]
        )
    return tuple(wanted or usable[:DEFAULT_ZONES])
