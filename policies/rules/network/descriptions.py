"""A policy about the descriptions of security groups and their rules (AWS-SG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.network import security_group_rules as forms
from policies.rules.network.security_group_rules import GROUP, rules

NO_DESCRIPTIONS: Final = frozenset({"", "Managed by Pulumi", "Managed by Terraform"})


def _described(resource: Resource) -> Iterator[Violation]:
    if resource.type == GROUP:
        with resource.isolate():
            about = resource.props["description"]
            if (about.text() or "") in NO_DESCRIPTIONS:
                yield violation(about, about.text() or "nothing", "what the group is for")
    for direction in ("ingress", "egress"):
        for rule in rules(resource, direction):
            with resource.isolate():
                if (rule.description.text() or "") in NO_DESCRIPTIONS:
                    yield violation(rule.description, "nothing", "who needs it, and for what")


DESCRIBED = Policy(
    id="sg-description",
    requirement="AWS-SG",
    types=forms.TYPES - {forms.DEFAULT_GROUP},
    level=ADVISORY,
    severity=LOW,
    description="Every security group and every rule says what it is for.",
    fix="set description",
    rule=_described,
)

POLICIES = (DESCRIBED,)
