"""Cases of bastion.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.compute.instances import BASTION, ROLE_TAG
from policies.rules.network import security_group_rules as forms
from policies.rules.network.ingress_cases import group, ingress_rule, inline, rule_of
from policies.rules.vpn.bastion import NO_SSH, ONLY_TUNNEL, SSH

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
