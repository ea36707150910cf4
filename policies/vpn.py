"""Policies about the VPN bastion: nothing comes in but the tunnel (VPN-MFA, SSH-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.instances import BASTION, ROLE_TAG
from policies.judged import Resource, Stack, Violation, breach
from policies.network import rules as forms
from policies.network.ingress import INGRESS, group, ingress_rule, inline, rule_of
from policies.network.rules import GROUP, INGRESS_RULE, RULE, Rule, rules
from policies.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.references import Referrers

SSH: Final = 22


def _only_tunnel(stack: Stack) -> Iterator[Violation]:
    """The group of the bastion, and every rule that is put into it."""
    separate = Referrers(stack, stack.of({RULE, INGRESS_RULE}), "securityGroupId")
    for bastion in stack.of({GROUP}):
        with stack.apart():
            if bastion.props.along("tags", ROLE_TAG).text() != BASTION:
                continue
            for holder in (bastion, *separate.to(bastion, "id")):
                for rule in rules(holder, "ingress"):
                    with stack.apart():
                        yield from _tunnel(rule, holder.urn)


def _tunnel(rule: Rule, urn: str) -> Iterator[Violation]:
    low, high = rule.ports
    if rule.protocol_name != "udp" or low != high:
        yield breach(rule.value, rule.said, "one UDP port, that of the VPN: SSH comes through the tunnel", urn)


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
        with resource.apart():
            if not rule.touches("tcp", SSH):
                continue
            for source, found in rule.public_sources(resource):
                yield breach(source, found, "a private range, or a security group")


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

_TAGGED: Final = {ROLE_TAG: BASTION}
_VPN, _SSH = (1194, 1194), (SSH, SSH)


def _bastion(*ingress: dict[str, Any]) -> Item:
    made = group(*ingress, tags=_TAGGED)
    return Item(type=made.type, props={**made.props, "id": "sg-1"}, name="bastion")


def _into(item: Item, group_id: str = "sg-1") -> Item:
    props = {**item.props, "securityGroupId": group_id}
    return Item(type=item.type, props=props, name="rule", depends_on={"securityGroupId": ["bastion"]})


_OTHER: Final = Item(type=forms.GROUP, props={"id": "sg-2", "description": "Web"}, name="web")

CASES: dict[str, tuple[Case, ...]] = {
    ONLY_TUNNEL.id: (
        ok("tunnel", _bastion(), _into(ingress_rule(_VPN, "udp", cidrIpv4="0.0.0.0/0"))),
        ok("rule_of_another_group", _bastion(), _OTHER, _into(ingress_rule(_SSH, cidrIpv4="10.0.0.0/8"), "sg-2")),
        fail("ssh_inline", _bastion(inline(_SSH, cidrBlocks=["10.0.0.0/8"])), at="ingress[0]"),
        fail("ssh_in_a_rule", _bastion(), _into(ingress_rule(_SSH, cidrIpv4="10.0.0.0/8")), at="(resource)"),
        fail("ssh_on_an_empty_state", _bastion(), _into(rule_of(_SSH), UNKNOWN), at="(resource)"),
        fail("many_ports", _bastion(), _into(ingress_rule((1194, 1200), "udp")), at="(resource)"),
    ),
    NO_SSH.id: (
        ok("from_the_vpn", ingress_rule(_SSH, cidrIpv4="10.8.0.0/24")),
        ok("from_a_group", rule_of(_SSH, sourceSecurityGroupId="sg-2")),
        fail("from_everyone", ingress_rule(_SSH, cidrIpv4="0.0.0.0/0"), at="cidrIpv4"),
        fail("from_one_address", rule_of(_SSH, cidrBlocks=["203.0.113.7/32"]), at="cidrBlocks[0]"),
        fail("from_a_list", rule_of(_SSH, prefixListIds=["pl-1"]), at="prefixListIds[0]"),
        fail("within_a_range", group(inline((20, 25), ipv6CidrBlocks=["::/0"])), at="ingress[0].ipv6CidrBlocks[0]"),
        unknown("decided_later", ingress_rule(_SSH, cidrIpv4=UNKNOWN)),
    ),
}
