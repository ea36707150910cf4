"""Cases of descriptions.py."""

from __future__ import annotations

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.network.descriptions import DESCRIBED
from policies.rules.network.ingress_cases import group, ingress_rule, inline
from policies.rules.network.security_group_rules import GROUP

CASES: dict[str, tuple[Case, ...]] = {
    DESCRIBED.id: (
        ok("described", group(inline((443, 443), cidrBlocks=["10.0.0.0/8"]))),
        fail("group_without", Item(type=GROUP, props={"vpcId": "vpc-1"}), at="description"),
        fail("pulumi_says_nothing", group(description="Managed by Pulumi"), at="description"),
        fail("rule_without", ingress_rule((443, 443), description=""), at="description"),
        unknown("decided_later", group(description=UNKNOWN)),
    ),
}
