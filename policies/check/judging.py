"""Judges what was read: every policy, as the engine would have it, and what became of the exemptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pulumi_policy import EnforcementLevel

from policies.check.reading import Snapshot
from policies.check.resources import Found
from policies.kernel.configuration import Configured
from policies.kernel.exemptions import Exemption
from policies.kernel.ledger import Entry, Ledger
from policies.kernel.policy import ADVISORY, MANDATORY, Policy, Verdict
from policies.kernel.resource import Resource, Stack, Violation
from policies.kernel.value import Value
from policies.rules.pack.exemption_review import REVIEWED, review

DISABLED: Final = EnforcementLevel.DISABLED
SEVERITIES: Final = ("critical", "high", "medium", "low")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong, and with which resource."""

    policy: Policy
    level: EnforcementLevel
    """Mandatory or advisory; one that the engine would repair is mandatory."""
    violation: Violation
    urn: str
    """Empty where it is about the stack."""
    note: str
    excused_by: Exemption | None


@dataclass(frozen=True, kw_only=True)
class Open:
    """What a policy could not decide, because values are secret or known later."""

    policy: Policy
    urn: str
    paths: tuple[str, ...]


@dataclass(kw_only=True)
class Report:
    """Everything that came out."""

    snapshot: Snapshot
    configured: Mapping[str, Configured]
    findings: list[Finding] = field(default_factory=list)
    excused: list[Finding] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    passed: list[Policy] = field(default_factory=list)
    """Had something to judge, could decide all of it, and found nothing."""
    idle: list[Policy] = field(default_factory=list)
    """Had nothing to judge."""
    off: list[Policy] = field(default_factory=list)
    """Switched off by the configuration."""
    exemptions: list[Entry] = field(default_factory=list)

    @property
    def has_judged(self) -> bool:
        """Whether any policy had something to judge, besides exemptions."""
        return any(one is not REVIEWED for one in self.passed) or bool(self.findings or self.excused or self.open)

    def of(self, level: EnforcementLevel) -> list[Finding]:
        """The findings of a level, the most severe first."""
        return [finding for finding in self.findings if finding.level is level]


def judge(snapshot: Snapshot, policies: Sequence[Policy], configured: Mapping[str, Configured]) -> Report:
    """Runs every policy over every resource, and over the stack.

    Args:
        snapshot: what was read.
        policies: in the order of the report.
        configured: what holds for each of them.
    """
    report, book = Report(snapshot=snapshot, configured=configured), Ledger()
    for policy in policies:
        if configured[policy.id].level is DISABLED:
            report.off.append(policy)
        elif policy.id != REVIEWED.id:
            _judge(policy, snapshot, report, book)
    report.exemptions = book.entries()
    _review(snapshot, report, book)
    # Stable: within a severity, policies stay in the registry's order.
    report.findings.sort(key=lambda one: SEVERITIES.index(one.policy.severity.value))
    return report


def _judge(policy: Policy, snapshot: Snapshot, report: Report, book: Ledger) -> None:
    config = policy.configuration(report.configured[policy.id].settings)
    policy.enter(config, book)
    judged, broken, undecided = False, False, False
    for urn, verdict in _verdicts(policy, snapshot, config):
        judged = True
        if verdict.unknown:
            undecided = True
            report.open.append(Open(policy=policy, urn=urn, paths=verdict.unknown))
        for ruling in policy.rulings(verdict, config, urn, book):
            broken = True
            finding = Finding(
                policy=policy,
                level=_level(report, policy),
                violation=ruling.violation,
                urn=ruling.violation.urn or urn,
                note=ruling.note,
                excused_by=ruling.excused_by,
            )
            (report.excused if finding.excused_by else report.findings).append(finding)
    if not judged:
        report.idle.append(policy)
    elif not broken and not undecided:
        report.passed.append(policy)


def _verdicts(policy: Policy, snapshot: Snapshot, config: Value) -> Iterator[tuple[str, Verdict]]:
    concerned = [resource for resource in snapshot.resources if resource.type in policy.types]
    if policy.rule is None:
        if concerned:
            resources = [_resource(one, one.as_output, config) for one in concerned]
            yield "", policy.judge_stack(Stack(resources=resources, settings=config))
        return
    for one in concerned:
        # Nobody registers what is only looked up, so the engine does not ask about it either.
        if not one.read_only:
            yield one.urn, policy.judge(_resource(one, one.as_input, config))


def _resource(found: Found, props: Value, config: Value) -> Resource:
    return Resource(
        type=found.type,
        name=found.name,
        urn=found.urn,
        props=props,
        depends_on=found.depends_on,
        settings=config,
        component=found.component,
    )


def _review(snapshot: Snapshot, report: Report, book: Ledger) -> None:
    """The policy about exemptions, on this run's own ledger."""
    if not snapshot.resources or REVIEWED in report.off:
        return
    level, before = _level(report, REVIEWED), len(report.findings)
    for violation in review(book, snapshot.resources[0].urn):
        report.findings.append(
            Finding(policy=REVIEWED, level=level, violation=violation, urn="", note="", excused_by=None)
        )
    if len(report.findings) == before:
        report.passed.append(REVIEWED)


def _level(report: Report, policy: Policy) -> EnforcementLevel:
    """Mandatory or advisory: nothing is repaired here, so what would be is mandatory."""
    return ADVISORY if report.configured[policy.id].level is ADVISORY else MANDATORY
