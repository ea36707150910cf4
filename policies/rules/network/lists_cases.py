"""Cases of lists.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.network.ingress_cases import group, ingress_rule, inline
from policies.rules.network.lists import ACL, ACL_NARROW, ACL_RULE, DANGLING, DESCRIBED, EXCLUSIVE, RECORD, SETS
from policies.rules.network.security_group_rules import GROUP

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


def _record(**props: Any) -> Item:
    return Item(type=RECORD, props={"zoneId": "Z1", "name": "www", "type": "A", **props}, name="record")


_ADDRESS: Final = Item(type=RECORD, props={"type": "TXT", "records": ["v=1"]}, name="other")

CASES: dict[str, tuple[Case, ...]] = {
    DESCRIBED.id: (
        ok("described", group(inline((443, 443), cidrBlocks=["10.0.0.0/8"]))),
        fail("group_without", Item(type=GROUP, props={"vpcId": "vpc-1"}), at="description"),
        fail("pulumi_says_nothing", group(description="Managed by Pulumi"), at="description"),
        fail("rule_without", ingress_rule((443, 443), description=""), at="description"),
        unknown("decided_later", group(description=UNKNOWN)),
    ),
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
    DANGLING.id: (
        ok(
            "resource_of_the_stack",
            _ADDRESS,
            Item(type=RECORD, props=_record(records=[UNKNOWN]).props, name="record", depends_on={"records": ["other"]}),
        ),
        ok("text", _record(type="TXT", records=["v=spf1 -all"])),
        ok("listed", _record(records=["192.0.2.7"]), settings={"targets": ["192.0.2.*"]}),
        fail("address_of_nobody", _record(records=["192.0.2.7"]), at="records[0]"),
        fail("mail_to_nobody", _record(type="MX", records=["10 mail.gone.example.net"]), at="records[0]"),
        fail("alias_of_nobody", _record(aliases=[{"name": "d1.cloudfront.net", "zoneId": "Z"}]), at="aliases[0].name"),
        fail(
            "in_a_list_of_all",
            Item(
                type=EXCLUSIVE,
                props={SETS: [{"name": "www", "type": "CNAME", "resourceRecords": [{"value": "gone.example.net"}]}]},
            ),
            at=f"{SETS}[0].resourceRecords[0].value",
        ),
        fail("name_of_nobody", _record(type="CNAME", records=["gone.s3.amazonaws.com"]), at="records[0]"),
        unknown("decided_later", _record(records=[UNKNOWN])),
    ),
}
