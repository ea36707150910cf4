"""Inputs and results of a rule."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar

from policies.kernel.value import MalformedError, NotKnownError, Value

T = TypeVar("T")
WHOLE: Final = "(resource)"
"""The path of what is about a resource as a whole."""


@dataclass(frozen=True)
class Violation:
    """A single problem."""

    path: str
    found: str
    required: str
    urn: str | None = None
    """Of a stack policy: the resource that it is about."""


def violation(where: Value | str, found: str, required: str, urn: str | None = None) -> Violation:
    """Create a violation at a value or a path. `found` never contains a possible secret."""
    path = where.path if isinstance(where, Value) else where
    return Violation(path or WHOLE, found, required, urn)


@dataclass(kw_only=True)
class Judged:
    """The input of a rule; it collects values that the rule could not read."""

    settings: Value
    """The policy's configuration, with the defaults of its schema."""
    unknown: list[str] = field(default_factory=list)
    """Paths of what is known later."""
    malformed: list[Violation] = field(default_factory=list)

    def isolate(self) -> Self:
        """An unreadable value in this block ends only this part of the rule."""
        # It has no state of its own, and rules use very many: a new object or a generator for each would be slow.
        return self

    def __enter__(self) -> None:
        """No preparation is needed."""

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> bool:
        if fault is None:
            return False
        if isinstance(fault, NotKnownError):
            self.unknown.append(fault.path)
        elif isinstance(fault, MalformedError):
            self.malformed.append(Violation(fault.path, fault.found, fault.required))
        else:
            return False
        return True

    def each(self, values: Iterable[T], check: Callable[[T], Iterable[Violation]]) -> Iterator[Violation]:
        """Run `check` on each value, isolating the unreadable ones."""
        for value in values:
            with self:
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
    component: bool = False
    """Whether it only groups others, each of which is judged by itself. The engine names a provider for all others."""


@dataclass(kw_only=True)
class Stack(Judged):
    """All resources of a stack."""

    resources: Sequence[Resource]

    def of(self, types: Container[str]) -> list[Resource]:
        """The resources of some types."""
        # By type, because rules call it often, and a stack has many resources but few types.
        places = sorted(place for type_, places in self._places.items() if type_ in types for place in places)
        return [self.resources[place] for place in places]

    @functools.cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, one in enumerate(self.resources):
            places.setdefault(one.type, []).append(place)
        return places
