"""Machines made of namespaces: a network, a mount and a process namespace each, which end with this process.

A machine sees this one's files, or an image's, through an overlay that is thrown away, so that what runs in it may make
accounts and write to /etc. Nothing outside of the test's folder changes, and no namespace has a name to be left behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

OVERLAY = """
mount -t tmpfs -o mode=755 tmpfs "$0"
mkdir "$0/changes" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$0/changes,workdir=$0/work" "$0/root"
cd "$0/root"
mount --rbind /dev dev
mount -t proc proc proc
for one in tmp run; do mount -t tmpfs -o mode=1777 tmpfs "$one"; done
chmod 755 run
ip link set lo up
exec chroot . sh -c "$1"
"""
NETWORK_ONLY = 'ip link set lo up; exec sh -c "$1"'
REAP = "while :; do sleep 86400 & wait $!; done"
"""The first process of a machine inherits every daemon, and has to bury it."""

_libc = ctypes.CDLL(None, use_errno=True)


def _dies_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A machine of its own; `folder` is where its changes to `root` go, None shares the files of this one."""

    def __init__(self, name: str, folder: Path | None, root: Path = Path("/")) -> None:
        self.name = name
        kinds = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        script = ["sh", "-ec", OVERLAY, str(folder)] if folder else ["sh", "-ec", NETWORK_ONLY, "-"]
        self._keeper = subprocess.Popen(["unshare", *kinds, *script, REAP, str(root)], preexec_fn=_dies_with_parent)  # noqa: PLW1509
        self.pid = self._wait_for_child()
        self._whole = folder is not None

    def _wait_for_child(self) -> int:
        children = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._keeper.poll() is None:
            pid = children.read_text().strip()
            if pid and Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sh\0-c\0while"):
                return int(pid)
            time.sleep(0.02)
        raise RuntimeError(f"{self.name}: cannot make its namespaces; are you root, and may you mount an overlay?")

    def close(self) -> None:
        """End the machine and everything that runs in it."""
        self._keeper.kill()
        self._keeper.wait()

    def _inside(self, command: Sequence[str]) -> list[str]:
        whole = ["--mount", "--pid", "--root", "--wd"] if self._whole else []
        return ["nsenter", "--target", str(self.pid), "--net", *whole, "--", *command]

    def start(
        self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command whose output goes to a file of the test."""
        with log.open("ab") as output:
            return subprocess.Popen(
                self._inside(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": PATH, **(environment or {})},
                preexec_fn=_dies_with_parent,  # noqa: PLW1509
            )

    def run(
        self,
        *command: str,
        check: bool = True,
        text: str | None = None,
        environment: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `check` shows what it said if it failed."""
        done = subprocess.run(
            self._inside(command),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env={"PATH": PATH, **(environment or {})},
        )
        if check and done.returncode:
            said = f"{done.stdout}{done.stderr}"
            raise AssertionError(f"{self.name}: {' '.join(command)} ended with {done.returncode}\n{said}")
        return done

    def path(self, inside: str) -> Path:
        """A file of the machine, as seen from here."""
        return Path(f"/proc/{self.pid}/root{inside}") if self._whole else Path(inside)

    def call(self, action: Callable[[], T]) -> T:
        """Call a function in the machine's network; sockets that it makes stay there."""
        result: list[Any] = []

        def enter() -> None:
            try:
                with open(f"/proc/{self.pid}/ns/net", "rb") as network:
                    if _libc.setns(network.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), f"cannot enter {self.name}")  # noqa: TRY301
                result.append(action())
            except BaseException as fault:  # noqa: BLE001 - told to the caller
                result.append(fault)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if isinstance(result[0], BaseException):
            raise result[0]
        return result[0]

    def answers(self, address: str, port: int, seconds: float = 1.5) -> bool:
        """Whether a TCP connection from this machine comes about."""

        def connect() -> bool:
            try:
                with socket.create_connection((address, port), timeout=seconds):
                    return True
            except OSError:
                return False

        return self.call(connect)


@dataclass(frozen=True)
class Plug:
    """An end of a cable: machine, name of the interface, its address with the prefix."""

    machine: Machine
    device: str
    address: str


def connect(one: Plug, other: Plug) -> None:
    """Lay a cable between two machines."""
    # Made in its network, so that not even for a moment an interface of this machine appears.
    pair = ["ip", "link", "add", one.device, "type", "veth", "peer", "name", other.device]
    pair += ["netns", str(other.machine.pid)]
    subprocess.run(["nsenter", "--target", str(one.machine.pid), "--net", *pair], check=True)
    for plug in (one, other):
        plug.machine.run("ip", "address", "add", plug.address, "dev", plug.device)
        plug.machine.run("ip", "link", "set", plug.device, "up")


def wait_until(
    what: str, happened: Callable[[], T | None], seconds: float = 20, evidence: Callable[[], str] = str
) -> T:
    """What the function returns once it is neither None, False nor empty.

    Raises:
        AssertionError: it did not happen in time; says what, and shows the evidence.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:.0f} s: {what}\n{evidence()[-4000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that `Machine.start` started: the command itself, where nsenter waits for it as its parent."""
    if process.poll() is None:
        # A new process namespace is entered by a child only, and nsenter does not take it along when it is killed.
        of_process = Path(f"/proc/{process.pid}")
        forked = of_process.joinpath("comm").read_text() == "nsenter\n"
        pid = int(of_process.joinpath(f"task/{process.pid}/children").read_text()) if forked else process.pid
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
                return
        raise AssertionError(f"process {process.pid} does not end")


def is_root() -> bool:
    """Whether namespaces can be made at all."""
    return os.geteuid() == 0
