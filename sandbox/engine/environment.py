"""The services of a sandbox, started together: emulated AWS and control plane."""

from __future__ import annotations

import shutil
import sys
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.emulator import API_SERVER_VARIABLE, AUTHORITY_VARIABLE
from sandbox.engine import binaries, identities
from sandbox.engine.control_plane import ControlPlane
from sandbox.engine.processes import clean_environment, free_port, require_free, start, wait_until
from sandbox.engine.state import CHOICES, State

EMULATOR_READY_SECONDS = 60
AWS = "aws"
KEPT = ("logs", *CHOICES)
"""Entries of a sandbox's folder that survive its services."""


class Services:
    """Start and stop the services of a sandbox.

    Args:
        state: the sandbox's folder.
        report: called with each line of progress.
    """

    def __init__(self, state: State, report: Callable[[str], None]) -> None:
        self._state, self._report = state, report

    def up(self) -> Mapping[str, Path]:
        """Start the services that do not run; return the binaries used, by name.

        Raises:
            SandboxError: a binary cannot be built, a port is taken, or a service does not answer.
        """
        self._start_afresh_without_aws()
        api_port, aws_port = self._port("kube-apiserver"), self._port(AWS)
        # The control plane's start is mostly waiting, as is the emulator's import: together they take as long as one.
        with ThreadPoolExecutor() as pool:
            found = pool.submit(binaries.find, self._report)
            emulator = pool.submit(self._start_emulator, aws_port, api_port)
            tools = found.result()
            control_plane = pool.submit(ControlPlane(self._state, tools, api_port, aws_port).up)
            emulator.result()
            control_plane.result()
        return tools

    def _port(self, name: str) -> int:
        known = self._state.services().get(name)
        return known.port if known else free_port()

    def _start_afresh_without_aws(self) -> None:
        """Delete what refers to an emulated AWS that has ended: its resources and access entries are lost."""
        known = self._state.services().get(AWS)
        if known is None or known.alive:
            return
        self._report("the emulated AWS had ended and keeps nothing: what stood is dropped, and made anew by `up`")
        self.down()
        for path in self._state.folder.iterdir():
            if path.name in KEPT:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _start_emulator(self, port: int, api_port: int) -> None:
        known = self._state.services().get(AWS)
        if known is not None and known.alive:
            return
        require_free(port, "emulated AWS")
        self._report("starting the emulated AWS")
        service = start(
            AWS,
            [sys.executable, "-m", "sandbox.emulator", "--port", str(port)],
            port,
            self._state.logs / "aws.log",
            clean_environment(
                PYTHONPATH=str(Path(__file__).parents[2]),
                MOTO_IAM_LOAD_MANAGED_POLICIES="true",
                # The clusters of this AWS are the one that really runs here.
                **{
                    API_SERVER_VARIABLE: f"https://127.0.0.1:{api_port}",
                    AUTHORITY_VARIABLE: str(self._state.folder / "pki" / "ca.crt"),
                },
            ),
        )
        self._state.record(service)
        wait_until(service, lambda: _answers(f"http://127.0.0.1:{port}/moto-api/"), EMULATOR_READY_SECONDS)
        identities.make_roles(port, (person["iamPrincipal"] for person in identities.people()))

    def down(self) -> None:
        """Stop all services, in the reverse order of their dependencies."""
        services = self._state.services()
        order = [AWS, "kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]
        for name in [*(name for name in services if name not in order), *order]:
            if name in services and services[name].alive:
                self._report(f"stopping {name}")
                services[name].stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback, our own URL
            return True
    except OSError:
        return False
