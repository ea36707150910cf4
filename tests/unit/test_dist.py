"""What is released: one version, and the pack as an archive that can be made again."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import yaml

from package.components import version
from sandbox.engine.stack import PACK, PACK_FILE, ROOT
from tools import dist


def version_of_the_pack() -> str:
    return yaml.safe_load((PACK / PACK_FILE).read_text())["version"]


def test_program_pack_and_package_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version_of_the_pack() == project
    assert version() == project


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (\d+\.\d+\.\d+) - (unreleased|\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert len(headings) == len(re.findall(r"^## ", text, re.MULTILINE)) >= 2
    assert headings[0][0] == version(), "the newest version is this one"
    assert "unreleased" not in {day for _, day in headings[1:]}
    assert [name for name, _ in headings] == sorted((name for name, _ in headings), reverse=True)
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_archive_is_the_same_each_time_and_its_checksum_is_read_by_sha256sum(tmp_path: Path) -> None:
    first, second = dist.write(tmp_path / "first"), dist.write(tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    checked = subprocess.run(["sha256sum", "--check", f"{first.name}.sha256"], cwd=first.parent, check=False)
    assert checked.returncode == 0


def test_the_pack_runs_from_its_archive(tmp_path: Path) -> None:
    path = dist.write(tmp_path)
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / path.name.removesuffix(".tar.gz")
    command = [sys.executable, "-P", str(folder), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (f"palisade {version_of_the_pack()}\n", 0), done.stderr
