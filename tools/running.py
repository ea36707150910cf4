"""The running sandbox, for tools that work with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sandbox.engine import binaries
from sandbox.engine.environment import AWS
from sandbox.engine.errors import SandboxError
from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import ROOT, Engine
from sandbox.engine.state import State

FOLDER: Final = ROOT / ".sandbox"
"""The sandbox of `make up`."""


def environment(folder: Path = FOLDER) -> dict[str, str]:
    """The environment variables of commands that work with a sandbox.

    Raises:
        SandboxError: none runs in the folder.
    """
    state = State(folder)
    if AWS not in state.services():
        raise SandboxError(f"no sandbox in {folder}: run `make up` first")
    return clean_environment(**Engine(state, binaries.find(print)).environment())
