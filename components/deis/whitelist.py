"""The complete whitelist: configured ranges, and addresses known only after AWS has assigned them (DEIS-WL)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pulumi

from components.deis.args import DeisArgs
from components.faults import ArgumentError, Fault
from policies.guidelines.cidr import network, whitelist_faults
from policies.guidelines.deis import DEFAULT_WHITELIST_ANNOTATION, WHITELIST_ANNOTATION, joined


def with_whitelist(args: DeisArgs, annotations: Mapping[str, str]) -> dict[str, pulumi.Input[str]]:
    """The annotations, with their whitelist completed; the other values stay known in a preview."""
    if not args.vpn_addresses:
        return {**annotations}
    lists = {key for key in (DEFAULT_WHITELIST_ANNOTATION, WHITELIST_ANNOTATION) if key in annotations}
    return {**annotations, **dict.fromkeys(lists, known_whitelist(args).apply(joined))}


def known_whitelist(args: DeisArgs) -> pulumi.Output[list[str]]:
    """The list from `completed`, once the addresses are known; fails the update if it raises."""
    addresses = pulumi.Output.all(*(args.vpn_addresses[name] for name in sorted(args.vpn_addresses)))
    return addresses.apply(lambda known: completed(args.whitelist, known))


def completed(configured: Sequence[str], addresses: Iterable[str]) -> list[str]:
    """Configured ranges first, then the addresses outside them, as /32.

    Raises:
        ArgumentError: an address is invalid, or the list is invalid for the router.
    """
    named = {str(one) for entry in configured if (one := network(entry))}
    ranges = [
        *configured,
        *(entry for entry in dict.fromkeys(f"{address}/32" for address in addresses) if entry not in named),
    ]
    # Width and length of the configured ranges have been checked before; our own few do not count.
    if faults := whitelist_faults(ranges, allow_wide=True):
        allowed = "give public IPv4 addresses"
        raise ArgumentError("DeisArgs", [Fault(("vpn_addresses",), fault, allowed, "DEIS-WL") for fault in faults])
    return ranges
