"""The sandbox's processes, recorded with their start times, so that no recycled PID is stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.engine.errors import SandboxError

STOP_SECONDS = 15
POLL_SECONDS = 0.1
TAIL_LINES = 15
POINTING = ("AWS_", "PULUMI_", "KUBE")
"""Prefixes of variables that select a cloud account, stack or cluster."""
LOOPBACK = ("127.0.0.1", "localhost")
RECORD = "services.json"
"""The file in a sandbox's folder that names its processes."""


@dataclass(frozen=True)
class Service:
    """A process that keeps running between commands."""

    name: str
    pid: int
    started: float
    """Start time of the process (psutil), which identifies it together with the PID."""
    port: int
    log: str

    def process(self) -> psutil.Process | None:
        """The running process; None if it has ended, even if its PID is in use again."""
        try:
            process = psutil.Process(self.pid)
            ours = abs(process.create_time() - self.started) < 1
        except psutil.NoSuchProcess:
            return None
        return process if ours and _runs(process) else None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process() is not None

    def stop(self) -> None:
        """Terminate it and its children, then kill those that remain."""
        process = self.process()
        if process is None:
            return
        family = [process, *process.children(recursive=True)]
        for member in family:
            _quietly(member.terminate)
        stubborn = wait_for_end(family, STOP_SECONDS)
        for member in stubborn:
            _quietly(member.kill)
        wait_for_end(stubborn, STOP_SECONDS)


def _runs(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_end(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """The processes that still run after the timeout."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return left


def _quietly(action: Callable[[], None]) -> None:
    try:
        action()
    except psutil.NoSuchProcess:
        return


def start(name: str, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]) -> Service:
    """Start a service in its own session, so that Ctrl-C reaches only the sandbox's command."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    return Service(name, process.pid, psutil.Process(process.pid).create_time(), port, str(log))


def wait_until(service: Service, ready: Callable[[], bool], seconds: float) -> None:
    """Return once the service answers.

    Raises:
        SandboxError: it ended, or did not answer in time; with the end of its log.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not service.alive or time.monotonic() > deadline:
            what = "did not answer in time" if service.alive else "ended"
            raise SandboxError(f"{service.name} {what}; the end of {service.log}:\n{tail(Path(service.log))}")
        time.sleep(POLL_SECONDS)


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def require_free(port: int, name: str) -> None:
    """Refuse a recorded port that another process has taken.

    Raises:
        SandboxError: names the port and, where it can be seen, who has it.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            raise SandboxError(
                f"port {port}, on which this sandbox's {name} was, is used by {_owner(port)};"
                " stop that, or start afresh: python -m sandbox down, then up"
            ) from None


def _owner(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        # macOS shows them to root only.
        return "another process"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return f"process {connection.pid}" if connection.pid else "another user's process"
    return "another process"


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without variables that select a cloud account, a cluster or a sandbox."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key == "KUBEBUILDER_ASSETS" or (not key.startswith(POINTING) and key != "GRPC_TRACE")
    }
    # By default, Python uses a proxy for loopback too.
    for name in ("no_proxy", "NO_PROXY"):
        kept[name] = ",".join(filter(None, [kept.get(name), *LOOPBACK]))
    # In a shell that looks at a sandbox, that sandbox's links to the binaries come first: they are nothing installed.
    places = kept.get("PATH", "").split(os.pathsep)
    kept["PATH"] = os.pathsep.join(place for place in places if not Path(place).parent.joinpath(RECORD).exists())
    return {**kept, **more}
