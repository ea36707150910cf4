"""A policy about Route 53 records: no record outlives its target (AWS-DNS)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value

RECORD: Final = "aws:route53/record:Record"
EXCLUSIVE: Final = "aws:route53/recordsExclusive:RecordsExclusive"
SETS: Final = "resourceRecordSets"
POINTING: Final = frozenset({"A", "AAAA", "CNAME", "HTTPS", "MX", "NS", "SRV", "SVCB"})


def _targets(record: Resource) -> Iterator[tuple[Value, list[Value]]]:
    """Type and targets of each record in a resource, except targets that are resources of the stack."""
    if record.type == RECORD and not (record.depends_on.get("aliases") or record.depends_on.get("records")):
        aliases = [alias["name"] for alias in record.props["aliases"].items()]
        yield record.props["type"], [*record.props["records"].items(), *aliases]
    elif record.type == EXCLUSIVE and not record.depends_on.get(SETS):
        for one in record.props[SETS].items():
            alias = one.along("aliasTarget", "dnsName")
            named = [each["value"] for each in one["resourceRecords"].items()]
            yield one["type"], [*named, *([] if alias.missing else [alias])]


def _dangling(stack: Stack) -> Iterator[Violation]:
    listed = [one.text() or "" for one in stack.settings["targets"].items()]
    for record in stack.of({RECORD, EXCLUSIVE}):
        with stack.isolate():
            for kind, targets in _targets(record):
                if kind.text() not in POINTING:
                    continue
                for target in targets:
                    # A target may be preceded by its priority, weight and port.
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

POLICIES = (DANGLING,)
