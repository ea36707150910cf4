"""The folder of the sandbox's tools, which is first in PATH of whoever evaluated its environment."""

from __future__ import annotations

from pathlib import Path

from sandbox.engine.stack import Engine
from sandbox.engine.state import State


def test_tools_that_were_found_in_that_very_folder_stay_what_they_are(tmp_path: Path) -> None:
    tools = {name: tmp_path / f"real-{name}" for name in ("pulumi", "pulumi-language-yaml", "kubectl")}
    for tool in tools.values():
        tool.write_text("")
    state = State(tmp_path / "sandbox")
    Engine(state, tools)
    links = {name: state.folder / "bin" / name for name in tools}
    Engine(state, links)
    assert {name: link.resolve() for name, link in links.items()} == tools
