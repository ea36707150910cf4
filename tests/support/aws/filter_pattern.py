"""CloudWatch Logs filter patterns for JSON events, evaluated as AWS documents them: the part that our alarms use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||!=|<=|>=|[(){}=<>])|(?P<text>"[^"]*")|(?P<selector>\$(?:\.[\w-]+)+)|(?P<word>[\w.*-]+))"""
)


class Missing:
    """The result of a selector without a match in the event: no comparison with it is true."""


def matches(pattern: str, event: dict[str, Any]) -> bool:
    """Whether the event matches. Raises ValueError if the pattern is invalid."""
    tokens = _tokens(pattern)
    if tokens[:1] != ["{"] or tokens[-1:] != ["}"]:
        raise ValueError(f"not a JSON pattern: {pattern}")
    rest = tokens[1:-1]
    result = _either(rest, event)
    if rest:
        raise ValueError(f"left over: {rest}")
    return result


def misjudged(pattern: str, fire: Iterable[dict[str, Any]], quiet: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of `fire` that do not match, and those of `quiet` that do."""
    return [event for event in fire if not matches(pattern, event)] + [
        event for event in quiet if matches(pattern, event)
    ]


def _tokens(pattern: str) -> list[str]:
    tokens, at = [], 0
    while at < len(pattern.rstrip()):
        found = TOKEN.match(pattern, at)
        if not found:
            raise ValueError(f"no token at {pattern[at:]!r}")
        tokens.append(found.group().strip())
        at = found.end()
    return tokens


def _either(tokens: list[str], event: dict[str, Any]) -> bool:
    result = _all(tokens, event)
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        result = _all(tokens, event) or result
    return result


def _all(tokens: list[str], event: dict[str, Any]) -> bool:
    result = _term(tokens, event)
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        result = _term(tokens, event) and result
    return result


def _term(tokens: list[str], event: dict[str, Any]) -> bool:
    if tokens[0] == "(":
        tokens.pop(0)
        result = _either(tokens, event)
        if tokens.pop(0) != ")":
            raise ValueError("a parenthesis is not closed")
        return result
    found = _select(tokens.pop(0), event)
    if tokens[:2] == ["NOT", "EXISTS"]:
        del tokens[:2]
        return found is Missing
    operator, operand = tokens.pop(0), tokens.pop(0)
    return found is not Missing and _compare(found, operator, operand)


def _select(selector: str, event: dict[str, Any]) -> Any:
    if not selector.startswith("$."):
        raise ValueError(f"not a selector: {selector}")
    at: Any = event
    for key in selector[2:].split("."):
        if not isinstance(at, dict) or key not in at:
            return Missing
        at = at[key]
    return at


def _compare(found: Any, operator: str, operand: str) -> bool:
    if operand.startswith('"'):
        if "*" in operand[2:-2]:
            raise ValueError(f"a wildcard stands at the start or the end of a text: {operand}")
        equal = isinstance(found, str) and fnmatchcase(found, operand.strip('"'))
        return {"=": equal, "!=": not equal}[operator]
    if not isinstance(found, int | float):
        return False
    number = float(operand)
    return {
        "=": found == number, "!=": found != number, "<": found < number,
        ">": found > number, "<=": found <= number, ">=": found >= number,
    }[operator]  # fmt: skip
