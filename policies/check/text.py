"""The report for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from policies.check.document import label

TITLES = {"mandatory": "must be repaired", "advisory": "advised against", "excused": "excused"}


def counted(number: int, thing: str) -> str:
    """A number and what it counts."""
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else plural}"


def verdict(summary: dict[str, Any]) -> str:
    """The outcome of a stack, or of all, in one sentence."""
    if not summary.get("resources"):
        return "Nothing was judged: there are no resources."
    if summary["mandatory"]:
        return f"Not compliant: {counted(summary['mandatory'], 'violation')} must be repaired."
    return "Compliant: no mandatory policy is violated."


def text(document: dict[str, Any]) -> str:
    """The whole report."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    pack, policies, stacks = document["pack"], document["policies"], document["stacks"]
    under = f", under {' and '.join(document['configuration'])}" if document["configuration"] else ""
    for stack in stacks:
        resources = f"{counted(stack['resources'], 'resource')} of the {stack['kind']} in {stack['source']}"
        yield f"{pack['name']} {pack['version']}: {stack['name']}, {resources}{under}"
        yield from _stack(stack, policies)
    for one in document["unreadable"]:
        yield f"not judged: {one['reason']}"
    if len(stacks) != 1 or document["unreadable"]:
        yield from _all(document["summary"])


def _all(summary: dict[str, Any]) -> Iterator[str]:
    severities = ", ".join(f"{count:,} {severity}" for severity, count in summary["by_severity"].items())
    yield ""
    yield (
        f"{counted(summary['stacks'], 'stack')}, {counted(summary['resources'], 'resource')}: "
        f"{summary['mandatory']:,} must be repaired, {summary['advisory']:,} advised against ({severities}), "
        f"{summary['excused']:,} excused, {summary['open']:,} not decided, {summary['unreadable']:,} not judged."
    )
    yield verdict(summary)


def _stack(stack: dict[str, Any], policies: dict[str, Any]) -> Iterator[str]:
    for note in stack["notes"]:
        yield f"note: {note}"
    for level in ("mandatory", "advisory"):
        yield from _findings([one for one in stack["findings"] if one["level"] == level], TITLES[level], policies)
    yield from _findings(stack["excused"], TITLES["excused"], policies)
    yield from _exemptions(stack["exemptions"])
    yield from _open(stack["open"])
    yield ""
    score = stack["summary"]["score"]
    scored = "" if score is None else f" Score: {score} of 100."
    off = ", ".join(id_ for id_, policy in policies.items() if policy["level"] == "disabled")
    idle = f"{len(stack['idle'])} had nothing to judge{f', switched off: {off}' if off else ''}"
    yield f"{counted(len(stack['passed']), 'policy')} passed, {idle}.{scored}"
    yield verdict({**stack["summary"], "resources": stack["resources"]})


def _findings(findings: list[dict[str, Any]], title: str, policies: dict[str, Any]) -> Iterator[str]:
    for id_, group in groupby(findings, lambda one: one["policy"]):
        found, policy = list(group), policies[id_]
        yield ""
        yield f"{id_} ({policy['severity']}, {title}): {policy['description']}"
        for one in found:
            at = f" ({one['program']['file']}:{one['program']['line']})" if one["program"] else ""
            new = ", new" if one["new"] else ""
            yield f"  {label(one['urn'])}{at}{new}"
            yield f"    {one['path']}: found {one['found']}, required {one['required']}"
            if one["note"]:
                yield f"    note: {one['note']}"
            if "exemption" in one:
                said = one["exemption"]
                yield f"    until {said['expires']}, by {said['owner']}: {said['reason']}"
        if "exemption" not in found[0]:
            yield f"  fix: {policy['fix']}"
            yield f"  see {' '.join(policy['requirements'])} {policy['url']}"


def _exemptions(exemptions: list[dict[str, Any]]) -> Iterator[str]:
    if exemptions:
        yield ""
        yield "exemptions:"
    for exemption in exemptions:
        used = f" by {counted(len(exemption['used_by']), 'resource')}" if exemption["used_by"] else ""
        used = f", but still needed{used}" if used and exemption["standing"] == "expired" else used
        covered = f"{exemption['policy']} for {exemption['urn']}"
        yield f"  {exemption['standing']}{used}, until {exemption['expires']}: {covered}"
        yield f"    {exemption['owner']}: {exemption['reason']}"


def _open(undecided: list[dict[str, Any]]) -> Iterator[str]:
    if undecided:
        yield ""
        yield "not decided, because values are secret or known later:"
    for one in undecided:
        yield f"  {one['policy']}: {label(one['urn'])}: {', '.join(one['paths'][:3])}"
