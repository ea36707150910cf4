"""`python -m policies check` for its tests: the command, and one stack with something of everything."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.check.cli import main
from policies.kernel import clock
from tests.support.policies.stacks import ENCRYPTED, SECRET, exemption, export, group, resource, written

OPEN = "sg-no-public-admin-ports"
STACK = export(
    group(sourcePosition="project:///components/web shop.py#40"),
    group(name="mail"),
    group(name="old"),
    group("10.0.0.0/8", "tools", description="") | {"inputs": {"description": "", "ingress": []}},
    resource(SECRET, "creds", {"metadata": {"name": "creds"}, "stringData": ENCRYPTED}),
)
CONFIG = {
    OPEN: {
        "exemptions": [
            exemption("mail", reason="relay, SEC-7"),
            exemption("old", expires="2026-10-31", owner="bob"),
            exemption("gone"),
        ]
    },
    "no-commands": "disabled",
}


Report = Callable[..., str]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """A report in some form, made where the file lies."""
    monkeypatch.chdir(tmp_path)
    _stop_clock(monkeypatch)

    def made(form: str, stack: Any = STACK, config: Any = CONFIG, code: int = 1) -> str:
        out = tmp_path / f"report.{form}"
        written(tmp_path, stack, "state.json")
        given = ["check", "state.json", "--config", written(tmp_path, config, "pack.json")]
        assert main([*given, "--format", form, "--output", str(out)]) == code
        return out.read_text()

    return made


class Told:
    """What the command said, as data, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def stack(self) -> dict[str, Any]:
        """What it said about the only stack."""
        (stack,) = self.report["stacks"]
        return stack

    def broken(self, level: str = "mandatory") -> set[tuple[str, str]]:
        """Policy and URN of the findings of a level."""
        return {(one["policy"], one["urn"]) for one in self.stack["findings"] if one["level"] == level}


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command on a document or a path, as JSON unless told otherwise."""
    _stop_clock(monkeypatch)

    def run(document: Any, *arguments: str, config: Any = None) -> Told:
        path = document if isinstance(document, str) else written(tmp_path, document)
        given = [] if config is None else ["--config", written(tmp_path, config, "pack.json")]
        form = [] if "--format" in arguments else ["--format", "json"]
        try:
            code = main(["check", path, *given, *form, *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    return run


def _stop_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: datetime.date(2026, 11, 1))
    # Whoever judges a file is not the engine in an update.
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
