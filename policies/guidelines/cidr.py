"""IPv4 ranges: who is inside, how many they are, and what a whitelist must not say (DEIS-WL, AWS-SG).

Pure functions on texts in configurations. What is no IPv4 range is never guessed at: it is reported, and
the questions about the rest leave it out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import Final

EVERYONE: Final = "0.0.0.0/0"
WIDEST_PREFIX: Final = 16
"""A whitelist's entry wider than this needs somebody to say so by name."""
MOST_ENTRIES: Final = 50
"""A longer whitelist needs somebody to say so by name; a security group's rules have their own limit."""
MOST_ADDRESSES: Final = 2**28
"""A sixteenth of all addresses: no whitelist reaches more, whoever says so."""

_ALL_ADDRESSES: Final = 2**32
_OCTET: Final = r"(?:0|[1-9]\d{0,2})"
RANGE: Final = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}(?:/(?:0|[1-9]\d?))?", re.ASCII)


def network(entry: str) -> IPv4Network | None:
    """The range that an entry names, one address included; None: it is none, or has bits beyond its prefix."""
    if not RANGE.fullmatch(entry):
        return None
    try:
        return IPv4Network(entry)
    except ValueError:
        return None


def networks(entries: Iterable[str]) -> list[IPv4Network]:
    """The ranges among the entries, merged: none overlaps or touches another of its size."""
    return list(ipaddress.collapse_addresses(one for entry in entries if (one := network(entry)) is not None))


def split(value: str) -> list[str]:
    """The entries of a comma-separated list; a comma too many shows as an empty entry."""
    return [entry.strip() for entry in value.split(",")]


def span(entries: Iterable[str]) -> int:
    """How many addresses the entries reach together, each counted once."""
    return sum(one.num_addresses for one in networks(entries))


def is_everyone(entries: Iterable[str]) -> bool:
    """Whether the entries together are every address: 0.0.0.0/0, or its two halves, or any other division of it."""
    return span(entries) == _ALL_ADDRESSES


def wider_than(entries: Iterable[str], prefix: int) -> list[str]:
    """The entries wider than a prefix, as they were given."""
    return [entry for entry in entries if (one := network(entry)) is not None and one.prefixlen < prefix]


def is_public(entry: str) -> bool:
    """Whether the range holds any address of the Internet; what is no range counts as public."""
    one = network(entry)
    return one is None or not one.is_private


def public(entries: Iterable[str]) -> list[str]:
    """The entries that hold an address of the Internet."""
    return [entry for entry in entries if is_public(entry)]


def contains(entries: Iterable[str], inner: str) -> bool:
    """Whether a range lies wholly within the union of the entries."""
    asked = network(inner)
    return asked is not None and any(asked.subnet_of(one) for one in networks(entries))


def entry_fault(entry: str) -> str | None:
    """Why an entry is no IPv4 range that every reader understands alike; None: it is one."""
    if network(entry) is not None:
        return None
    if not entry.strip():
        return "an empty entry (a comma too many) breaks the router's configuration"
    if "," in entry:
        return f"{entry!r} holds a comma; give each range as an entry of its own"
    if ":" in entry:
        return f"{entry} is IPv6, which the router does not know: one such entry voids the whole list"
    try:
        meant = IPv4Network(entry, strict=False) if RANGE.fullmatch(entry) else None
    except ValueError:
        meant = None
    if meant is None:
        return f"{entry!r} is no IPv4 range such as 203.0.113.0/24"
    return f"{entry} has bits beyond its prefix and would be read as {meant}; write what is meant"


def whitelist_faults(
    entries: Sequence[str], *, allow_wide: bool = False, widest_prefix: int = WIDEST_PREFIX
) -> list[str]:
    """Everything that a whitelist must not say, a text for each; empty: the list is good.

    Args:
        entries: ranges, or single addresses, one an entry.
        allow_wide: somebody asked by name for entries wider than `widest_prefix`, or for more than MOST_ENTRIES.
            Everyone stays forbidden, and so does more than MOST_ADDRESSES.
        widest_prefix: the shortest prefix that an entry may have.
    """
    if not entries:
        return ["no entry: the router would let nobody in, or everybody where lists are not enforced"]
    faults = [fault for entry in entries if (fault := entry_fault(entry))]
    seen: dict[IPv4Network, str] = {}
    for entry in entries:
        if (one := network(entry)) is not None:
            if one in seen:
                faults.append(f"{entry} is there twice")
            seen[one] = entry
    if EVERYONE in entries:
        faults.append(f"{EVERYONE} lets everyone in")
    elif is_everyone(entries):
        faults.append(f"{', '.join(entries)} together are {EVERYONE}: they let everyone in")
    elif span(entries) > MOST_ADDRESSES:
        faults.append(
            f"the entries reach {span(entries)} addresses, more than {MOST_ADDRESSES} (a sixteenth of all); name ranges"
        )
    if not allow_wide:
        wide = wider_than(entries, widest_prefix)
        faults += [f"{entry} is wider than /{widest_prefix}" for entry in wide if entry != EVERYONE]
        if len(entries) > MOST_ENTRIES:
            faults.append(f"{len(entries)} entries are more than {MOST_ENTRIES}")
    return faults
