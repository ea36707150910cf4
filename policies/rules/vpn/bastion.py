"""A policy about the VPN bastion: only the tunnel is open (VPN-MFA)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Stack, Violation, violation
from policies.rules.compute.instances import BASTION, ROLE_TAG
from policies.rules.network.security_group_rules import GROUP, INGRESS_RULE, RULE, Rule, rules


def _only_tunnel(stack: Stack) -> Iterator[Violation]:
    """The security group of the bastion, and all of its rules."""
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


POLICIES = (ONLY_TUNNEL,)
