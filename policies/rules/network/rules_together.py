"""A policy about the combined rules of a security group, in all three forms (AWS-SG).

A single rule can be misleading: 0-20000, 20001-40000 and the rest are all ports, and a prefix list is as wide as its
owner makes it. All rules that reference a group count, in any resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.network.ingress import INGRESS, PREFIX_LIST, PUBLIC_PORTS, opened
from policies.rules.network.security_group_rules import GROUPS, MANY_PORTS, WITH_PORTS, Rule, rules

SEPARATE: Final = INGRESS - GROUPS
LISTS: Final = ("ingress", "prefixListIds", "prefixListId")
"""Properties of a group or a rule from which a prefix list can come."""


def _by_group(stack: Stack) -> Iterator[list[Resource]]:
    """The resources with rules, for each group: the group itself, and the rules that reference it."""
    separate = stack.of(SEPARATE)
    named = Referrers(stack, separate, "securityGroupId")
    seen: set[str] = set()
    for group in stack.of(GROUPS):
        with stack.isolate():
            ours = named.to(group, "id")
            seen.update(one.urn for one in ours)
            yield [group, *ours]
    elsewhere: dict[str, list[Resource]] = {}
    for one in separate:
        group_id = one.props["securityGroupId"]
        if one.urn not in seen and group_id.known:
            elsewhere.setdefault(str(group_id.scalar()), []).append(one)
    yield from elsewhere.values()


def _span(ranges: Iterable[tuple[int, int]]) -> int:
    """Number of ports in the union of the ranges."""
    count, last = 0, -1
    for low, high in sorted(ranges):
        count += max(0, high - max(low, last + 1) + 1)
        last = max(last, high)
    return count


def _all_ports(stack: Stack, found: list[tuple[Resource, Rule]]) -> Iterator[Violation]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    holders: dict[str, Resource] = {}
    for holder, rule in found:
        with stack.isolate():
            # A rule with all ports is refused by itself.
            if rule.protocol_name in WITH_PORTS and not rule.has_all_ports():
                ranges.setdefault(rule.protocol_name, []).append(rule.ports)
                holders[rule.protocol_name] = holder
    for protocol, given in ranges.items():
        if (count := _span(given)) >= MANY_PORTS:
            where = "ingress" if holders[protocol].type in GROUPS else "fromPort"
            said = f"{count} ports of {protocol}, by {len(given)} rules of one group together"
            yield violation(where, said, "the few ports that are needed", holders[protocol].urn)


def _lists(
    stack: Stack, lists: frozenset[str], ids: frozenset[str], holder: Resource, rule: Rule
) -> Iterator[Violation]:
    if opened(rule):
        # Refused by sg-no-public-admin-ports, for every list.
        return
    low, high = rule.ports
    if low == high and f"{rule.protocol_name}/{low}" in PUBLIC_PORTS:
        return
    sources = frozenset().union(*(holder.depends_on.get(name, frozenset()) for name in LISTS))
    for one in rule.lists:
        with stack.isolate():
            text = one.text() if one.known else None
            # A preview does not reveal omitted values either; a set value names its source.
            given = bool(text if one.known else sources)
            if given and (text not in ids if text else not sources & lists):
                yield violation(
                    one,
                    f"a prefix list of unseen ranges to {rule.said}",
                    "a list of this stack, or one in prefixLists",
                    holder.urn,
                )


def _identities(lists: list[Resource], trusted: Value) -> frozenset[str]:
    made = [one.props["id"] for one in lists]
    return frozenset(text for one in (*made, *trusted.items()) if one.known and (text := one.text()))


def _together(stack: Stack) -> Iterator[Violation]:
    lists = stack.of({PREFIX_LIST})
    urns, ids = frozenset(one.urn for one in lists), _identities(lists, stack.settings["prefixLists"])
    for holders in _by_group(stack):
        found = []
        for holder in holders:
            with stack.isolate():
                found += [(holder, rule) for rule in rules(holder, "ingress", stack)]
        yield from _all_ports(stack, found)
        for holder, rule in found:
            with stack.isolate():
                yield from _lists(stack, urns, ids, holder, rule)


TOGETHER = Policy(
    id="sg-rules-together",
    requirement="AWS-SG",
    types=INGRESS | {PREFIX_LIST},
    level=MANDATORY,
    severity=HIGH,
    description="The rules of a security group together do not open all ports, nor to prefix lists that nobody sees.",
    fix="open the few ports that are needed; make the prefix list in the stack, or list it in prefixLists",
    stack_rule=_together,
    settings={
        "prefixLists": {
            "type": "array",
            "items": {"type": "string", "pattern": "^pl-[0-9a-f]+$"},
            "default": [],
            "description": "Prefix lists that somebody else keeps and that you trust, such as CloudFront's.",
        }
    },
)

POLICIES = (TOGETHER,)
