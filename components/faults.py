"""Faults of arguments: path, problem, allowed values, and the requirement.

Each `XArgs` owns its rules: `faults()` yields them without raising, `validate()` raises them all at once. Code that
takes the same values from another source (a stack's settings, a package) only changes the faults' paths.
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
    """A value that is not allowed; the counterpart of the policy pack's `Violation`."""

    path: Path
    """Keys in the arguments' own spelling, such as ("node_groups", "general", "labels"): entries of a list by name."""
    found: str
    """What is wrong, with the value unless that may be a secret."""
    allowed: str
    """What to do about it. It names other arguments in backticks, for readers of another spelling."""
    requirement: str
    """ID of the requirement, such as AWS-SG."""

    def __str__(self) -> str:
        """The message for the user."""
        return f"{'.'.join(self.path)}: {self.found}; {self.allowed} ({self.requirement})"

    def under(self, *keys: str) -> Fault:
        """The same fault, relative to the arguments that contain these under `keys`."""
        return replace(self, path=(*keys, *self.path))


class ArgumentError(pulumi.RunError):
    """All faults of a component's arguments. The engine shows the message of a RunError without a traceback."""

    def __init__(self, owner: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{owner}.{fault}" for fault in self.faults))


class Arguments(abc.ABC):
    """Base class of dataclasses for component arguments."""

    @abc.abstractmethod
    def faults(self) -> Iterator[Fault]:
        """Yield arguments that the component would refuse. Pure: it makes no calls and registers nothing."""

    def validate(self) -> None:
        """Raise all faults at once.

        Raises:
            ArgumentError: with all faults.
        """
        if faults := tuple(dict.fromkeys(self.faults())):
            raise ArgumentError(type(self).__name__, faults)


def choice_faults(owner: Any, requirement: str) -> Iterator[Fault]:
    """Faults of a dataclass's fields with a Literal type, or a sequence of Literals."""
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
    """A fault if a value is not among the allowed ones."""
    if value not in allowed:
        yield Fault(path, f"{value} is not allowed", f"choose from {', '.join(map(str, allowed))}", requirement)


def unless_matching(
    path: Path, value: str, pattern: str | re.Pattern[str], allowed: str, requirement: str
) -> Iterator[Fault]:
    """A fault if a text does not match the description in `allowed`."""
    if not re.fullmatch(pattern, value):
        yield Fault(path, f"{value!r} is not allowed", f"give {allowed}", requirement)


def unless_within(path: Path, value: int, lowest: int, highest: int, requirement: str) -> Iterator[Fault]:
    """A fault if a number is out of range."""
    if not lowest <= value <= highest:
        yield Fault(path, f"{value} is not allowed", f"give {lowest} to {highest}", requirement)


def repeated(path: Path, values: Iterable[object], requirement: str) -> Iterator[Fault]:
    """A fault for each duplicate in a list."""
    for value, times in Counter(values).items():
        if times > 1:
            yield Fault(path, f"{value} is there twice", "name each once", requirement)


def unless_ranges(path: Path, cidrs: Iterable[str], requirement: str) -> Iterator[Fault]:
    """A fault for each text that is not an IPv4 network with its prefix, such as 10.40.0.0/16."""
    for cidr in cidrs:
        if network(cidr) is None:
            yield Fault(path, f"{cidr} is not an IPv4 network", "give one such as 203.0.113.0/24", requirement)
        elif "/" not in cidr:
            yield Fault(path, f"{cidr} has no prefix", f"give {cidr}/32 for one address", requirement)
