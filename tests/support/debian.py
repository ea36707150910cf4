"""Debian's or Ubuntu's packages that tests need: missing ones are installed, or the tests fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def require(suite: str, packages: Mapping[str, str]) -> None:
    """Install missing packages, or abort the run: a skipped test proves nothing.

    Args:
        suite: name of the test suite, for the message.
        packages: package -> one of its files.
    """
    missing = [name for name, file in packages.items() if not Path(file).exists()]
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        why = "no apt-get here" if os.geteuid() == 0 else "only root can"
        pytest.exit(f"{suite}: install {', '.join(missing)} ({why})", returncode=1)
    # RUNLEVEL=1 keeps the packages' scripts from starting the services that they install.
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.exit(f"{suite}: cannot install {', '.join(missing)}\n{done.stdout}{done.stderr}", returncode=1)
