"""A sandbox of these tests' own: the commands that a person types, on the real engine and a real API server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sandbox.engine import binaries, layers
from sandbox.engine.identities import AWS_CREDENTIALS, REGION, STACK
from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import ROOT, Engine, Stack
from sandbox.engine.state import State
from sandbox.providers.aws.client import without_account_in_host
from sandbox.providers.kubernetes.api import Api

COMMAND_SECONDS = 1200


@dataclass(frozen=True)
class Sandbox:
    """`python -m sandbox` in a folder of its own."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """The command line of one of its commands."""
        return [sys.executable, "-m", "sandbox", *arguments, "--dir", str(self.folder)]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, whatever that is."""
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        """Runs a command that has to succeed; what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr[-6000:]}"
        return done.stdout + done.stderr

    def pulumi(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command of the engine's own on the sandbox's stack, as a person does after `python -m sandbox env`."""
        return self.pulumi_in("palisade", STACK, *arguments, environment=environment)

    def pulumi_in(
        self, project: str, stack: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the engine's own on a stack of another project."""
        return subprocess.run(
            [str(self.folder / "bin" / "pulumi"), *arguments, "--stack", stack, "--color", "never"],
            cwd=self.folder / "projects" / project,
            env={**clean_environment(), **self.engine().environment(), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must_pulumi(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Runs a command of the engine's own that has to succeed; what it printed on standard output."""
        done = self.pulumi(*arguments, environment=environment)
        assert done.returncode == 0, f"pulumi {arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def must_pulumi_in(self, stack: str, *arguments: str) -> str:
        """As `must_pulumi`, on another stack of the program."""
        done = self.pulumi_in("palisade", stack, *arguments)
        assert done.returncode == 0, f"pulumi {arguments}: {done.stderr[-3000:]}"
        return done.stdout

    def stack(self) -> Stack:
        """The sandbox's stack; of two, the foundation's."""
        return self.engine().stack(STACK, ROOT, layers.stack_configs(self.state)[STACK])

    def resources(self) -> list[dict[str, Any]]:
        """What the engine's state knows."""
        return self.stack().export().get("resources") or []

    @property
    def state(self) -> State:
        """What the sandbox recorded."""
        return State(self.folder)

    @property
    def api(self) -> Api:
        """An administrator's way to the API server."""
        return Api(str(self.state.admin_kubeconfig))

    def aws(self, service: str, config: Config | None = None) -> Any:
        """A client of the emulated AWS."""
        port = self.state.services()["aws"].port
        client = boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=REGION,
            aws_access_key_id=AWS_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=AWS_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )
        client.meta.events.register("before-sign.s3-control", without_account_in_host)
        return client

    def engine(self) -> Engine:
        """The engine on this sandbox, for programs of a test's own."""
        return Engine(self.state, binaries.find(print))


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A shell that runs the tests in the background has them, and all that they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox of all files, taken down at the end."""
    made = Sandbox(tmp_path_factory.mktemp("engine") / "sandbox")
    try:
        yield made
    finally:
        made.run("down")


@pytest.fixture(scope="module")
def sandbox(folder: Sandbox) -> Sandbox:
    """A sandbox whose services run, also after a file that took it down; its stack is empty at first.

    It has one stack, in which what is interrupted, killed or made to fail may be of either layer.
    """
    folder.must("services", "--stacks", layers.ONE)
    return folder


@pytest.fixture(scope="module")
def standing(sandbox: Sandbox) -> None:
    """The whole program stands: as an earlier file left it, or made now."""
    # Only the sandbox's command writes the kubeconfig; an earlier file may have used the engine without it.
    if not sandbox.resources() or not sandbox.state.kubeconfig.exists():
        sandbox.must("up")
