"""IAM documents for rules: statements, principals, allowed actions and conditions.

Names of elements are case-insensitive, and `Effect` is Allow unless it is Deny, so that an odd spelling never hides a
statement.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policies.kernel.resource import Judged, Resource
from policies.kernel.value import MalformedError, Value

EVERYONE: Final = "*"
PARTITION: Final = re.compile(r"^arn:aws-[a-z-]+:")
FAR_APART: Final = ("iam:CreateUser", "s3:GetObject", "zz:Probe")
"""A pattern that matches all of these matches everything."""


@dataclass(frozen=True)
class Statement:
    """A statement of a document."""

    value: Value
    elements: dict[str, Value]
    """By name in lower case."""

    def get(self, name: str) -> Value:
        """An element, by its name in lower case; empty if it is missing."""
        return self.elements.get(name, Value(None, f"{self.value.path}.{name}"))

    @property
    def allows(self) -> bool:
        """Whether it allows something."""
        return (self.get("effect").text() or "").lower() != "deny"

    def entries(self, name: str) -> list[tuple[Value, str]]:
        """The texts of an element that may be a single text or a list."""
        return [(one, one.text() or "") for one in self.get(name).one_or_more()]

    def principals(self) -> Iterator[tuple[Value, str, str]]:
        """Its principals: path, type (AWS, Service, Federated; `*` alone) and name."""
        principal = self.get("principal")
        if not principal.present:
            return
        if isinstance(principal.scalar(), str):
            yield principal, EVERYONE, principal.text() or ""
            return
        for kind, names in principal.fields().items():
            for one in names.one_or_more():
                yield one, kind, one.text() or ""

    def conditions(self) -> Iterator[tuple[str, str, list[str]]]:
        """Operator, key and values, the first two in lower case."""
        for operator, tests in self.get("condition").fields().items():
            for key, values in tests.fields().items():
                yield operator.lower(), key.lower(), [one.text() or "" for one in values.one_or_more()]


def statements(resource: Resource, document: Value) -> Iterator[Statement]:
    """The statements of a document passed as text or as an object; none if it is missing."""
    if not document.present or document.scalar() == "":
        return
    elements = _elements(document.document())
    listed = elements.get("statement", Value(None, document.path))
    for one in listed.one_or_more():
        with resource.isolate():
            yield Statement(one, _elements(one))


def _elements(value: Value) -> dict[str, Value]:
    """The elements by their names in lower case.

    Raises:
        MalformedError: two names differ in case only, so that one hides the other.
    """
    found: dict[str, Value] = {}
    for name, element in value.fields().items():
        if name.lower() in found:
            raise MalformedError(element.path, f"a second {name}", "each element once")
        found[name.lower()] = element
    return found


def held(resource: Resource, paths: Iterable[str], judged: Judged | None = None) -> Iterator[Value]:
    """The values at property paths such as `inlinePolicies.policy`, including lists.

    Args:
        resource: the resource.
        paths: property names separated by dots.
        judged: records unknown values; for a stack policy, the stack.
    """
    for path in paths:
        with (judged or resource).isolate():
            yield from _at(judged or resource, resource.props, path.split("."))


def _at(judged: Judged, holder: Value, keys: Sequence[str]) -> Iterator[Value]:
    if not keys:
        yield holder
        return
    for one in holder.one_or_more() if holder.is_list else [holder]:
        with judged.isolate():
            yield from _at(judged, one[keys[0]], keys[1:])


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern with * and ? matches case-insensitively, as IAM matches actions."""
    return expression(pattern).fullmatch(name) is not None


@functools.lru_cache(maxsize=4096)
def expression(pattern: str) -> re.Pattern[str]:
    """A pattern with * and ? as a regular expression."""
    written = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.compile(written, re.IGNORECASE | re.DOTALL)


def covers_everything(pattern: str) -> bool:
    """Whether an action pattern matches every action."""
    return all(covers(pattern, probe) for probe in FAR_APART)


RESOURCES: Final = ("arn:aws:iam::111122223333:role/x", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1")


def cover_everything(patterns: Sequence[str]) -> bool:
    """Whether several patterns together match everything, such as `a*`, `b*` and so on to `z*`."""
    return all(any(covers(pattern, probe) for pattern in patterns) for probe in FAR_APART)


ACCOUNT: Final = re.compile(r"^(arn:[^:]*:[^:]*:[^:]*:)\d{12}:")
ANY_BUCKET: Final = "arn:aws:s3:::probe/y"


def every_resource(patterns: Sequence[str]) -> bool:
    """Whether resource patterns match everything: `*`, `arn:*`, `arn:aws:*:*:*:*`, or several together.

    The pattern of one account's resources counts as that of all: a principal has access to no others.
    """
    of_any = [ACCOUNT.sub(r"\g<1>*:", PARTITION.sub("arn:aws:", one)) for one in patterns]
    return all(any(covers(pattern, probe) for pattern in of_any) for probe in RESOURCES)
