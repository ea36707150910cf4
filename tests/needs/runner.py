"""What whoever runs `pulumi up` and `pulumi destroy` calls, by resource type: `runner.toml`.

Their identity is not the program's, so nothing here is evaluated against it; a test compares the types with those that
the program registers, and the actions with AWS's reference.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Step(BaseModel):
    """Actions that no single type asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    actions: Sequence[str]


class Runner(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    what: str
    source: str
    read: str
    steps: Sequence[Step]
    types: Mapping[str, Sequence[str]]
    """Resource type without `aws:` -> actions."""


@functools.cache
def runner() -> Runner:
    """The file, read once."""
    return Runner(**tomllib.loads((Path(__file__).parent / "runner.toml").read_text()))
