"""The pack as the engine runs it: a copy of the folder under another name, in its own process, over gRPC."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

FOLDER: Final = Path(__file__).parents[3] / "policies"


@contextlib.contextmanager
def served(parent: Path, **environment: str) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The analyzer of a copy, started as the engine starts it: in its folder, with the path `.`.

    Args:
        parent: the folder for the copy.
        environment: additional variables, such as PULUMI_DRY_RUN.
    """
    copy = parent / "pack-0.1.0"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PULUMI"))}
    process = subprocess.Popen(
        [sys.executable, "-u", ".", "127.0.0.1:1"],
        cwd=copy,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()
