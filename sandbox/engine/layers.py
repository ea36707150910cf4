"""The stacks of a sandbox: foundation and platform, as users deploy them, or one stack that holds both.

A sandbox keeps to its choice until it is removed: a stack keeps its layer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import yaml
from pydantic.alias_generators import to_snake

from components.foundation import SETTING, Layer
from components.settings.model import Settings
from sandbox.engine import plugins
from sandbox.engine.identities import REGION, STACK
from sandbox.engine.programs import ROOT
from sandbox.engine.state import State

TWO, ONE = "two", "one"
PLATFORM_STACK: Final = f"{STACK}-platform"
Override = tuple[str, str]


def choose(state: State, choice: str | None) -> str:
    """The sandbox's number of stacks, which is chosen once.

    Args:
        state: the sandbox's folder.
        choice: TWO or ONE; None: what was chosen before, at first TWO.

    Raises:
        SandboxError: the sandbox was made with the other choice.
    """
    return state.choose("stacks", choice, TWO, "a stack keeps its layer")


def sandbox_settings(layer: Layer) -> dict[str, Any]:
    """The settings of a layer, from the files of the sandbox's two stacks; of both for `all`."""
    names = {"foundation": (STACK,), "platform": (PLATFORM_STACK,), "all": (STACK, PLATFORM_STACK)}[layer]
    settings: dict[str, Any] = {}
    for name in names:
        settings |= yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    if layer == "all":
        del settings[SETTING]
    return {**settings, "palisade:layer": layer}


def layers(state: State) -> dict[str, Layer]:
    """Stack -> its layer, in the order in which they are deployed."""
    if choose(state, None) == ONE:
        return {STACK: "all"}
    return {STACK: "foundation", PLATFORM_STACK: "platform"}


def stack_configs(state: State, overrides: Sequence[Override] = ()) -> dict[str, dict[str, str]]:
    """Stack -> its configuration, in the order in which they are deployed.

    Args:
        state: the sandbox's folder.
        overrides: further settings; each goes to the stacks whose layer takes it.
    """
    return {name: as_config(state, layer, sandbox_settings(layer), overrides) for name, layer in layers(state).items()}


def as_config(
    state: State, layer: Layer, settings: dict[str, Any], overrides: Sequence[Override] = ()
) -> dict[str, str]:
    """Settings of a layer as a stack's configuration, with the region."""
    config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
    config["aws:region"] = REGION
    if "aws" in plugins.used(state):
        # The emulated S3 has one name for all buckets.
        config["aws:s3UsePathStyle"] = "true"
    return config | {key: value for key, value in overrides if _fits(key, layer)}


def _fits(key: str, layer: Layer) -> bool:
    name = to_snake(key.removeprefix("palisade:"))
    # A key that is no setting goes to the foundation, which refuses it.
    return Settings.fits(name, layer) if name in Settings.model_fields else layer != "platform"
