"""The report for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

TITLES = {"mandatory": "must be repaired", "advisory": "advised against", "excused": "excused"}


def counted(number: int, thing: str) -> str:
    """A number and what it counts."""
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number} {thing if number == 1 else plural}"


def verdict(outline: dict[str, Any]) -> str:
    """The outcome in one sentence."""
    summary = outline["summary"]
    if not outline["checked"]["resources"]:
        return "Nothing was judged: there are no resources."
    if summary["mandatory"]:
        return f"Not compliant: {counted(summary['mandatory'], 'violation')} must be repaired."
    return "Compliant: no mandatory policy is broken."


def text(outline: dict[str, Any]) -> str:
    """The whole report."""
    return "\n".join(_lines(outline)) + "\n"


def _lines(outline: dict[str, Any]) -> Iterator[str]:
    pack, checked, summary = outline["pack"], outline["checked"], outline["summary"]
    under = f", under {' and '.join(checked['configuration'])}" if checked["configuration"] else ""
    resources = f"{counted(checked['resources'], 'resource')} of the {checked['kind']} in {checked['source']}"
    yield f"{pack['name']} {pack['version']}: {checked['stack'] or 'no stack'}, {resources}{under}"
    for note in outline["notes"]:
        yield f"note: {note}"
    for kind in ("mandatory", "advisory", "excused"):
        yield from _findings(outline[kind], TITLES[kind])
    yield from _exemptions(outline["exemptions"])
    yield from _open(outline["open"])
    yield ""
    off = f", switched off: {', '.join(one['id'] for one in outline['off'])}" if outline["off"] else ""
    yield f"{counted(summary['passed'], 'policy')} passed, {summary['idle']} had nothing to judge{off}."
    yield verdict(outline)


def _findings(findings: list[dict[str, Any]], title: str) -> Iterator[str]:
    for _, group in groupby(findings, lambda one: one["policy"]["id"]):
        found = list(group)
        policy = found[0]["policy"]
        yield ""
        yield f"{policy['id']} ({policy['severity']}, {title}): {policy['description']}"
        for one in found:
            at = f" ({one['program']['file']}:{one['program']['line']})" if one["program"] else ""
            yield f"  {one['resource']}{at}"
            yield f"    {one['path']}: found {one['found']}, required {one['required']}"
            if one["note"]:
                yield f"    note: {one['note']}"
            if "exemption" in one:
                said = one["exemption"]
                yield f"    until {said['expires']}, by {said['owner']}: {said['reason']}"
        if "exemption" not in found[0]:
            yield f"  fix: {policy['fix']}"
            yield f"  see {policy['requirement']} {policy['link']}"


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
    for policy, group in groupby(undecided, lambda one: one["policy"]):
        for one in group:
            yield f"  {policy}: {one['resource']}: {', '.join(one['paths'][:3])}"
