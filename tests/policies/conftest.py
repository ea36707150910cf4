"""One stack with something of everything, and its reports, for the tests of their forms."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies import clock
from policies.check.cli import main
from tests.policies.stacks import ENCRYPTED, SECRET, exception, export, group, resource, written

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
        "exceptions": [
            exception("mail", reason="relay, SEC-7"),
            exception("old", expires="2026-10-31", owner="bob"),
            exception("gone"),
        ]
    },
    "no-commands": "disabled",
}


Report = Callable[..., str]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """A report in some form, made where the file lies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "today", lambda: datetime.date(2026, 11, 1))
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)

    def made(form: str, stack: Any = STACK, config: Any = CONFIG, code: int = 1) -> str:
        out = tmp_path / f"report.{form}"
        written(tmp_path, stack, "state.json")
        given = ["check", "state.json", "--config", written(tmp_path, config, "pack.json")]
        assert main([*given, "--format", form, "--output", str(out)]) == code
        return out.read_text()

    return made
