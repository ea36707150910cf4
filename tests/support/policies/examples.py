"""Examples of policies, taken from their cases and reduced to the relevant properties."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

import yaml

from policies.kernel import clock, ledger
from policies.kernel.cases import UNKNOWN, Case, Item
from policies.kernel.policy import Policy
from policies.registry import cases
from tests.support.policies.sdk_harness import outcome

DAY = datetime.date(2026, 11, 1)
"""The day on which the cases hold."""
LONGEST_LINES = 8
"""Of what is shown whole beside the property that an example is about."""
STEP = re.compile(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)')
WHO = ("name", "kind", "type", "apiVersion", "metadata")
"""What tells one object from another, kept wherever it is short."""


def example(policy: Policy, expected: str) -> Case:
    """The first passing, or failing, case."""
    return next(case for case in cases()[policy.id] if case.expected == expected)


def told(policy: Policy, case: Case) -> str:
    """The engine's message for a failing case."""
    ledger.RUN.clear()
    with patch.object(clock, "today", lambda: DAY), patch.dict(os.environ):
        os.environ.pop("PULUMI_DRY_RUN", None)
        violations = outcome(policy, case.items, case.settings).violations
    return next(text for text in violations if text.startswith(f"{policy.id}: {case.at}: "))


def rendered(case: Case, path: str) -> str:
    """The resources of a case as YAML, each reduced to the surroundings of a path."""
    parts = [_resource(item, path, alone=len(case.items) == 1) for item in case.items]
    if case.settings:
        parts.append({"configuration": dict(case.settings)})
    return yaml.safe_dump_all([_readable(part) for part in parts], sort_keys=False, width=110, allow_unicode=True)


def _resource(item: Item, path: str, *, alone: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"type": item.type, **({} if alone else {"name": item.name})}
    made["properties"] = excerpt(item.props, list(_steps(path)) if alone else [])
    if item.depends_on:
        made["made from"] = {key: list(names) for key, names in item.depends_on.items()}
    return made


def _steps(path: str) -> Iterator[str | int]:
    if path.startswith("("):
        return
    for quoted, index, name in STEP.findall(path):
        yield int(index) if index else quoted or name


def excerpt(value: Any, steps: list[str | int]) -> Any:
    """A value reduced to the path and the siblings of its end."""
    if isinstance(value, list) and steps and isinstance(steps[0], int) and steps[0] < len(value):
        return [excerpt(value[steps[0]], steps[1:])]
    if not isinstance(value, Mapping):
        return value
    if not steps or steps[0] not in value or len(steps) == 1:
        return {key: inner for key, inner in value.items() if _short(inner) or key in steps[:1]}
    who = {key: inner for key, inner in value.items() if key in WHO and _short(inner) and key != steps[0]}
    return {**who, steps[0]: excerpt(value[steps[0]], steps[1:])}


def _short(value: Any) -> bool:
    return yaml.safe_dump(_readable(value)).count("\n") <= LONGEST_LINES


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _readable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(inner) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        # A document inside a text is more readable when it is decoded.
        with contextlib.suppress(ValueError):
            return _readable(json.loads(value))
    return "(known later)" if value == UNKNOWN else value
