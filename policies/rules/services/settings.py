"""Required settings of services, as data, and the one rule that checks them (INH-4).

Defaults are those of the services' API references and of the provider's schemas (pulumi-aws 7), read on 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Final

from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Setting:
    """The required value of a property."""

    path: str
    allowed: tuple[str, ...] = ("true",)
    """In lower case; empty: anything but nothing."""
    default: str | Callable[[Value], str] = ""
    """AWS's or the provider's, in lower case, where nothing is said; it may depend on other properties."""
    _: KW_ONLY
    refused: tuple[str, ...] = ()
    """Of what is not allowed by name: these."""
    least: int | None = None
    """Of a number."""
    holds: tuple[str, ...] | None = None
    """Of a list: what must be in it; empty: anything. With `of`, at this path in its entries."""
    of: str = ""
    applies: Callable[[Value], bool] = lambda _: True
    """Whether a resource with these properties has the setting."""

    def judge(self, props: Value) -> Iterator[Violation]:
        """The violation of the property.

        Raises:
            NotKnownError: not known yet.
        """
        if self.applies(props):
            yield from self.check(props.along(*self.path.split(".")), props)

    def check(self, value: Value, props: Value) -> Iterator[Violation]:
        """The violation of a value of the property, of a resource with these properties.

        Raises:
            NotKnownError: not known yet.
        """
        if self.holds is not None:
            yield from self._list(value, self.holds)
            return
        default = self.default if isinstance(self.default, str) else self.default(props)
        if self.least is not None:
            found = value.number()
            if (float(default or 0) if found is None else found) < self.least:
                yield violation(value, _said(value, default), f"{self.least} or more")
            return
        said = (value.text() or default).lower()
        if said in self.refused or not (said in self.allowed or (not self.allowed and said)):
            yield violation(value, _said(value, default), " or ".join(self.allowed) or "a value of yours")

    def _list(self, value: Value, wanted: tuple[str, ...]) -> Iterator[Violation]:
        held = {(one.along(*self.of.split(".")) if self.of else one).text() for one in value.items()} - {None}
        missing = [one for one in wanted if one not in held]
        if missing or not held:
            found = ", ".join(sorted(map(str, held))) or NOTHING
            yield violation(value, found, f"{', '.join(missing)} as well" if missing and held else "an entry")


def _said(value: Value, default: str) -> str:
    return value.text() or f"{NOTHING} ({default})" if default else value.text() or NOTHING


Table = Mapping[str, tuple[Setting, ...]]
"""Type -> its settings."""


def rule(table: Table) -> Callable[[Resource], Iterator[Violation]]:
    """The rule of a policy described by a table."""

    def judged(resource: Resource) -> Iterator[Violation]:
        yield from resource.each(table[resource.type], lambda setting: setting.judge(resource.props))

    return judged


def says(name: str, *texts: str) -> Callable[[Value], bool]:
    """Whether a property has one of several values."""
    return lambda props: props[name].text() in texts


def lacks(*names: str) -> Callable[[Value], bool]:
    """Whether none of several properties is set; an unknown property counts as set."""
    return lambda props: all(props[name].missing for name in names)
