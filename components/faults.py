"""Faults of arguments: where, what is wrong, what is allowed instead, and the requirement.

Each `XArgs` owns its rules: `faults()` yields them without raising, `validate()` raises them all at once. Code
that takes the same values from elsewhere (a stack's settings, a package) only gives the faults another path.
"""

from __future__ import annotations

import abc
import inspect
import re
import types
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Union, get_args, get_origin

import pulumi

from policies.guidelines.cidr import network

Path = tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One value that is not allowed; the twin of the policy pack's `Violation`."""

    path: Path
    """Keys in the arguments' own spelling, such as ("node_groups", "general", "labels"): entries of a list by name."""
    found: str
    """What is wrong, with the value unless that may be a secret."""
    allowed: str
    """What to do about it. It names other arguments in backticks, for readers of another spelling."""
    requirement: str
    """ID of the requirement, such as AWS-SG."""

    def __str__(self) -> str:
        """The sentence that a person acts on."""
        return f"{'.'.join(self.path)}: {self.found}; {self.allowed} ({self.requirement})"

    def under(self, *keys: str) -> Fault:
        """The same fault, seen from the arguments that hold these ones under `keys`."""
        return replace(self, path=(*keys, *self.path))


class ArgumentError(pulumi.RunError):
    """Every fault of a component's arguments. The engine shows a RunError's words alone, without a traceback."""

    def __init__(self, owner: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{owner}.{fault}" for fault in self.faults))


class Arguments(abc.ABC):
    """Arguments of a component: a base class for their dataclasses."""

    @abc.abstractmethod
    def faults(self) -> Iterator[Fault]:
        """Yield what the component would refuse. Pure: it asks nobody and registers nothing."""

    def validate(self) -> None:
        """Refuse everything that is not allowed.

        Raises:
            ArgumentError: with all faults.
        """
        if faults := tuple(dict.fromkeys(self.faults())):
            raise ArgumentError(type(self).__name__, faults)


def choice_faults(owner: Any, requirement: str) -> Iterator[Fault]:
    """Faults of a dataclass's fields that are a Literal, or a sequence of one."""
    hints = inspect.get_annotations(type(owner), eval_str=True)
    for field in fields(owner):
        allowed = _literals(hints[field.name])
        value = getattr(owner, field.name)
        if not allowed or value is None:
            continue
        for one in [value] if isinstance(value, str) or not isinstance(value, Sequence) else value:
            yield from unless_among((field.name,), one, allowed, requirement)


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, types.UnionType, Sequence):
        return next((found for member in get_args(annotation) if (found := _literals(member))), ())
    return ()


def unless_among(path: Path, value: object, allowed: Collection[object], requirement: str) -> Iterator[Fault]:
    """A fault if a value is none of several."""
    if value not in allowed:
        yield Fault(path, f"{value} is not allowed", f"choose from {', '.join(map(str, allowed))}", requirement)


def unless_matching(
    path: Path, value: str, pattern: str | re.Pattern[str], allowed: str, requirement: str
) -> Iterator[Fault]:
    """A fault if a text is not what `allowed` says in words."""
    if not re.fullmatch(pattern, value):
        yield Fault(path, f"{value!r} is not allowed", f"give {allowed}", requirement)


def unless_within(path: Path, value: int, lowest: int, highest: int, requirement: str) -> Iterator[Fault]:
    """A fault if a number is not between two others."""
    if not lowest <= value <= highest:
        yield Fault(path, f"{value} is not allowed", f"give {lowest} to {highest}", requirement)


def repeated(path: Path, values: Iterable[object], requirement: str) -> Iterator[Fault]:
    """A fault for each value that a list holds more than once."""
    for value, times in Counter(values).items():
        if times > 1:
            yield Fault(path, f"{value} is there twice", "name each once", requirement)


def unless_ranges(path: Path, cidrs: Iterable[str], requirement: str) -> Iterator[Fault]:
    """A fault for each text that is no IPv4 network with its prefix, such as 10.40.0.0/16."""
    for cidr in cidrs:
        if network(cidr) is None:
            yield Fault(path, f"{cidr} is not an IPv4 network", "give one such as 203.0.113.0/24", requirement)
        elif "/" not in cidr:
            yield Fault(path, f"{cidr} has no prefix", f"give {cidr}/32 for one address", requirement)
