"""Providers whose resources are values in the state and nothing else: tls and random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.providers.base import UNKNOWN, CheckFailure, Diff, Provider, changed_properties
from sandbox.providers.schema import check_inputs, resource_type


@dataclass(frozen=True)
class Maker:
    """How a value is made."""

    make: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
    """Checked inputs -> ID and what was made."""
    made: tuple[str, ...]
    """Names of what is made, unknown in a preview."""
    expired: Callable[[dict[str, Any]], bool] = lambda _: False
    """Outputs -> whether it is time to make the value anew."""


class StateOnlyProvider(Provider):
    """Reading gives the state back, deleting forgets it; any changed input, or expiry, makes the value anew."""

    makers: ClassVar[Mapping[str, Maker]]

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        kind = resource_type(type_)
        if type_ not in self.makers or kind is None:
            return news, [CheckFailure("", f"{type_} is not supported by the stand-in {self.name} provider")]
        return news, check_inputs(kind, news)

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
        if self.makers[type_].expired(old_outputs):
            return Diff(replaces=("readyForRenewal",))
        return Diff(replaces=tuple(changed_properties(old_inputs, news, ignore_changes)))

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        maker = self.makers[type_]
        if preview:
            return "", {**inputs, **dict.fromkeys(maker.made, UNKNOWN)}
        id_, made = maker.make(inputs)
        return id_, {**inputs, **made}

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
        return {**old_outputs, **news}

    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        """Nothing exists outside the state."""
