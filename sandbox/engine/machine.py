"""What a machine needs for the sandbox and the tests, and the command that installs it.

Standard library only, and Python 3.9: `python -m sandbox doctor` runs before anything is installed.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.engine.installed import version

LEAST_PYTHON, BEFORE_PYTHON = (3, 11), (3, 15)
RUNNING = tuple(sys.version_info[:2])
GO: Final = (1, 26)
"""What the modules in tools/ ask for."""
DOWNLOADING_GO: Final = (1, 22)
"""From this version on, Go downloads the version that a module asks for, unless GOTOOLCHAIN forbids it
(https://go.dev/doc/toolchain; tried with 1.22.12 on 2026-11-28)."""
GIGABYTE: Final = 10**9
BUILD_BYTES: Final = 9 * GIGABYTE
"""Estimated disk space of one build of all tools: sources and objects in Go's two caches (2026-11-28)."""
RUN_BYTES: Final = 1 * GIGABYTE
SOURCES: Final[Mapping[str, Mapping[str, str]]] = {
    "python": {"apt-get": "python3 python3-venv", "dnf": "python3", "brew": "python@3.13"},
    "venv": {"apt-get": "python3-venv"},
    "go": {"apt-get": "golang-go", "dnf": "golang", "brew": "go"},
    "make": {"apt-get": "make", "dnf": "make", "brew": "make"},
    "git": {"apt-get": "git", "dnf": "git", "brew": "git"},
}
"""What is missing -> package manager -> packages."""
ELSEWHERE: Final[Mapping[str, str]] = {
    "python": "https://www.python.org/downloads/ (or `uv python install 3.13`)",
    "go": "https://go.dev/dl/",
}
"""Where to get what a package manager does not have, or only in an older version."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: there, or missing with what to do."""

    name: str
    found: str
    fix: str = ""
    """What to do; empty: nothing is missing."""

    @property
    def missing(self) -> bool:
        """Whether something has to be done."""
        return bool(self.fix)


def system() -> str:
    """The machine in words, and what of Palisade runs on it."""
    name, machine = platform.system(), platform.machine()
    shown = f"{'macOS' if name == 'Darwin' else name} {machine}"
    if name == "Linux" and machine in ("x86_64", "AMD64"):
        return f"{shown}: everything runs; CI uses such a machine"
    if name == "Linux":
        return f"{shown}: `make up` and `make test` should run, and have not been tried; the bastion's image is x86-64"
    if name == "Darwin":
        return (
            f"{shown}: `make up` should run, and has not been tried; `make daemons` and `make images` need Linux:"
            " use a virtual machine or a container"
        )
    return f"{shown}: not supported; use Linux, such as WSL 2, or macOS"


def install(what: str, packages: Mapping[str, str] | None = None) -> str:
    """The command that installs something on this machine.

    Args:
        what: a key of SOURCES, or a name to show.
        packages: package manager -> packages; absent: SOURCES knows them.
    """
    known = packages if packages is not None else SOURCES.get(what, {})
    ways = []
    for manager, names in known.items():
        if shutil.which(manager):
            root = "" if manager == "brew" or os.geteuid() == 0 else "sudo "
            ways.append(f"{root}{manager} install {'' if manager == 'brew' else '-y '}{names}")
            break
    if what in ELSEWHERE:
        ways.append(ELSEWHERE[what])
    return ", or ".join(ways) or f"install {what}"


def pythons() -> Iterator[tuple[str, tuple[int, ...]]]:
    """The suitable Pythons of this machine with their versions: this one, then those in PATH by their usual names."""
    if LEAST_PYTHON <= RUNNING < BEFORE_PYTHON:
        yield sys.executable, RUNNING
    for name in ("python3.11", "python3.12", "python3.13", "python3.14", "python3"):
        told = version(found, "--version") if (found := shutil.which(name)) else None
        if told and LEAST_PYTHON <= told[:2] < BEFORE_PYTHON:
            yield name, told


def python() -> Finding:
    """A Python that the program runs on: this one, or another one in PATH."""
    suitable = next(pythons(), None)
    name, told = suitable or (sys.executable, RUNNING)
    found = f"{name} is {'.'.join(map(str, told))}"
    return Finding("Python 3.11 to 3.14", found, "" if suitable else install("python"))


def venv() -> Finding:
    """The standard library's venv with pip, which Debian has in a package of its own."""
    name, _ = next(pythons(), ("", ()))
    if not name:
        return Finding("venv", "no suitable Python", "install Python first")
    done = subprocess.run([name, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    if done.returncode == 0:
        return Finding("venv", "the Python has it")
    return Finding("venv", f"{name} lacks venv or ensurepip", install("venv"))


def go() -> Finding:
    """A Go that builds the tools, itself or by downloading the version that they ask for."""
    found, name = shutil.which("go"), "Go 1.26"
    told = version(found, "version", GOTOOLCHAIN="local") if found else None
    if found is None or told is None:
        return Finding(name, "no go in PATH", install("go"))
    text = ".".join(map(str, told))
    if told[:2] >= GO:
        return Finding(name, f"{found} is {text}")
    if told[:2] >= DOWNLOADING_GO:
        asked = subprocess.run([found, "env", "GOTOOLCHAIN"], capture_output=True, text=True, check=False)
        if asked.stdout.strip() != "local":
            return Finding(name, f"{found} is {text} and downloads Go 1.26 by itself")
        return Finding(name, f"{found} is {text}, and GOTOOLCHAIN=local forbids it to download Go 1.26",
                       f"go env -w GOTOOLCHAIN=auto, or {ELSEWHERE['go']}")  # fmt: skip
    return Finding(name, f"{found} is {text}", ELSEWHERE["go"])


def disk(folder: Path, needed: int, purpose: str) -> Finding:
    """Free space of the file system on which a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / GIGABYTE:.1f} GB free at {folder}"
    if free >= needed:
        return Finding("disk", found)
    return Finding("disk", found, f"free {needed / GIGABYTE:.0f} GB there: {purpose}")


def loopback() -> Finding:
    """Ports on the loopback address, which every service of the sandbox listens on; free ones are chosen."""
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
    except OSError as fault:
        return Finding("ports", f"nothing can listen on 127.0.0.1 ({fault})", "turn the loopback interface on")
    return Finding("ports", "free ones on 127.0.0.1 are chosen")


def program(name: str) -> Finding:
    """A program in PATH that is installed by a package of SOURCES."""
    found = shutil.which(name)
    return Finding(name, found or "not in PATH", "" if found else install(name))
