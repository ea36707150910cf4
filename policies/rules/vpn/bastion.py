"""Policies about the VPN bastion: nothing comes in but the tunnel (VPN-MFA, SSH-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.compute.instances import BASTION, ROLE_TAG
from policies.rules.network.ingress import INGRESS
from policies.rules.network.security_group_rules import GROUP, INGRESS_RULE, RULE, Rule, rules

SSH: Final = 22


def _only_tunnel(stack: Stack) -> Iterator[Violation]:
    """The group of the bastion, and every rule that is put into it."""
    separate = Referrers(stack, stack.of({RULE, INGRESS_RULE}), "securityGroupId")
    for bastion in stack.of({GROUP}):
        with stack.isolate():
            if bastion.props.along("tags", ROLE_TAG).text() != BASTION:
                continue
            for holder in (bastion, *separate.to(bastion, "id")):
                for rule in rules(holder, "ingress"):
                    with stack.isolate():
                        yield from _tunnel(rule, holder.urn)


def _tunnel(rule: Rule, urn: str) -> Iterator[Violation]:
    low, high = rule.ports
    if rule.protocol_name != "udp" or low != high:
        yield violation(rule.value, rule.said, "one UDP port, that of the VPN: SSH comes through the tunnel", urn)


ONLY_TUNNEL = Policy(
    id="bastion-ingress-only-vpn-port",
    requirement="VPN-MFA",
    types=frozenset({GROUP, RULE, INGRESS_RULE}),
    level=MANDATORY,
    severity=HIGH,
    description="The VPN bastion is reached on the VPN's port and on no other.",
    fix="take the rule away, and reach SSH through the VPN",
    stack_rule=_only_tunnel,
)


def _no_ssh(resource: Resource) -> Iterator[Violation]:
    for rule in rules(resource, "ingress"):
        with resource.isolate():
            if not rule.touches("tcp", SSH):
                continue
            for source, found in rule.public_sources(resource):
                yield violation(source, found, "a private range, or a security group")


NO_SSH = Policy(
    id="no-ssh-from-internet",
    requirement="VPN-MFA SSH-CFG",
    types=INGRESS,
    level=MANDATORY,
    severity=CRITICAL,
    description="Nobody reaches SSH from the Internet, wherever they sit: it is inside the VPN.",
    fix="name the VPN's security group, or a private range",
    rule=_no_ssh,
)

POLICIES = (ONLY_TUNNEL, NO_SSH)
