"""Real plugins in a sandbox: found where they are installed, chosen once, and never with faults put in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import cli
from sandbox.engine import layers, plugins
from sandbox.engine.errors import SandboxError
from sandbox.engine.stack import PACK, ROOT, Engine, Stack
from sandbox.engine.state import State
from sandbox.providers.faults import Plan
from sandbox.providers.random import RandomProvider


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a PATH in which no plugin is installed."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


@pytest.fixture
def state(home: Path) -> State:
    return State(home / "sandbox")


def kept(home: Path, name: str, version: str) -> Path:
    """A plugin as `pulumi plugin install` keeps it."""
    return program(home / f"home/.pulumi/plugins/resource-{name}-v{version}/pulumi-resource-{name}")


def engine(state: State) -> Engine:
    tools = {name: state.folder.with_name(name) for name in ("pulumi", "pulumi-language-yaml", "kubectl")}
    return Engine(state, tools)


def script(state: State, name: str) -> str:
    return (state.folder / "bin" / name).read_text()


def test_the_newest_installed_and_what_is_in_path_before_it(home: Path) -> None:
    kept(home, "random", "4.9.0")
    newest, tls = kept(home, "random", "4.21.4"), kept(home, "tls", "5.6.2")
    host = program(home / "path/pulumi-language-python")
    assert plugins.installed() == {"random": newest, "tls": tls, plugins.LANGUAGE_HOST: host}
    in_path = program(home / "path/pulumi-resource-tls")
    assert plugins.installed()["tls"] == in_path


def test_stand_ins_are_the_default_whatever_is_installed(home: Path, state: State) -> None:
    kept(home, "random", "4.21.4")
    assert engine(state).real_plugins == {}
    assert "sandbox.providers.random" in script(state, "pulumi-resource-random")


def test_the_engine_gets_what_is_installed_and_stand_ins_for_the_rest(home: Path, state: State) -> None:
    random, host = kept(home, "random", "4.21.4"), program(home / "path/pulumi-language-python")
    plugins.choose(state, plugins.REAL)
    assert engine(state).real_plugins == {"random": random, plugins.LANGUAGE_HOST: host}
    assert f'exec {random} "$@"' in script(state, "pulumi-resource-random")
    assert "sandbox.providers.tls" in script(state, "pulumi-resource-tls")
    assert f'exec {host} "$@"' in (state.folder / "host/pulumi-language-python").read_text()


def test_a_real_language_host_gets_a_pack_without_an_environment_that_nobody_installed(
    home: Path, state: State
) -> None:
    assert engine(state)._runnable(PACK) == PACK
    program(home / "path/pulumi-language-python")
    other = State(home / "other")
    plugins.choose(other, plugins.REAL)
    pack = engine(other)._runnable(PACK)
    told = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text())
    assert (told["name"], told["runtime"]) == ("palisade", "python")
    assert (pack / "__main__.py").resolve() == PACK / "__main__.py"


def test_a_plugin_tells_its_version_and_what_is_none_is_refused(home: Path) -> None:
    plugin = program(home / "path/pulumi-resource-random")
    plugin.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m sandbox.providers.random "$@"\n')
    assert plugins.version("random", plugin) == RandomProvider.version
    with pytest.raises(SandboxError, match="does not answer as a plugin"):
        plugins.version("tls", program(home / "path/pulumi-resource-tls"))


def test_a_real_aws_provider_speaks_to_one_name_for_all_buckets(home: Path, state: State) -> None:
    kept(home, "aws", "7.51.1")
    plugins.choose(state, plugins.REAL)
    configs = layers.stack_configs(state)
    assert [config["aws:s3UsePathStyle"] for config in configs.values()] == ["true", "true"]
    assert "aws:s3UsePathStyle" not in layers.stack_configs(State(home / "other"))["sandbox"]


@pytest.mark.parametrize(("first", "then"), [(None, plugins.REAL), (plugins.REAL, plugins.STAND_INS)])
def test_a_sandbox_keeps_to_its_choice(home: Path, state: State, first: str | None, then: str) -> None:
    kept(home, "random", "4.21.4")
    assert plugins.choose(state, first) == (first or plugins.STAND_INS)
    assert plugins.choose(state, None) == (first or plugins.STAND_INS)
    with pytest.raises(SandboxError, match=r"keeps to it; remove it with `down` first"):
        plugins.choose(state, then)


def test_real_plugins_that_nobody_installed_are_refused_and_nothing_is_left(
    home: Path, state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())
        assert cli.main(["up", "--plugins", "real", "--dir", str(state.folder)]) == 1
    assert "pulumi plugin install resource random" in " ".join(capsys.readouterr().err.split())
    assert not state.exists


@pytest.mark.parametrize("plan", [Plan(kinds=("throttling",)), Plan(seconds={"aws:ec2/vpc:Vpc": 1})])
def test_faults_and_delays_are_refused_with_real_plugins(state: State, plan: Plan) -> None:
    ran = []

    class Made:
        def refresh(self, **_: Any) -> None:
            ran.append("refresh")

    stack = Stack(Made(), None, None, state.folder / "log", state.faults)  # pyright: ignore[reportArgumentType]
    plan.write(state.faults)
    with pytest.raises(SandboxError, match="by stand-ins only"):
        stack.refresh()
    assert not ran
    Plan().write(state.faults)
    stack.refresh()
    Stack(Made(), None, None, state.folder / "log", None).refresh()  # pyright: ignore[reportArgumentType]
    assert ran == ["refresh", "refresh"]
