"""Policies about descriptions, network ACLs and names: what is read by people, and what outlives its target."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.judged import Resource, Stack, Violation, breach
from policies.network import rules as forms
from policies.network.ingress import group, ingress_rule, inline
from policies.network.rules import GROUP, PROTOCOLS, is_public, is_wide, network, rules
from policies.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.values import Value

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
        with resource.apart():
            about = resource.props["description"]
            if (about.text() or "") in NO_DESCRIPTIONS:
                yield breach(about, about.text() or "nothing", "what the group is for")
    for direction in ("ingress", "egress"):
        for rule in rules(resource, direction):
            with resource.apart():
                if (rule.description.text() or "") in NO_DESCRIPTIONS:
                    yield breach(rule.description, "nothing", "who needs it, and for what")


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
        with resource.apart():
            name = rule["protocol"].text() or ""
            if rule[action].text() != "allow" or PROTOCOLS.get(name, name) != "-1":
                continue
            for source in (rule["cidrBlock"], rule["ipv6CidrBlock"]):
                with resource.apart():
                    found = network(source)
                    if found is not None and is_public(found) and is_wide(found):
                        yield breach(source, f"everything from {found}", "protocols and ports that are needed")


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
        with stack.apart():
            for kind, targets in _targets(record):
                if kind.text() not in POINTING:
                    continue
                for target in targets:
                    # Before a target may stand its priority, weight and port.
                    text = (target.text() or "").rstrip(".").split(" ")[-1]
                    if not any(fnmatchcase(text, pattern) for pattern in listed):
                        yield breach(target, text, "a resource of this stack, or a listed target", record.urn)


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
