"""The host of Python programs in the sandbox."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from sandbox.engine.stack import LANGUAGE_HOST

STARTED_AND_LEFT = """
import subprocess, sys
host = subprocess.Popen([sys.executable, "-P", sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE)
int(host.stdout.readline())
print(host.pid)
"""


def test_it_ends_with_an_engine_that_does_not_end_it() -> None:
    engine = subprocess.run(
        [sys.executable, "-c", STARTED_AND_LEFT, str(LANGUAGE_HOST)], capture_output=True, text=True, check=True
    )
    deadline = time.monotonic() + 120
    while not ended(int(engine.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def ended(process: int) -> bool:
    """Whether it runs no more; who takes note of that, and when, is the machine's business."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
