"""The report as SARIF 2.1.0, which code scanning and review tools read."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from policies.check.reading import STDIN, Snapshot

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_TAGS: Final = 20
"""Tags of a rule that GitHub reads (docs.github.com, SARIF support for code scanning, 2026-11-28)."""
LEVELS: Final = {"mandatory": "error", "advisory": "warning", "excused": "error"}
SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""Severity -> score as of CVSS, by which code scanning sorts."""


def sarif(outline: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """One run: rules are policies, results violations; excused ones are suppressed, undecided ones notifications."""
    results = [(kind, one) for kind in LEVELS for one in outline[kind]]
    rules = {one["policy"]["id"]: one["policy"] for _, one in results}
    rules |= {one["id"]: one for kind in ("passed", "idle", "off") for one in outline[kind]}
    names = list(rules)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": outline["pack"]["name"],
                        "semanticVersion": outline["pack"]["version"],
                        "rules": [_rule(rule) for rule in rules.values()],
                    }
                },
                "automationDetails": {"id": f"{outline['pack']['name']}/{outline['checked']['stack']}"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            *({"level": "note", "message": {"text": note}} for note in outline["notes"]),
                            *(_undecided(one) for one in outline["open"]),
                        ],
                    }
                ],
                "results": [_result(kind, one, names, snapshot) for kind, one in results],
            }
        ],
    }


def _rule(policy: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": policy["id"],
        "name": "".join(word.capitalize() for word in policy["id"].split("-")),
        "shortDescription": {"text": policy["description"]},
        "help": {"text": f"Fix: {policy['fix']}. See {policy['requirement']} {policy['link']}"},
        "helpUri": policy["link"],
        "properties": {
            "tags": ["security", *policy["requirement"].split(), *policy["controls"]][:MOST_TAGS],
            "security-severity": SCORES[policy["severity"]],
        },
    }


def _result(kind: str, one: dict[str, Any], names: list[str], snapshot: Snapshot) -> dict[str, Any]:
    policy = one["policy"]["id"]
    identity = hashlib.sha256(f"{policy}\n{one['urn']}\n{one['path']}".encode()).hexdigest()
    made: dict[str, Any] = {
        "ruleId": policy,
        "ruleIndex": names.index(policy),
        "level": LEVELS[kind],
        "message": {"text": f"{one['resource']}: {one['message']}"},
        "locations": [_location(one, snapshot)],
        "partialFingerprints": {"policyResourcePath/v1": identity},
    }
    if kind == "excused":
        said = one["exemption"]
        made["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{said['reason']} ({said['owner']}, until {said['expires']})",
            }
        ]
    return made


def _location(one: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """The line of the program that registers the resource; if that is not known, the file's line about it."""
    if one["program"]:
        path, line = one["program"]["file"], one["program"]["line"]
    else:
        path, line = _relative(snapshot.source), snapshot.lines.get(one["urn"], 1)
    logical = {"fullyQualifiedName": f"{one['urn'] or snapshot.stack}#{one['path']}", "kind": "resource"}
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": {"startLine": line}},
        "logicalLocations": [logical],
    }


def _relative(source: str) -> str:
    """The file from where the command runs, as the tools that read SARIF want it."""
    if source == STDIN:
        return "stdin"
    path = Path(source).resolve()
    return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else PurePosixPath(path.name)).as_posix()


def _undecided(one: dict[str, Any]) -> dict[str, Any]:
    paths = ", ".join(one["paths"])
    return {
        "level": "note",
        "message": {"text": f"{one['policy']}: {one['resource']}: not decided, because not known: {paths}"},
        "associatedRule": {"id": one["policy"]},
    }
