"""Providers whose resources exist only in the state: tls and random.

Diffs follow terraform-plugin-framework's plans (v1.19.0, which both are built on): an omitted default equals the same
explicit value, and an Optional and Computed attribute keeps its value when it is omitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.providers.base import UNKNOWN, CheckFailure, Diff, Provider, changed_properties
from sandbox.providers.schema import check_inputs, resource_type


@dataclass(frozen=True)
class Maker:
    """The generation of a value."""

    make: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
    """Checked inputs, with defaults and what is planned -> ID and what was made."""
    made: tuple[str, ...]
    """Names of what is made, unknown in a preview."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The output of an input that is left out."""
    computed: frozenset[str] = frozenset()
    """Inputs that keep their value when they are left out."""
    planned: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {}
    """Inputs with defaults -> outputs that follow from them, known already in a preview."""
    refused: Callable[[dict[str, Any]], list[CheckFailure]] = lambda _: []
    """Inputs with defaults -> what the provider's validators refuse."""
    in_place: Callable[[str, Any], bool] = lambda _name, _old: False
    """(Name, old value) of a changed input -> whether the provider only writes the change down."""
    due: Callable[[dict[str, Any]], bool] = lambda _: False
    """Outputs, under the new inputs -> whether it is time to make the value anew."""


class StateOnlyProvider(Provider):
    """Reading returns the state, deleting discards it; a changed input, or an expired value, regenerates the value."""

    makers: ClassVar[Mapping[str, Maker]]

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        kind = resource_type(type_)
        if type_ not in self.makers or kind is None:
            return news, [CheckFailure("", f"{type_} is not supported by the stand-in {self.name} provider")]
        maker = self.makers[type_]
        return news, check_inputs(kind, news) or maker.refused(_complete(maker, news))

    def diff(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        ignore_changes: list[str],
    ) -> Diff:
        maker = self.makers[type_]
        old = _complete(maker, old_inputs)
        changed = [
            name
            for name in changed_properties(old, _complete(maker, news), ignore_changes)
            if name in news or name not in maker.computed
        ]
        updates = tuple(name for name in changed if maker.in_place(name, old.get(name)))
        replaces = tuple(name for name in changed if name not in updates)
        if maker.due({**old_outputs, **_complete(maker, news)}):
            replaces = tuple(dict.fromkeys((*replaces, "readyForRenewal")))
        return Diff(replaces=replaces, updates=updates)

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        maker = self.makers[type_]
        complete = _complete(maker, inputs)
        if preview:
            return "", {**dict.fromkeys((*maker.made, *maker.computed), UNKNOWN), **complete}
        id_, made = maker.make(complete)
        return id_, {**complete, **made}

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        return id_, inputs, outputs

    def update(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        preview: bool,
        timeout: float,
    ) -> dict[str, Any]:
        return {**old_outputs, **_complete(self.makers[type_], news)}

    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        """Nothing exists outside the state."""


def _complete(maker: Maker, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with the defaults of omitted ones, and derived values."""
    complete = {**maker.defaults, **{name: value for name, value in inputs.items() if value is not None}}
    return {**complete, **maker.planned(complete)}
