"""Cases of bastion.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok
from policies.rules.compute.instances import BASTION, ROLE_TAG
from policies.rules.network import security_group_rules as forms
from policies.rules.network.ingress_cases import group, ingress_rule, inline, rule_of
from policies.rules.vpn.bastion import ONLY_TUNNEL

_TAGGED: Final = {ROLE_TAG: BASTION}
_VPN, _SSH = (1194, 1194), (22, 22)


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
}
