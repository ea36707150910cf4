"""Building what is not installed: once, whole or not at all, with progress, and with words where it cannot be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from sandbox.engine import binaries, machine
from sandbox.engine.errors import SandboxError

# A go that lists two packages after downloading one, and "compiles" what it is asked for into the folder after -o.
GO = """#!/bin/sh
echo "$1" >>"$GO_LOG"
case "$1" in
version) echo "go version go1.26.8 linux/amd64" ;;
list) echo "go: downloading example.org/one v1.0.0"; echo one; echo two ;;
build)
  [ -z "$GO_FAILS" ] || { echo "one.go:1: undefined: x"; exit 1; }
  while [ "$1" != -o ]; do shift; done
  echo one; echo two
  touch "$2kwok" ;;
esac
"""


@pytest.fixture
def go_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a go of ours and nothing else installed; what go was asked for."""
    go = tmp_path / "path" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    for tool in ("sh", "touch"):
        found = shutil.which(tool)
        assert found
        go.with_name(tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(go.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GO_LOG", str(tmp_path / "calls"))
    monkeypatch.setattr(binaries, "SECONDS_BETWEEN_REPORTS", 0)
    monkeypatch.setattr(machine, "BUILD_BYTES", 0)
    return tmp_path / "calls"


def test_a_module_is_built_once_and_its_progress_told(go_calls: Path) -> None:
    told: list[str] = []
    built = binaries.built(["kwok"], told.append)
    assert built["kwok"].exists()
    assert built["kwok"].is_relative_to(binaries.cache())
    assert told[0] == "downloading the sources of kwok (1 of 1)"
    assert told[1] == f"building kwok: once, about 1 min on {os.cpu_count()} cores"
    assert told[-1] == "100 % of the build (kwok), about 0 min left"
    assert binaries.built(["kwok"], told.append) == built
    assert go_calls.read_text().split().count("build") == 1


def test_a_failed_build_leaves_nothing_that_would_be_taken_for_one(
    go_calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_FAILS", "yes")
    with pytest.raises(SandboxError, match=r"building kwok failed:(.|\n)*undefined: x"):
        binaries.built(["kwok"], print)
    monkeypatch.delenv("GO_FAILS")
    assert binaries.built(["kwok"], print)["kwok"].exists()


def test_a_machine_without_go_is_told_the_ways_out(go_calls: Path) -> None:
    go_calls.parent.joinpath("path", "go").unlink()
    with pytest.raises(
        SandboxError, match=r"kwok must be built(.|\n)*Go 1\.26: no go in PATH; .*https://go.dev/dl/\nInstead"
    ):
        binaries.built(["kwok"], print)


def test_only_what_is_missing_is_built(go_calls: Path) -> None:
    told: list[str] = []
    apiserver = binaries.KUBERNETES.place / "kube-apiserver"
    apiserver.parent.mkdir(parents=True)
    apiserver.touch()
    binaries.built(["kube-apiserver", "kwok"], told.append)
    assert told[1].startswith("building kwok: once")
    assert apiserver.exists()


def test_another_go_mod_is_another_build(go_calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = binaries.built(["kwok"], print)
    changed = tmp_path / "tools" / "kwok"
    shutil.copytree(binaries.MODULES / "kwok", changed)
    with (changed / "go.mod").open("a") as module:
        module.write("// changed\n")
    monkeypatch.setattr(binaries, "MODULES", changed.parent)
    assert binaries.built(["kwok"], print) != first
