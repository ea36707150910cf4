"""Which plugins a sandbox's engine uses: the stand-ins, or the real ones that are installed (`--plugins real`).

Real plugins are found in PATH, and where `pulumi plugin install` puts them. What is not installed stays a stand-in. A
sandbox keeps to its choice until it is removed: the two kinds do not read each other's state alike.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2_grpc, provider_pb2_grpc

from sandbox.engine.errors import SandboxError
from sandbox.engine.processes import clean_environment
from sandbox.engine.state import State

STAND_INS, REAL = "stand-ins", "real"
PROVIDERS: Final = ("aws", "kubernetes", "tls", "random")
LANGUAGE_HOST: Final = "pulumi-language-python"
NO_ENGINE: Final = "127.0.0.1:1"
"""The engine's address for a plugin that is only started to print its version."""
ANSWER_SECONDS: Final = 60
VERSION: Final = re.compile(r"-v(\d+)\.(\d+)\.(\d+)")


def choose(state: State, choice: str | None) -> str:
    """The sandbox's choice of plugins, fixed when it is created.

    Args:
        choice: what is asked for; None: what was chosen before, at first the stand-ins.

    Raises:
        SandboxError: the sandbox was made with the other choice, or no real plugin is installed.
    """
    if choice == REAL and not installed():
        raise SandboxError(
            f"--plugins {REAL}: none of {', '.join(PROVIDERS)} and {LANGUAGE_HOST} is installed;"
            " install some, such as with `pulumi plugin install resource random`, or leave --plugins out"
        )
    return state.choose("plugins", choice, STAND_INS, "keeps to it")


def used(state: State) -> dict[str, Path]:
    """The real plugins of the sandbox, by the provider's name or LANGUAGE_HOST; empty with stand-ins."""
    return installed() if choose(state, None) == REAL else {}


def installed() -> dict[str, Path]:
    """All real plugins that are installed, as `used`."""
    programs = {name: f"pulumi-resource-{name}" for name in PROVIDERS} | {LANGUAGE_HOST: LANGUAGE_HOST}
    found = {name: _find(name, program) for name, program in programs.items()}
    return {name: path for name, path in found.items() if path}


def version(name: str, path: Path) -> str:
    """The version that an installed plugin reports.

    Raises:
        SandboxError: it is no plugin that starts on this machine.
    """
    made = language_pb2_grpc.LanguageRuntimeStub if name == LANGUAGE_HOST else provider_pb2_grpc.ResourceProviderStub
    with subprocess.Popen(
        [path, NO_ENGINE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean_environment()
    ) as running:
        try:
            port = int(running.stdout.readline() if running.stdout else "")
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                info = made(channel).GetPluginInfo(empty_pb2.Empty(), timeout=ANSWER_SECONDS)
        except (ValueError, grpc.RpcError):
            raise SandboxError(f"{path} does not answer as a plugin; install it anew, or take it out of PATH") from None
        finally:
            running.kill()
    return info.version.removeprefix("v")


def _find(name: str, program: str) -> Path | None:
    """The program in PATH, else the newest that `pulumi plugin install` has put into the home directory."""
    if in_path := shutil.which(program, path=clean_environment()["PATH"]):
        return Path(in_path)
    kept = (Path.home() / ".pulumi" / "plugins").glob(f"resource-{name}-v*/{program}")
    return max(kept, key=lambda path: _version(path.parent.name), default=None)


def _version(folder: str) -> tuple[int, ...]:
    found = VERSION.search(folder)
    return tuple(int(part) for part in found.groups()) if found else ()
