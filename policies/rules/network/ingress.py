"""Policies about ingress of security groups: named ports, from named sources (AWS-SG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.guidelines.exposure import admin_ports
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.network import security_group_rules as forms
from policies.rules.network.security_group_rules import (
    Rule,
    is_public,
    is_wide,
    network,
    rules,
)

PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
PUBLIC_PORTS: Final = ("tcp/80", "tcp/443", "udp/443", "udp/1194")
"""What may be open to everyone."""
INGRESS: Final = forms.TYPES - {forms.EGRESS_RULE}


def _no_all_ports(resource: Resource) -> Iterator[Violation]:
    for rule in rules(resource, "ingress"):
        with resource.isolate():
            if rule.has_all_ports():
                yield violation(rule.value, rule.said, "the one port, or the few, that are needed")


NO_ALL_PORTS = Policy(
    id="sg-no-all-ports-ingress",
    requirement="AWS-SG",
    types=INGRESS,
    level=MANDATORY,
    severity=HIGH,
    description="No rule opens all ports, not even to the group itself or to another group.",
    fix="give protocol, fromPort and toPort of what really listens, one rule for each",
    rule=_no_all_ports,
)


def _sources(resource: Resource, rule: Rule) -> Iterator[tuple[Any, forms.Network]]:
    for source in rule.sources:
        with resource.isolate():
            found = network(source)
            if found is not None:
                yield source, found


def opened(rule: Rule) -> str:
    """The names of the administrative ports that a rule opens; empty if there are none."""
    return admin_ports(*rule.ports) if rule.protocol_name in ("-1", *forms.WITH_PORTS) else ""


def _no_public_admin(resource: Resource) -> Iterator[Violation]:
    for rule in rules(resource, "ingress"):
        with resource.isolate():
            named = opened(rule)
            for source, found in rule.public_sources(resource) if named else ():
                yield violation(source, f"{found} to {named}", "a private range, or a security group")


NO_PUBLIC_ADMIN = Policy(
    id="sg-no-public-admin-ports",
    requirement="AWS-SG VPN-MFA SSH-CFG",
    types=INGRESS,
    level=MANDATORY,
    severity=CRITICAL,
    description="SSH, other ports of administration and databases are closed to the Internet, and to each part of it.",
    fix="reach them through the VPN: name its security group, or a private range",
    rule=_no_public_admin,
)


def _public_allowlist(resource: Resource) -> Iterator[Violation]:
    if resource.type in (PREFIX_LIST, PREFIX_LIST_ENTRY):
        yield from _prefix_list(resource)
        return
    allowed = {one.text() or "" for one in resource.settings["ports"].items()}
    for rule in rules(resource, "ingress"):
        with resource.isolate():
            if opened(rule):
                # The policy above refuses it.
                continue
            for source, found in _sources(resource, rule):
                low, high = rule.ports
                one_port = low == high
                if not is_public(found) or (one_port and f"{rule.protocol_name}/{low}" in allowed):
                    continue
                if one_port and rule.of_bastion and rule.protocol_name == "udp":
                    continue
                if is_wide(found) or not one_port:
                    required = f"one of {', '.join(sorted(allowed))}, or named narrow ranges and one port"
                    yield violation(source, f"{found} to {rule.said}", required)


def _prefix_list(resource: Resource) -> Iterator[Violation]:
    listed = [resource.props] if resource.type == PREFIX_LIST_ENTRY else resource.props["entries"].items()
    for entry in listed:
        with resource.isolate():
            found = network(entry["cidr"])
            if found is not None and is_wide(found):
                yield violation(entry["cidr"], f"{found}", f"ranges of /{forms.WIDEST_IPV4} or narrower")


PUBLIC_ALLOWLIST = Policy(
    id="sg-public-ingress-allowlist",
    requirement="AWS-SG DEIS-WL",
    types=INGRESS | {PREFIX_LIST, PREFIX_LIST_ENTRY},
    level=MANDATORY,
    severity=HIGH,
    description="Only the listed ports are open to the world; any other to named narrow ranges, one port a rule.",
    fix="name the ranges that need it, or the security group of the load balancer in front",
    rule=_public_allowlist,
    settings={
        "ports": {
            "type": "array",
            "items": {"type": "string", "pattern": "^(tcp|udp)/[0-9]+$"},
            "default": list(PUBLIC_PORTS),
            "description": "Ports that may be open to everyone, as tcp/443.",
        }
    },
)

POLICIES = (NO_ALL_PORTS, NO_PUBLIC_ADMIN, PUBLIC_ALLOWLIST)
