"""A report as plain data, for machines (`--format json`) and for the other formats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from policies.check.judging import Finding, Report
from policies.kernel import clock, frameworks
from policies.kernel.exemptions import Exemption
from policies.kernel.ledger import Entry
from policies.kernel.policy import ADVISORY, MANDATORY, Policy
from policies.kernel.requirements import link
from policies.registry import PACK

FORMAT: Final = 1
"""Grows when a key changes its meaning or goes away; new keys may come at any time."""
ABOUT: Final = Path(__file__).parents[1] / "PulumiPolicy.yaml"


def version() -> str:
    """The pack's version, as published."""
    found = re.search(r"^version:\s*(\S+)", ABOUT.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"


def outline(report: Report, configuration: Sequence[str]) -> dict[str, Any]:
    """Everything in a report, under stable keys.

    Args:
        report: what came out.
        configuration: the presets and files that held.
    """
    failed, advised = report.of(MANDATORY), report.of(ADVISORY)
    positions = {one.urn: one.position for one in report.snapshot.resources}
    return {
        "format": FORMAT,
        "pack": {"name": PACK, "version": version()},
        "checked": {
            "source": report.snapshot.source,
            "kind": report.snapshot.kind,
            "stack": report.snapshot.stack,
            "resources": len(report.snapshot.resources),
            "configuration": list(configuration),
            "day": clock.today().isoformat(),
        },
        "summary": {
            "mandatory": len(failed),
            "advisory": len(advised),
            "excused": len(report.excused),
            "open": len(report.open),
            "passed": len(report.passed),
            "idle": len(report.idle),
            "off": len(report.off),
        },
        "notes": list(report.snapshot.notes),
        "standards": {
            policy: frameworks.requirements(policy) for policy in sorted({one.policy.id for one in report.findings})
        },
        "mandatory": [_finding(one, positions.get(one.urn)) for one in failed],
        "advisory": [_finding(one, positions.get(one.urn)) for one in advised],
        "excused": [
            {**_finding(one, positions.get(one.urn)), "exemption": _exemption(one.excused_by)}
            for one in report.excused
            if one.excused_by
        ],
        "exemptions": [_entry(exemption) for exemption in report.exemptions],
        "open": [
            {"policy": one.policy.id, "resource": resource(one.urn), "urn": one.urn, "paths": list(one.paths)}
            for one in report.open
        ],
        "passed": [policy_of(one) for one in report.passed],
        "idle": [policy_of(one) for one in report.idle],
        "off": [policy_of(one) for one in report.off],
    }


def policy_of(policy: Policy) -> dict[str, Any]:
    """A policy's record."""
    return {
        "id": policy.id,
        "severity": policy.severity.value,
        "requirement": policy.requirement,
        "link": link(policy.requirement),
        "description": policy.description,
        "fix": policy.fix,
        "controls": frameworks.labels(policy.id),
    }


def resource(urn: str) -> str:
    """Type and name of a resource, as people know it."""
    if not urn:
        return "the stack"
    _, _, types, name = urn.split("::", 3)
    return f"{types.rpartition('$')[2]} {name}"


def _finding(one: Finding, position: tuple[str, int] | None) -> dict[str, Any]:
    return {
        "policy": policy_of(one.policy),
        "resource": resource(one.urn),
        "urn": one.urn,
        "program": {"file": position[0], "line": position[1]} if position else None,
        "path": one.violation.path,
        "found": one.violation.found,
        "required": one.violation.required,
        "note": one.note,
        "message": one.policy.message(one.violation, one.note),
    }


def _exemption(one: Exemption) -> dict[str, str]:
    return {"reason": one.reason, "owner": one.owner, "expires": one.expires.isoformat()}


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "policy": one.policy,
        "urn": one.exemption.urn,
        "reason": one.exemption.reason,
        "owner": one.exemption.owner,
        "expires": one.exemption.expires.isoformat(),
        "standing": one.standing,
        "used_by": sorted(one.used_by),
    }
