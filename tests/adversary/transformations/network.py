"""Ranges, ports and rules in other forms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.network.security_group_rules import EGRESS_RULE, GROUP, GROUPS, INGRESS_RULE, RULE
from tests.adversary.transformations.transformation import (
    NOT_APPLICABLE,
    Items,
    Transformation,
    mapped,
    of_aws,
    replaced,
)

HALVES: Final = {"0.0.0.0/0": ("0.0.0.0/1", "128.0.0.0/1"), "::/0": ("::/1", "8000::/1")}
ALONE: Final = (
    "cidrIpv4",
    "cidrIpv6",
    "destinationCidrBlock",
    "destinationIpv6CidrBlock",
    "cidrBlock",
    "ipv6CidrBlock",
)
"""Properties that hold one range, so that two ranges are two resources or entries."""
NUMBERS: Final = {"tcp": "6", "udp": "17", "icmp": "1", "-1": "all"}
PROTOCOLS: Final = ("protocol", "ipProtocol")
DIRECTIONS: Final = ("ingress", "egress")
SOURCES: Final = {"cidrBlocks": "cidrIpv4", "ipv6CidrBlocks": "cidrIpv6", "prefixListIds": "prefixListId"}


def _halved_lists(item: Item) -> Items:
    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [half for one in value for half in (HALVES.get(one, (one,)) if isinstance(one, str) else (one,))]
        return value

    def texts(value: Any) -> Any:
        # Annotations list ranges with commas.
        if isinstance(value, Mapping):
            return {
                key: ",".join(HALVES[inner]) if inner in (*HALVES,) and "/" in key else inner
                for key, inner in value.items()
            }
        return change(value)

    return replaced(item, mapped(item.props, change if of_aws(item) else texts))


def _each_rule(change: Callable[[Mapping[str, Any]], list[dict[str, Any]]]) -> Callable[[Item], Items]:
    """A change of every entry of a list, or of the resource itself, into one or several."""

    def apply(item: Item) -> Items:
        if not of_aws(item):
            return NOT_APPLICABLE

        def lists(value: Any) -> Any:
            if not isinstance(value, list):
                return value
            return [made for one in value for made in (change(one) if isinstance(one, Mapping) else [one])]

        inner = {key: mapped(value, lists) for key, value in item.props.items()}
        whole = change(inner)
        made = tuple(
            dataclasses.replace(item, props=props, name=f"{item.name}-{index}" if index else item.name)
            for index, props in enumerate(whole)
        )
        return NOT_APPLICABLE if len(made) == 1 and made[0].props == dict(item.props) else made

    return apply


def _halves(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    for key in ALONE:
        if isinstance(rule.get(key), str) and rule[key] in HALVES:
            # A network ACL's rules have numbers of their own.
            number = "ruleNumber" if "ruleNumber" in rule else "ruleNo"
            numbers = [{}, {number: int(rule[number]) + 1}] if isinstance(rule.get(number), int) else [{}, {}]
            return [{**rule, key: half, **more} for half, more in zip(HALVES[rule[key]], numbers, strict=True)]
    return [dict(rule)]


def _part_ports(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    first, last = rule.get("fromPort"), rule.get("toPort")
    tcp = str(rule.get("protocol", rule.get("ipProtocol"))) in ("tcp", "udp", "6", "17")
    if not tcp or not isinstance(first, int) or not isinstance(last, int) or not 0 <= first < last:
        return [dict(rule)]
    middle = (first + last) // 2
    return [{**rule, "toPort": middle}, {**rule, "fromPort": middle + 1}]


def _protocols(change: Callable[[str], str]) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
    def rewrite(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                key: change(value) if key in PROTOCOLS and isinstance(value, str) else value
                for key, value in rule.items()
            }
        ]

    return rewrite


def _of_groups(change: Callable[[Item], Items]) -> Callable[[Item], Items]:
    types = {*GROUPS, RULE, INGRESS_RULE, EGRESS_RULE}
    return lambda item: change(item) if item.type in types else NOT_APPLICABLE


def _long(item: Item) -> Items:
    return replaced(item, mapped(item.props, lambda value: "0:0:0:0:0:0:0:0/0" if value == "::/0" else value))


def _entries(item: Item) -> list[tuple[str, dict[str, Any]]] | None:
    """The inline rules of a group, with their direction; None where they are not all readable."""
    if item.type != GROUP or item.props.get("tags"):
        return None
    found = [(way, one) for way in DIRECTIONS for one in _listed(item.props.get(way))]
    return found if found and all(isinstance(one, dict) for _, one in found) else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _separate(item: Item) -> Items:
    """Inline rules as SecurityGroupRules."""
    entries = _entries(item)
    if entries is None:
        return NOT_APPLICABLE
    group = {key: value for key, value in item.props.items() if key not in DIRECTIONS}
    made = [dataclasses.replace(item, props=group)]
    for place, (way, entry) in enumerate(entries):
        groups = _listed(entry.get("securityGroups"))
        kept = {key: value for key, value in entry.items() if key != "securityGroups"}
        source = {"sourceSecurityGroupId": groups[0]} if groups else {}
        props = {"type": way, "securityGroupId": group.get("id", "sg-1"), **kept, **source}
        # What the group's rules came from, each of them may come from.
        sources = {key: item.depends_on[way] for key in SOURCES if key in entry and way in item.depends_on}
        depends_on = {"securityGroupId": [item.name], **sources}
        made.append(Item(type=RULE, name=f"{item.name}-{way}-{place}", props=props, depends_on=depends_on))
    return tuple(made)


def _one_source(item: Item) -> Items:
    """A SecurityGroupRule as vpc rules, one for each source."""
    if item.type != RULE or item.props.get("type") not in DIRECTIONS:
        return NOT_APPLICABLE
    props = item.props
    sources: list[dict[str, Any]] = []
    for listed, alone in SOURCES.items():
        if not isinstance(props.get(listed, []), list):
            return NOT_APPLICABLE
        sources += [{alone: one} for one in props.get(listed, [])]
    if "sourceSecurityGroupId" in props or props.get("self"):
        sources.append({"referencedSecurityGroupId": props.get("sourceSecurityGroupId", props.get("securityGroupId"))})
    every = str(props.get("protocol")) in ("-1", "all")
    same = [
        key for key in ("securityGroupId", "description", *(() if every else ("fromPort", "toPort"))) if key in props
    ]
    type_ = INGRESS_RULE if props["type"] == "ingress" else EGRESS_RULE
    kept = {**{key: props[key] for key in same}, "ipProtocol": "-1" if every else props.get("protocol")}
    return tuple(
        Item(
            type=type_,
            name=f"{item.name}-{place}" if place else item.name,
            props={**kept, **source},
            depends_on=item.depends_on,
        )
        for place, source in enumerate(sources)
    )


NETWORK: Final = (
    Transformation(name="world_in_halves", why="Two halves are the whole.", change=_halved_lists),
    Transformation(name="world_in_two_rules", why="Two halves are the whole.", change=_each_rule(_halves)),
    Transformation(name="ports_in_two_rules", why="Two adjacent ranges are one.", change=_each_rule(_part_ports)),
    Transformation(
        name="protocol_as_number",
        why="IANA's numbers; the provider takes `all` for -1.",
        change=_of_groups(_each_rule(_protocols(lambda value: NUMBERS.get(value, value)))),
    ),
    Transformation(
        name="protocol_in_capitals",
        why="The provider lowers them.",
        change=_of_groups(_each_rule(_protocols(str.upper))),
    ),
    Transformation(name="zeros_written_out", why="RFC 4291: :: are zeros.", change=_long),
    Transformation(name="separate_rules", why="A group has the rules that name it.", change=_separate),
    Transformation(name="rule_for_each_source", why="A group has the rules that name it.", change=_one_source),
)
