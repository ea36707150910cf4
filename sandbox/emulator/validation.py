"""Validate a request against the service's model, as AWS does before all other checks.

botocore checks required members and types in the client; only the service checks enums, patterns and upper bounds. Both
are checked here, so that requests of every client are.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from botocore.validate import ParamValidator
from moto.core.model import ListShape, MapShape, Shape, StructureShape

NUMBERS = ("integer", "long", "float", "double")


def faults(shape: Shape | None, params: Mapping[str, Any]) -> list[str]:
    """The violations of the model in the parsed request, in AWS's wording."""
    if shape is None:
        return []
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        return [*report.generate_report().splitlines()]
    return list(_constraints(shape, params, ""))


def _constraints(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Violated enums, patterns and upper bounds, at `path` and below."""
    if value is None:
        return
    if isinstance(shape, StructureShape):
        members: Mapping[str, Any] = cast(Any, shape).members
        for name, member in value.items():
            if name in members:
                yield from _constraints(members[name], member, f"{path}.{name}" if path else name)
        return
    yield from _bounds(shape, value, path)
    if isinstance(shape, ListShape):
        for index, item in enumerate(value, start=1):
            yield from _constraints(shape.member, item, f"{path}.{index}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _constraints(shape.key, key, f"{path}.key")
            yield from _constraints(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _text(shape, value, path)


def _bounds(shape: Any, value: Any, path: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is None:
        return
    if shape.type_name in NUMBERS:
        if value > most:
            yield _fault(shape, path, value, f"Member must have value less than or equal to {most}")
    elif isinstance(value, str | bytes | list | dict) and len(value) > most:
        yield _fault(shape, path, value, f"Member must have length less than or equal to {most}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        yield _fault(shape, path, value, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield _fault(shape, path, value, f"Member must satisfy regular expression pattern: {pattern}")


def _fault(shape: Any, path: str, value: Any, rule: str) -> str:
    text = "***" if shape.metadata.get("sensitive") else value
    return f"Value '{text}' at '{path}' failed to satisfy constraint: {rule}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern; None if it uses features of Java's regular expressions only."""
    if "&&" in pattern or r"\p{" in pattern:
        return None
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    if compiled is None:
        return True
    # The older models match the whole value; the newer ones use anchors for that.
    anchored = pattern.startswith("^") or pattern.endswith("$")
    return bool(compiled.search(value) if anchored else compiled.fullmatch(value))
