"""What the runners of `pulumi up` and `pulumi destroy` call, by resource type: `runner.toml`.

Their identity is not the program's, so nothing here is evaluated against it; a test compares the types with those that
the program registers, and the actions with AWS's reference.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from components.foundation import Layer


class Step(BaseModel):
    """Actions that no single type asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layers: Sequence[Layer] = ("foundation", "platform")
    """Whose runner takes them."""
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
    platform: Sequence[str]
    """Types that the platform registers."""
    platform_only: Sequence[str]
    """Types among them that the foundation does not register."""

    def layers(self, type_: str) -> list[Layer]:
        """The layers that register a type."""
        found: dict[Layer, bool] = {
            "foundation": type_ not in self.platform_only,
            "platform": type_ in self.platform,
        }
        return [layer for layer, is_registered in found.items() if is_registered]


@functools.cache
def runner() -> Runner:
    """The file, read once."""
    return Runner(**tomllib.loads((Path(__file__).parent / "runner.toml").read_text()))
