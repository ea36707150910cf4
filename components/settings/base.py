"""What every section of the settings shares: no unknown keys, names in camelCase, one error with all faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pulumi
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel

from components.faults import Fault, Path

PROJECT: Final = "palisade"


class Section(BaseModel):
    """A part of the configuration. Unknown keys are errors, and nothing changes afterwards.

    It knows types only. What a value may be, the arguments of its component say, which `to_args` makes of it.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, validate_default=True
    )


class SettingsError(pulumi.RunError):
    """Every fault of the configuration. The engine shows a RunError's words alone, without a traceback."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        number = len(self.faults)
        super().__init__(
            f"{number} setting{'s are' if number > 1 else ' is'} not valid; nothing was registered:\n"
            + "\n".join(f"  - {fault}" for fault in self.faults)
        )


def setting(*keys: str) -> Path:
    """The path of a setting of this project."""
    first, *rest = keys
    return (f"{PROJECT}:{first}", *rest)


def plain(value: SecretStr) -> str:
    """A secret setting for arguments that are only asked for their faults; these never show it."""
    return value.get_secret_value()


def secret(value: SecretStr) -> pulumi.Output[str]:
    """A secret setting as components take it: encrypted in the state, and shown nowhere."""
    return pulumi.Output.secret(value.get_secret_value())
