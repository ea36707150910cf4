"""The report as plain data (report.schema.json): one document for one stack or many; every format is made of it."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policies.check.judging import SEVERITIES, Finding, Report
from policies.kernel import frameworks
from policies.kernel.configuration import Configured
from policies.kernel.exemptions import Exemption
from policies.kernel.ledger import Entry
from policies.kernel.policy import ADVISORY, MANDATORY, Policy
from policies.kernel.requirements import link
from policies.registry import PACK

VERSION: Final = 2
"""Grows when a key changes its meaning or goes away; new keys may come at any time."""
ABOUT: Final = Path(__file__).parents[1] / "PulumiPolicy.yaml"
WEIGHTS: Final = {"critical": 10, "high": 5, "medium": 2, "low": 1}
FORMULA: Final = (
    "100 x the weight of the policies that passed / the weight of the policies that passed or were violated, added up "
    "over all stacks and rounded down. A policy weighs 10 if its severity is critical, 5 if high, 2 if medium, 1 if "
    "low. An exempted violation counts as a violation; a policy that is not decided, or had nothing to judge, does not "
    "count."
)
INDEX: Final = re.compile(r"\[\d+\]")
Document = dict[str, Any]


def version() -> str:
    """The pack's version, as published."""
    found = re.search(r"^version:\s*(\S+)", ABOUT.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"


def stack_of(report: Report, name: str = "") -> Document:
    """The part of a document about one stack.

    Args:
        report: the stack's.
        name: what the backend calls the stack; otherwise project/stack, as in its URNs.
    """
    snapshot, known = report.snapshot, {one.urn: one for one in report.snapshot.resources}
    name = name or snapshot.stack or snapshot.source
    seen: Counter[str] = Counter()

    def finding(one: Finding) -> Document:
        made = _finding(one, name)
        identity = "\n".join((made["policy"], one.urn or name, INDEX.sub("[]", made["path"]), made["found"]))
        seen[identity] += 1
        position = known[one.urn].position if one.urn in known else None
        return {
            **made,
            "program": {"file": position[0], "line": position[1]} if position else None,
            "line": snapshot.lines.get(one.urn),
            "fingerprint": hashlib.sha256(f"{identity}\n{seen[identity]}".encode()).hexdigest()[:32],
            "new": None,
        }

    made = {
        "name": name,
        "source": snapshot.source,
        "kind": snapshot.kind,
        "resources": len(snapshot.resources),
        "notes": list(snapshot.notes),
        "findings": [finding(one) for level in (MANDATORY, ADVISORY) for one in report.of(level)],
        "excused": [
            {**finding(one), "exemption": _exemption(one.excused_by)} for one in report.excused if one.excused_by
        ],
        "open": [{"policy": one.policy.id, "urn": one.urn, "paths": list(one.paths)} for one in report.open],
        "exemptions": [_entry(one) for one in report.exemptions if _is_about(one, report)],
        "passed": [one.id for one in report.passed],
        "idle": [one.id for one in report.idle],
    }
    severities = {one.policy.id: one.policy.severity.value for one in (*report.findings, *report.excused)}
    severities |= {one.id: one.severity.value for one in report.passed}
    return {**made, "summary": _summary([made], severities)}


def document(
    stacks: Sequence[Document],
    unreadable: Sequence[Document],
    policies: Sequence[Policy],
    configured: Mapping[str, Configured],
    configuration: Sequence[str],
) -> Document:
    """The whole document.

    Args:
        stacks: parts that `stack_of` made.
        unreadable: name (empty if not known), source and reason of every stack that could not be judged.
        policies: in the order of the report.
        configured: what holds for each of them.
        configuration: the presets and files that held.
    """
    severities = {policy.id: policy.severity.value for policy in policies}
    return {
        "version": VERSION,
        "pack": {"name": PACK, "version": version()},
        "judged_at": _now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        "configuration": list(configuration),
        "summary": {
            "stacks": len(stacks),
            "unreadable": len(unreadable),
            "resources": sum(stack["resources"] for stack in stacks),
            **_summary(stacks, severities),
            "fixed": None,
        },
        "score_formula": FORMULA,
        "frameworks": {
            id_: f"{one.name} {one.version}"
            for id_, one in {**frameworks.frameworks(), **frameworks.standards()}.items()
        },
        "policies": {policy.id: _policy(policy, configured[policy.id]) for policy in policies},
        "stacks": stacks,
        "unreadable": list(unreadable),
        "changes": None,
    }


def label(urn: str) -> str:
    """Type and name of a resource, as people know it."""
    return " ".join(_type_and_name(urn)) if urn else "the stack"


def _type_and_name(urn: str) -> tuple[str, str]:
    if not urn:
        return "", ""
    _, _, types, name = urn.split("::", 3)
    return types.rpartition("$")[2], name


def _summary(stacks: Iterable[Document], severities: Mapping[str, str]) -> Document:
    """Counts, and the score, of some stacks."""
    counts: Counter[str] = Counter()
    passed = judged = 0
    for stack in stacks:
        counts.update(one["level"] for one in stack["findings"])
        counts.update(one["severity"] for one in stack["findings"])
        counts.update({kind: len(stack[kind]) for kind in ("excused", "open")})
        violated = {one["policy"] for kind in ("findings", "excused") for one in stack[kind]}
        met = sum(WEIGHTS[severities[one]] for one in stack["passed"])
        passed, judged = passed + met, judged + met + sum(WEIGHTS[severities[one]] for one in violated)
    return {
        **{kind: counts[kind] for kind in ("mandatory", "advisory", "excused", "open")},
        "by_severity": {severity: counts[severity] for severity in SEVERITIES},
        "score": 100 * passed // judged if judged else None,
        "new": None,
    }


def _frameworks() -> Iterator[frameworks.Framework | frameworks.Standard]:
    yield from frameworks.frameworks().values()
    yield from frameworks.standards().values()


def _policy(policy: Policy, configured: Configured) -> Document:
    controls: dict[str, list[str]] = {}
    for framework, control in frameworks.controls(policy.id):
        controls.setdefault(framework.id, []).append(control.id)
    for requirement in frameworks.requirements(policy.id):
        standard, _, number = requirement.partition(":")
        controls.setdefault(standard, []).append(number)
    level = "advisory" if configured.level is ADVISORY else configured.level.value
    return {
        "description": policy.description,
        "severity": policy.severity.value,
        # Nothing is repaired here, so what would be is mandatory.
        "level": "mandatory" if level == "remediate" else level,
        "requirements": policy.requirement.split(),
        "controls": controls,
        "fix": policy.fix,
        "url": link(policy.requirement),
    }


def _finding(one: Finding, stack: str) -> Document:
    type_, name = _type_and_name(one.urn)
    return {
        "policy": one.policy.id,
        "level": one.level.value,
        "severity": one.policy.severity.value,
        "urn": one.urn,
        "type": type_,
        "name": name or stack,
        "path": one.violation.path,
        "found": one.violation.found,
        "required": one.violation.required,
        "note": one.note,
    }


def _is_about(entry: Entry, report: Report) -> bool:
    """Whether an exemption may be about this stack: one configuration holds for all."""
    return not report.snapshot.resources or entry.is_about(report.snapshot.resources[0].urn)


def _exemption(one: Exemption) -> dict[str, str]:
    return {"reason": one.reason, "owner": one.owner, "expires": one.expires.isoformat()}


def _entry(one: Entry) -> Document:
    return {
        "policy": one.policy,
        "urn": one.exemption.urn,
        **_exemption(one.exemption),
        "standing": one.standing,
        "used_by": sorted(one.used_by),
    }


def _now() -> datetime.datetime:
    """The time of the report; SOURCE_DATE_EPOCH fixes it, for reports that can be compared."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isdecimal():
        return datetime.datetime.fromtimestamp(int(fixed), datetime.UTC)
    return datetime.datetime.now(datetime.UTC)
