"""Common base of all settings sections: no unknown keys, names in camelCase, one error with all faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pulumi
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel

from components.faults import Fault, Path

PROJECT: Final = "palisade"


class Section(BaseModel):
    """A part of the configuration. Unknown keys are errors, and values are immutable.

    It checks types only. The arguments of its component, made by `to_args`, check the values.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, validate_default=True
    )


class SettingsError(pulumi.RunError):
    """All faults of the configuration. The engine shows the message of a RunError without a traceback."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        number = len(self.faults)
        super().__init__(
            f"{number} setting{'s are' if number > 1 else ' is'} not valid; nothing was registered:\n"
            + "\n".join(f"  - {fault}" for fault in self.faults)
        )


def setting(*keys: str) -> Path:
    """The path of a setting in this project."""
    first, *rest = keys
    return (f"{PROJECT}:{first}", *rest)


def plain(value: SecretStr) -> str:
    """A placeholder secret for arguments that are only validated; faults never show it."""
    return value.get_secret_value()


def secret(value: SecretStr) -> pulumi.Output[str]:
    """A secret setting as an argument of components: encrypted in the state, and never shown."""
    return pulumi.Output.secret(value.get_secret_value())
