"""The report as SARIF 2.1.0, which code scanning and review tools read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from policies.check.document import label
from policies.check.reading import STDIN

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_TAGS: Final = 20
"""Tags of a rule that GitHub reads (docs.github.com, SARIF support for code scanning, 2026-11-28)."""
LEVELS: Final = {"mandatory": "error", "advisory": "warning"}
SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""Severity -> score as of CVSS, by which code scanning sorts."""
STATES: Final = {True: "new", False: "unchanged"}


def sarif(document: dict[str, Any]) -> dict[str, Any]:
    """One run: rules are policies, results violations; excused ones are suppressed, undecided ones notifications."""
    pack, stacks = document["pack"], document["stacks"]
    order = {id_: at for at, id_ in enumerate(document["policies"])}
    # GitHub takes what precedes the last slash for the category that a later upload replaces.
    category = stacks[0]["name"] if len(stacks) == 1 else "fleet"
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": pack["name"],
                        "semanticVersion": pack["version"],
                        "rules": [_rule(id_, policy) for id_, policy in document["policies"].items()],
                    }
                },
                "automationDetails": {"id": f"{pack['name']}/{category}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not document["unreadable"],
                        "toolExecutionNotifications": list(_notifications(document)),
                    }
                ],
                "results": [
                    _result(one, stack, order)
                    for stack in stacks
                    for kind in ("findings", "excused")
                    for one in stack[kind]
                ],
            }
        ],
    }


def _rule(id_: str, policy: dict[str, Any]) -> dict[str, Any]:
    requirements = " ".join(policy["requirements"])
    controls = [f"{framework}:{control}" for framework, controls in policy["controls"].items() for control in controls]
    return {
        "id": id_,
        "name": "".join(word.capitalize() for word in id_.split("-")),
        "shortDescription": {"text": policy["description"]},
        "help": {"text": f"Fix: {policy['fix']}. See {requirements} {policy['url']}"},
        "helpUri": policy["url"],
        "properties": {
            "tags": ["security", *policy["requirements"], *controls][:MOST_TAGS],
            "security-severity": SCORES[policy["severity"]],
        },
    }


def _result(one: dict[str, Any], stack: dict[str, Any], order: dict[str, int]) -> dict[str, Any]:
    note = f" ({one['note']})" if one["note"] else ""
    said = f"{label(one['urn'])}: {one['path']}: found {one['found']}, required {one['required']}{note}"
    made: dict[str, Any] = {
        "ruleId": one["policy"],
        "ruleIndex": order[one["policy"]],
        "level": LEVELS[one["level"]],
        "message": {"text": f"{stack['name']}: {said}"},
        "locations": [_location(one, stack)],
        "partialFingerprints": {"policyResourcePath/v2": one["fingerprint"]},
    }
    if one["new"] is not None:
        made["baselineState"] = STATES[one["new"]]
    if "exemption" in one:
        why = one["exemption"]
        justification = f"{why['reason']} ({why['owner']}, until {why['expires']})"
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return made


def _location(one: dict[str, Any], stack: dict[str, Any]) -> dict[str, Any]:
    """The line of the program that registers the resource; if that is not known, the file's line about it."""
    if one["program"]:
        path, line = one["program"]["file"], one["program"]["line"]
    else:
        path, line = _relative(stack["source"]), one["line"] or 1
    logical = {"fullyQualifiedName": f"{one['urn'] or stack['name']}#{one['path']}", "kind": "resource"}
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


def _notifications(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in document["unreadable"]:
        yield {"level": "error", "message": {"text": f"not judged: {one['reason']}"}}
    for stack in document["stacks"]:
        for note in stack["notes"]:
            yield {"level": "note", "message": {"text": f"{stack['name']}: {note}"}}
        for one in stack["open"]:
            said = f"{label(one['urn'])}: not decided, because not known: {', '.join(one['paths'])}"
            yield {
                "level": "note",
                "message": {"text": f"{stack['name']}: {one['policy']}: {said}"},
                "associatedRule": {"id": one["policy"]},
            }
