"""What a rule is given, and what it gives back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from policies.values import MalformedError, NotKnownError, Value

T = TypeVar("T")
WHOLE: Final = "(resource)"
"""The path of what is about a resource as a whole."""


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong."""

    path: str
    found: str
    required: str
    urn: str | None = None
    """Of a stack policy: the resource that it is about."""


def breach(where: Value | str, found: str, required: str, urn: str | None = None) -> Violation:
    """A violation at a value or a path. `found` never repeats what may be a secret."""
    path = where.path if isinstance(where, Value) else where
    return Violation(path or WHOLE, found, required, urn)


@dataclass(kw_only=True)
class Judged:
    """What a rule is given; it collects what the rule could not read."""

    settings: Value
    """The policy's configuration, with the defaults of its schema."""
    unknown: list[str] = field(default_factory=list)
    """Paths of what is known later."""
    malformed: list[Violation] = field(default_factory=list)

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """What cannot be read in here ends only this part of the rule."""
        try:
            yield
        except NotKnownError as fault:
            self.unknown.append(fault.path)
        except MalformedError as fault:
            self.malformed.append(Violation(fault.path, fault.found, fault.required))

    def each(self, values: Iterable[T], check: Callable[[T], Iterable[Violation]]) -> Iterator[Violation]:
        """What a check says of every value; what it cannot read of one does not keep it from the next."""
        for value in values:
            with self.apart():
                yield from check(value)


@dataclass(kw_only=True)
class Resource(Judged):
    """A resource: its inputs in a resource policy, its outputs in a stack policy."""

    type: str
    name: str
    urn: str
    props: Value
    depends_on: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of a stack policy: property -> URNs of the resources that its value comes from; known in previews, too."""


@dataclass(kw_only=True)
class Stack(Judged):
    """All resources of a stack."""

    resources: Sequence[Resource]

    def of(self, types: Container[str]) -> list[Resource]:
        """The resources of some types."""
        return [one for one in self.resources if one.type in types]
