"""A policy about network ACLs (AWS-SG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.network.security_group_rules import PROTOCOLS, Network, is_public, is_wide, network

ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_ACL: Final = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ACL_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"


def _allowing(resource: Resource) -> Iterator[Value]:
    """The ingress rules that allow something."""
    if resource.type == ACL_RULE:
        rules, action = [] if resource.props["egress"].flag() else [resource.props], "ruleAction"
    else:
        rules, action = resource.props["ingress"].items(), "action"
    for rule in rules:
        with resource.isolate():
            if rule[action].text() == "allow":
                yield rule


def _protocol(rule: Value) -> str:
    name = rule["protocol"].text() or ""
    return PROTOCOLS.get(name, name)


def _wide_sources(resource: Resource, rule: Value) -> Iterator[tuple[Value, Network]]:
    for source in (rule["cidrBlock"], rule["ipv6CidrBlock"]):
        with resource.isolate():
            found = network(source)
            if found is not None and is_public(found) and is_wide(found):
                yield source, found


def _acl(resource: Resource) -> Iterator[Violation]:
    for rule in _allowing(resource):
        with resource.isolate():
            if _protocol(rule) == "-1":
                for source, found in _wide_sources(resource, rule):
                    yield violation(source, f"everything from {found}", "protocols and ports that are needed")


ACL_NARROW = Policy(
    id="nacl-not-all-open",
    requirement="AWS-SG",
    types=frozenset({ACL, DEFAULT_ACL, ACL_RULE}),
    level=ADVISORY,
    severity=LOW,
    description="A network ACL that somebody writes says more than that everything may come in.",
    fix="name protocols, ports and ranges, or leave the ACL to AWS",
    rule=_acl,
)

ADMIN: Final = (22, 3389)
"""As CIS AWS 6.2 and FSBP EC2.21 name them."""


def _reaches(rule: Value) -> list[int]:
    """The administrative ports in a TCP rule; a rule for all protocols is refused above."""
    if _protocol(rule) not in ("6", "tcp"):
        return []
    low, high = rule["fromPort"].number() or 0, rule["toPort"].number() or 0
    return [port for port in ADMIN if low <= port <= high]


def _admin(resource: Resource) -> Iterator[Violation]:
    for rule in _allowing(resource):
        with resource.isolate():
            if ports := _reaches(rule):
                named = ", ".join(map(str, ports))
                for source, found in _wide_sources(resource, rule):
                    yield violation(source, f"{found} to {named}", "ranges of your own, or other ports")


ACL_ADMIN = Policy(
    id="nacl-no-admin-ports",
    requirement="AWS-SG",
    types=frozenset({ACL, DEFAULT_ACL, ACL_RULE}),
    level=ADVISORY,
    severity=MEDIUM,
    description="No network ACL lets everybody in to SSH or RDP, whatever the security groups say.",
    fix="allow named ports; for answers to connections, 32768 to 65535",
    rule=_admin,
)

POLICIES = (ACL_NARROW, ACL_ADMIN)
