"""Policies about descriptions, network ACLs and names: what is read by people, and what outlives its target."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.network import security_group_rules as forms
from policies.rules.network.security_group_rules import GROUP, PROTOCOLS, is_public, is_wide, network, rules

ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_ACL: Final = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ACL_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
RECORD: Final = "aws:route53/record:Record"
EXCLUSIVE: Final = "aws:route53/recordsExclusive:RecordsExclusive"
SETS: Final = "resourceRecordSets"
POINTING: Final = frozenset({"A", "AAAA", "CNAME", "HTTPS", "MX", "NS", "SRV", "SVCB"})
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


def _acl_rules(resource: Resource) -> Iterator[tuple[Value, str]]:
    """The rules that let in, each with the name of the property that says allow or deny."""
    if resource.type == ACL_RULE:
        if not resource.props["egress"].flag():
            yield resource.props, "ruleAction"
        return
    for rule in resource.props["ingress"].items():
        yield rule, "action"


def _acl(resource: Resource) -> Iterator[Violation]:
    for rule, action in _acl_rules(resource):
        with resource.isolate():
            name = rule["protocol"].text() or ""
            if rule[action].text() != "allow" or PROTOCOLS.get(name, name) != "-1":
                continue
            for source in (rule["cidrBlock"], rule["ipv6CidrBlock"]):
                with resource.isolate():
                    found = network(source)
                    if found is not None and is_public(found) and is_wide(found):
                        yield violation(source, f"everything from {found}", "protocols and ports that are needed")


ACL_NARROW = Policy(
    id="nacl-not-all-open",
    requirement="AWS-SG",
    types=frozenset({ACL, DEFAULT_ACL, ACL_RULE}),
    level=ADVISORY,
    severity=LOW,
    description="A network ACL that somebody writes says more than that everything may come in.",
    fix="name protocols, ports and ranges, or leave the ACL to AWS",
    rule=_acl,
)


def _targets(record: Resource) -> Iterator[tuple[Value, list[Value]]]:
    """Type and targets of each record that a resource holds, but for those that come from resources of the stack."""
    if record.type == RECORD and not (record.depends_on.get("aliases") or record.depends_on.get("records")):
        aliases = [alias["name"] for alias in record.props["aliases"].items()]
        yield record.props["type"], [*record.props["records"].items(), *aliases]
    elif record.type == EXCLUSIVE and not record.depends_on.get(SETS):
        for one in record.props[SETS].items():
            alias = one.along("aliasTarget", "dnsName")
            named = [each["value"] for each in one["resourceRecords"].items()]
            yield one["type"], [*named, *([alias] if not alias.known or alias.present else [])]


def _dangling(stack: Stack) -> Iterator[Violation]:
    listed = [one.text() or "" for one in stack.settings["targets"].items()]
    for record in stack.of({RECORD, EXCLUSIVE}):
        with stack.isolate():
            for kind, targets in _targets(record):
                if kind.text() not in POINTING:
                    continue
                for target in targets:
                    # Before a target may stand its priority, weight and port.
                    text = (target.text() or "").rstrip(".").split(" ")[-1]
                    if not any(fnmatchcase(text, pattern) for pattern in listed):
                        yield violation(target, text, "a resource of this stack, or a listed target", record.urn)


DANGLING = Policy(
    id="route53-dangling",
    requirement="AWS-DNS",
    types=frozenset({RECORD, EXCLUSIVE}),
    level=ADVISORY,
    severity=MEDIUM,
    description="A record points to a resource of its own stack and goes with it, so that nobody can take it over.",
    fix="use the resource's output, or list the target in this policy's configuration",
    stack_rule=_dangling,
    settings={
        "targets": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Addresses and names of others that records may point to; * and ? are wildcards.",
        }
    },
)

POLICIES = (DESCRIBED, ACL_NARROW, DANGLING)
