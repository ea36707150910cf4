"""Rules of security groups in all of their forms, read as one: inline, SecurityGroupRule, and the vpc rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from policies.guidelines.exposure import PRIVATE, WIDEST_IPV4, WIDEST_IPV6
from policies.kernel.resource import Judged, Resource
from policies.kernel.value import MalformedError, Value
from policies.rules.compute.instances import BASTION, ROLE_TAG

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

GROUPS: Final = frozenset({GROUP, DEFAULT_GROUP})
TYPES: Final = GROUPS | {RULE, INGRESS_RULE, EGRESS_RULE}

Direction = Literal["ingress", "egress"]
INLINE_SOURCES: Final = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
PROTOCOLS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
WITH_PORTS: Final = frozenset({"tcp", "udp"})
LAST_PORT: Final = 65535
MANY_PORTS: Final = (LAST_PORT + 1) // 2
"""A range that holds half of all ports, or more, counts as all of them."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PRIVATE: Final = tuple(ipaddress.ip_network(text) for text in PRIVATE)


@dataclass(frozen=True)
class Rule:
    """A rule, in any form."""

    value: Value
    """Where it stands."""
    protocol: Value
    sources: tuple[Value, ...]
    """CIDR blocks."""
    lists: tuple[Value, ...]
    """Prefix lists, whose ranges stand elsewhere."""
    description: Value
    tags: Value

    @property
    def protocol_name(self) -> str:
        """tcp, udp, icmp, icmpv6, -1 for all, or another number."""
        text = (self.protocol.text() or "-1").lower()
        return PROTOCOLS.get(text, text)

    @property
    def ports(self) -> tuple[int, int]:
        """First and last port; all ports for protocols without ports, and if none are set."""
        if self.protocol_name not in WITH_PORTS:
            return 0, LAST_PORT
        first, last = self.value["fromPort"].number(), self.value["toPort"].number()
        if first is None and last is None:
            return 0, LAST_PORT
        low, high = int(first if first is not None else 0), int(last if last is not None else LAST_PORT)
        return (0, LAST_PORT) if min(low, high) < 0 else (low, high)

    @property
    def said(self) -> str:
        """Protocol and ports in words."""
        low, high = self.ports
        name = "all protocols" if self.protocol_name == "-1" else self.protocol_name
        if self.protocol_name not in WITH_PORTS:
            return name
        return f"{name} {low}" if low == high else f"{name} {low}-{high}"

    @property
    def of_bastion(self) -> bool:
        """Whether the rule, or its group, is tagged as the VPN bastion's."""
        return self.tags[ROLE_TAG].text() == BASTION

    def has_all_ports(self) -> bool:
        """Whether it covers all ports, or nearly all."""
        low, high = self.ports
        return self.protocol_name == "-1" or (self.protocol_name in WITH_PORTS and high - low + 1 >= MANY_PORTS)

    def public_sources(self, judged: Judged) -> Iterator[tuple[Value, str]]:
        """The sources that include the Internet, each with a description; a prefix list may contain any range."""
        for source in self.sources:
            with judged.isolate():
                found = network(source)
                if found is not None and is_public(found):
                    yield source, f"{found}"
        for one in self.lists:
            # The list may be unknown yet; it is certain that there is one.
            if not one.known or one.text():
                yield one, "a prefix list of unseen ranges"

    def touches(self, protocol: str, port: int) -> bool:
        """Whether it opens the port."""
        low, high = self.ports
        return self.protocol_name in ("-1", protocol) and low <= port <= high


def rules(resource: Resource, direction: Direction, judged: Judged | None = None) -> Iterator[Rule]:
    """The rules of one direction in a resource; `judged` as in `documents.held`."""
    props = resource.props
    if resource.type in GROUPS:
        for entry in props[direction].items():
            with (judged or resource).isolate():
                yield _rule(entry, "protocol", INLINE_SOURCES, props["tags"])
    elif resource.type == RULE:
        if props["type"].text() == direction:
            yield _rule(props, "protocol", INLINE_SOURCES, Value(None, "tags"))
    elif resource.type == (INGRESS_RULE if direction == "ingress" else EGRESS_RULE):
        yield _rule(props, "ipProtocol", ("cidrIpv4", "cidrIpv6", "prefixListId"), props["tags"])


def _rule(value: Value, protocol: str, sources: tuple[str, str, str], tags: Value) -> Rule:
    def named(*names: str) -> tuple[Value, ...]:
        # A list that is entirely unknown is one unknown source.
        given = (value[name] for name in names)
        return tuple(one for source in given for one in (source.one_or_more() if source.known else [source]))

    ranges, lists = named(*sources[:2]), named(sources[2])
    return Rule(value, value[protocol], ranges, lists, value["description"], tags)


def network(source: Value) -> Network | None:
    """The range of a source; None if there is none.

    Raises:
        MalformedError: not a range.
    """
    text = source.text()
    if not text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise MalformedError(source.path, f"{text[:50]!r}", "an IPv4 or IPv6 range") from None


def is_public(found: Network) -> bool:
    """Whether the range contains Internet addresses."""
    return not any(found.version == one.version and found.subnet_of(one) for one in _PRIVATE)  # type: ignore[arg-type]


def is_wide(found: Network) -> bool:
    """Whether the range is wider than one organisation's."""
    widest = WIDEST_IPV4 if found.version == 4 else WIDEST_IPV6  # noqa: PLR2004 - the version of IP
    return is_public(found) and found.prefixlen < widest
