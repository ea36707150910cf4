"""What the sandbox records: every process, none that is not its own, and one command at a time."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sandbox.cli import main
from sandbox.errors import SandboxError
from sandbox.processes import Service, clean_environment, free_port, require_free, start, wait_until
from sandbox.state import State

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = State(tmp_path / "sandbox")
    made.folder.mkdir()
    return made


def sleeper(state: State, name: str = "sleeper") -> Service:
    return start(name, SLEEPS, 0, state.logs / f"{name}.log", os.environ)


def test_services_that_start_at_the_same_time_are_all_recorded(state: State) -> None:
    services = [Service(f"service-{number}", number, 0.0, 0, "") for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(state.record, services))
    assert state.services() == {service.name: service for service in services}


def test_a_record_that_was_cut_off_counts_as_none(state: State) -> None:
    (state.folder / "services.json").write_text('{"aws": {"name": "aw')
    assert state.services() == {}


def test_a_recycled_process_number_is_nobody_of_ours(state: State) -> None:
    service = sleeper(state)
    try:
        earlier = dataclasses.replace(service, started=service.started - 100)
        assert service.alive
        assert not earlier.alive
        earlier.stop()
        assert service.alive, "a process that only has the number of ours was stopped"
    finally:
        service.stop()
    assert not psutil.pid_exists(service.pid) or not service.alive


def test_a_port_that_somebody_else_took_is_named_with_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"port {port}, .* process {os.getpid()}; .*python -m sandbox down"):
            require_free(port, "emulated AWS")
    require_free(free_port(), "emulated AWS")


def test_a_service_that_ends_at_once_is_told_with_the_end_of_its_log(state: State) -> None:
    service = start(
        "broken", [sys.executable, "-c", "print('no such option'); exit(1)"], 0, state.logs / "broken.log", os.environ
    )
    with pytest.raises(SandboxError, match=r"broken ended; the end of .*broken\.log:\n +no such option"):
        wait_until(service, lambda: False, 30)


def test_a_second_command_is_told_who_is_at_work(state: State) -> None:
    with state.locked(), pytest.raises(SandboxError, match=f"process {os.getpid()}"), State(state.folder).locked():
        pass
    with state.locked():
        pass


def test_a_lock_on_a_removed_file_keeps_nobody_out_and_is_not_taken_for_one(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = state.folder.with_name("sandbox.lock")
    real = Path.open

    def opened_and_removed(self: Path, *arguments: object, **named: object) -> object:
        handle = real(self, *arguments, **named)  # type: ignore[arg-type]
        path.unlink(missing_ok=True)
        return handle

    monkeypatch.setattr(Path, "open", opened_and_removed)
    with pytest.raises(SandboxError, match="another command"), state.locked():
        pass


def test_down_after_a_crash_stops_what_still_runs_and_removes_the_folder(state: State) -> None:
    service = sleeper(state, "etcd")
    state.record(service)
    (state.folder.with_name("sandbox.lock")).write_text("1")
    assert main(["down", "--dir", str(state.folder)]) == 0
    assert not service.alive
    assert not state.folder.exists()
    assert not state.folder.with_name("sandbox.lock").exists()


@pytest.mark.parametrize("command", ["status", "env"])
def test_commands_without_a_sandbox_say_how_to_start_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--dir", str(tmp_path / "none")]) == 1
    assert "-m sandbox up" in " ".join(capsys.readouterr().err.split())


def test_an_override_without_a_value_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sandbox"
    with pytest.raises(SystemExit, match="2"):
        main(["up", "--set", "palisade:stage", "--dir", str(folder)])
    assert "KEY=VALUE, such as palisade:stage=foundation" in " ".join(capsys.readouterr().err.split())
    assert not folder.exists()


def test_a_shell_that_looks_at_a_sandbox_finds_nothing_installed_there(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next `up` would link the sandbox's engine to itself."""
    monkeypatch.setenv("PATH", f"{state.folder / 'bin'}{os.pathsep}/usr/bin")
    monkeypatch.setenv("KUBECONFIG", str(state.kubeconfig))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    state.record(Service("etcd", 1, 0.0, 0, ""))
    clean = clean_environment()
    assert clean["PATH"] == "/usr/bin"
    assert not {"KUBECONFIG", "AWS_ENDPOINT_URL"} & clean.keys()
