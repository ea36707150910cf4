"""The recorded session: commands are really run, long output is cut, and the README shows the picture."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from sandbox.engine.programs import ROOT
from tools import recording
from tools.recording import Step


def recorded(tmp_path: Path, *steps: Step) -> str:
    with (tmp_path / "screen").open("w") as screen:
        console = Console(record=True, width=80, file=screen, force_terminal=True)
        recording.record(iter(steps), dict(os.environ), console)
        return console.export_text()


def test_a_command_is_run_and_its_output_cut(tmp_path: Path) -> None:
    text = recorded(tmp_path, Step(shown="count", run="seq 5; echo fails >&2; exit 3", most=2))
    assert text.splitlines() == ["$ count", "1", "2", "... 4 more lines"]


def test_input_and_brackets_are_passed_on(tmp_path: Path) -> None:
    text = recorded(tmp_path, Step(shown="cat", run="cat", stdin="containers[0] [red]\n"))
    assert "containers[0] [red]" in text


def test_no_path_of_this_machine_is_shown(tmp_path: Path) -> None:
    text = recorded(tmp_path, Step(shown="pwd", run="pwd"))
    assert text.splitlines()[1] == "~/palisade"


def test_without_a_sandbox_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recording.main([str(tmp_path)]) == 1
    assert "make up" in capsys.readouterr().err


def test_the_picture_is_whole_and_the_readme_shows_it() -> None:
    ElementTree.fromstring(recording.OUT.read_text())  # noqa: S314 - a file of this repository
    assert "(docs/session.svg)" in (ROOT / "README.md").read_text()
