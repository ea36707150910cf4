"""Cases of network_acls.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.network.network_acls import ACL, ACL_ADMIN, ACL_NARROW, ACL_RULE

_ACL_RULE: Final[dict[str, Any]] = {
    "networkAclId": "acl-1",
    "ruleNumber": 100,
    "protocol": "6",
    "ruleAction": "allow",
    "cidrBlock": "0.0.0.0/0",
}
_OPEN: Final = {"action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0", "ruleNo": 1, "fromPort": 0, "toPort": 0}


def _acl_rule(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=ACL_RULE, props=changed(_ACL_RULE, changes or {}))


CASES: dict[str, tuple[Case, ...]] = {
    ACL_NARROW.id: (
        ok("one_protocol", _acl_rule()),
        ok("denied", _acl_rule({"protocol": "-1", "ruleAction": "deny"})),
        ok("way_out", _acl_rule({"protocol": "-1", "egress": True})),
        fail("everything", _acl_rule({"protocol": "-1"}), at="cidrBlock"),
        fail(
            "everything_inline", Item(type=ACL, props={"vpcId": "vpc-1", "ingress": [_OPEN]}), at="ingress[0].cidrBlock"
        ),
        unknown("decided_later", _acl_rule({"protocol": UNKNOWN})),
    ),
    ACL_ADMIN.id: (
        ok("web", _acl_rule({"fromPort": 443, "toPort": 443})),
        ok("from_inside", _acl_rule({"fromPort": 22, "toPort": 22, "cidrBlock": "10.0.0.0/8"})),
        ok("denied", _acl_rule({"fromPort": 22, "toPort": 22, "ruleAction": "deny"})),
        ok("refused_by_the_other_policy", _acl_rule({"protocol": "-1"})),
        fail("ssh", _acl_rule({"fromPort": 22, "toPort": 22}), at="cidrBlock"),
        fail("in_a_range", _acl_rule({"protocol": "tcp", "fromPort": 1024, "toPort": 65535}), at="cidrBlock"),
        fail(
            "ipv6_inline",
            Item(
                type=ACL,
                props={
                    "ingress": [
                        {"action": "allow", "protocol": "6", "ipv6CidrBlock": "::/0", "fromPort": 3389, "toPort": 3389}
                    ]
                },
            ),
            at="ingress[0].ipv6CidrBlock",
        ),
        unknown("decided_later", _acl_rule({"fromPort": UNKNOWN, "toPort": 22})),
    ),
}
