"""The sandbox's commands on two stacks: in which order, with which settings, and what a sandbox keeps to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.foundation import OUTPUT
from sandbox import cli
from sandbox.engine import layers
from sandbox.engine.errors import SandboxError
from sandbox.engine.state import State


class Stack:
    """A stack that does nothing but remember."""

    def __init__(self, name: str, config: Mapping[str, str], done: list[tuple[str, ...]], made: set[str]) -> None:
        self.name, self.config, self._done, self._made = name, config, done, made

    def outputs(self) -> dict[str, Any]:
        """What the stack would hand on."""
        if self.name not in self._made:
            return {}
        of = {"foundation": {OUTPUT: {}, "kubeconfig": "{}", "clusterName": "palisade"}, "platform": {"deisUrl": "-"}}
        return of[self.config["palisade:layer"]]

    def up(self, _: object) -> None:
        """Deploys nothing."""
        self._made.add(self.name)
        self._done.append(("up", self.name))

    def preview(self, _: object) -> Any:
        """Plans one creation."""
        self._done.append(("preview", self.name))
        return SimpleNamespace(change_summary={"create": 1})

    def refresh(self, _: object) -> Any:
        """Finds no drift."""
        self._done.append(("refresh", self.name))
        return SimpleNamespace(summary=SimpleNamespace(resource_changes={"same": 1}))

    def destroy(self, _: object, *, run_program: bool) -> None:
        """Deletes nothing."""
        self._done.append(("destroy", self.name, str(run_program)))

    def remove(self) -> None:
        """Forgets nothing."""

    def unlock(self) -> None:
        """Holds no lock."""


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was asked of the engine."""
    told, made = list[tuple[str, ...]](), set[str]()
    engine = SimpleNamespace(
        require_idle=lambda: None,
        real_plugins={},
        stack=lambda name, _, config: Stack(name, config, told, made),
    )
    alive = SimpleNamespace(alive=True)
    services = dict.fromkeys((cli.AWS, "kube-apiserver", "etcd"), alive)
    monkeypatch.setattr(cli, "Engine", lambda *_: engine)
    monkeypatch.setattr(cli, "Services", lambda *_: SimpleNamespace(up=dict, down=lambda: None))
    monkeypatch.setattr(cli.binaries, "find", lambda _: {})
    monkeypatch.setattr(cli, "links", lambda *_: [])
    monkeypatch.setattr(State, "services", lambda _: services)
    return told


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "sandbox")


def test_up_goes_up_the_layers_and_down_comes_down(
    state: State, done: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.preview(state, ()) == 0
    assert json.loads(capsys.readouterr().out) == {"create": 1}
    assert cli.up(state, ()) == 0
    assert state.kubeconfig.read_text() == "{}"
    assert cli.preview(state, ()) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"create": 2}
    assert cli.refresh(state, ()) == 0
    assert cli.down(state, ()) == 0
    assert done == [
        # The platform cannot be planned before its foundation exists.
        ("preview", "sandbox"),
        *((operation, name) for operation in ("up", "preview", "refresh") for name in ("sandbox", "sandbox-platform")),
        ("destroy", "sandbox-platform", "False"),
        # Its guard is a hook of the program.
        ("destroy", "sandbox", "True"),
    ]


def test_a_setting_goes_to_the_stacks_that_take_it(state: State) -> None:
    overrides = [("palisade:owner", "team"), ("palisade:deis", "{}"), ("palisade:name", "n"), ("palisade:firewal", "x")]
    configs = layers.stack_configs(state, overrides)
    asked = {name: {key for key, value in overrides if config.get(key) == value} for name, config in configs.items()}
    assert asked == {
        "sandbox": {"palisade:owner", "palisade:name", "palisade:firewal"},
        "sandbox-platform": {"palisade:owner", "palisade:deis"},
    }
    assert configs["sandbox-platform"]["palisade:foundation"] == "organization/palisade/sandbox"


def test_one_stack_holds_the_settings_of_both(state: State) -> None:
    layers.choose(state, layers.ONE)
    ((name, config),) = layers.stack_configs(state).items()
    assert (name, config["palisade:layer"]) == ("sandbox", "all")
    assert {"palisade:people", "palisade:deis"} < config.keys()
    assert "palisade:foundation" not in config


def test_a_sandbox_keeps_its_number_of_stacks(state: State) -> None:
    layers.choose(state, layers.TWO)
    with pytest.raises(SandboxError, match="was made with --stacks two, and a stack keeps its layer"):
        layers.choose(state, layers.ONE)
