"""What the sandbox records: every process, none that is not its own, and one command at a time."""

from __future__ import annotations

import dataclasses
import errno
import importlib.metadata
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import psutil
import pytest
from packaging.specifiers import SpecifierSet

from sandbox.cli import LINKS, main
from sandbox.emulator.server import aws_server
from sandbox.engine import layers, plugins
from sandbox.engine.environment import Services
from sandbox.engine.errors import SandboxError
from sandbox.engine.identities import REGION, make_roles, people
from sandbox.engine.processes import Service, clean_environment, free_port, require_free, start, wait_until
from sandbox.engine.stack import ROOT, Engine
from sandbox.engine.state import State

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


def test_a_taken_port_is_named_where_nobody_may_see_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS without root."""

    def refused(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(SandboxError, match="is used by another process"):
            require_free(listener.getsockname()[1], "emulated AWS")


def test_status_shows_the_addresses_that_up_showed(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    service = start("aws", ["sleep", "60"], 4566, state.logs / "aws.log", dict(os.environ))
    state.record(service)
    (state.folder / LINKS).write_text('[["Deis", "https://deis.example.org", "2.23"]]')
    try:
        assert main(["status", "--dir", str(state.folder)]) == 0
        assert "https://deis.example.org" in capsys.readouterr().out
    finally:
        service.stop()
    assert main(["status", "--dir", str(state.folder)]) == 1
    assert "ended" in capsys.readouterr().out


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
    folder = tmp_path / "none"
    assert main([command, "--dir", str(folder)]) == 1
    # For the same folder: else the advice would start another one.
    assert f"-m sandbox up --dir {folder}" in "".join(capsys.readouterr().err.split("\n"))


def test_an_override_without_a_value_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sandbox"
    with pytest.raises(SystemExit, match="2"):
        main(["up", "--set", "palisade:name", "--dir", str(folder)])
    assert "KEY=VALUE, such as palisade:name=test" in " ".join(capsys.readouterr().err.split())
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


def test_a_proxy_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", ".example.org")
    monkeypatch.delenv("NO_PROXY", raising=False)
    clean = clean_environment()
    assert clean["HTTPS_PROXY"] == "http://proxy.example.org:3128"
    assert clean["no_proxy"] == ".example.org,127.0.0.1,localhost"
    assert clean["NO_PROXY"] == "127.0.0.1,localhost"


@pytest.fixture
def aws(state: State) -> Iterator[int]:
    """The port of an emulated AWS with the people's roles, recorded as the sandbox's."""
    with aws_server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        state.record(Service("aws", os.getpid(), psutil.Process().create_time(), server.port, ""))
        make_roles(server.port, (person["iamPrincipal"] for person in people()))
        yield server.port
        server.shutdown()
        thread.join()


def test_a_shell_is_the_administrator_s_or_a_named_person_s(state: State, aws: int) -> None:
    engine = Engine(state, dict.fromkeys(("pulumi", "pulumi-language-yaml", "kubectl"), Path("/usr/bin/true")))
    for name, role in ((None, "ada"), ("grace", "grace")):
        own = engine.environment(name)
        sts = boto3.client(
            "sts",
            region_name=REGION,
            endpoint_url=own["AWS_ENDPOINT_URL"],
            aws_access_key_id=own["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=own["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=own["AWS_SESSION_TOKEN"],
        )
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::123456789012:assumed-role/{role}/{role}"
    with pytest.raises(SandboxError, match=r"nobody: .*there are ada, grace, lin"):
        engine.environment("nobody")


def test_what_stood_is_dropped_with_an_emulated_aws_that_ended(state: State) -> None:
    """Its access entries are gone, and the API server would let in nobody to what is left."""
    state.record(Service("aws", os.getpid(), 1.0, 1, ""))
    for name in ("etcd", "backend", "logs"):
        (state.folder / name).mkdir()
        (state.folder / name / "file").touch()
    plugins.choose(state, None)
    layers.choose(state, layers.ONE)
    Services(state, lambda _: None)._start_afresh_without_aws()
    assert {path.name for path in state.folder.iterdir()} == {"logs", "plugins", "stacks"}
    assert layers.choose(state, None) == layers.ONE
    assert state.services() == {}


def test_a_shell_with_the_sandboxs_environment_points_nowhere_else(state: State, aws: int) -> None:
    theirs = {
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_S3": "https://s3.example.org",
        "AWS_SESSION_TOKEN": "theirs",
        "PULUMI_ACCESS_TOKEN": "theirs",
        "PULUMI_STACK": "production",
        "KUBECONFIG": "/home/ada/.kube/config",
    }
    line = f'eval "$({sys.executable} -m sandbox env --dir {state.folder})"; env'
    done = subprocess.run(
        ["sh", "-ec", line], cwd=ROOT, env={**os.environ, **theirs}, capture_output=True, text=True, check=True
    )
    told = dict(each.split("=", 1) for each in done.stdout.splitlines() if "=" in each)
    pointing = {key: value for key, value in told.items() if key.startswith(("AWS_", "PULUMI_", "KUBE"))}
    assert not [key for key, value in pointing.items() if value == theirs.get(key)]
    assert pointing["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{aws}"
    assert pointing["AWS_CONFIG_FILE"] == pointing["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert pointing["KUBECONFIG"] == str(state.kubeconfig)
    assert pointing["PULUMI_BACKEND_URL"] == f"file://{state.folder}/backend"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "PULUMI_STACK"} & pointing.keys()


def test_a_full_disk_is_told_in_one_line(
    state: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "services.json")

    monkeypatch.setattr("sandbox.cli.Services.up", full)
    assert main(["services", "--dir", str(state.folder)]) == 1
    told = capsys.readouterr().err
    assert "No space left on device: 'services.json'" in told
    assert "Traceback" not in told


def test_another_python_is_refused_with_the_way_to_name_one(tmp_path: Path) -> None:
    python = tmp_path / "python3.14"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.exit(1)'\n")
    python.chmod(0o755)
    command = ["make", "-f", str(ROOT / "Makefile"), "up", f"PYTHON={python}", f"VENV={tmp_path}/venv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode
    assert f"Palisade needs Python 3.11 to 3.14 with venv, and found none: {python} is not" in done.stderr
    assert "make up:" in done.stderr, "what the doctor found follows"
    assert not (tmp_path / "venv").exists()


PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")


def test_the_locked_packages_are_for_every_python_from_3_11_to_3_14() -> None:
    """Debian 12 has 3.11.2."""
    strange = {
        each.name: wanted
        for each in importlib.metadata.distributions()
        if "Requires-Python" in each.metadata
        and set(SpecifierSet(wanted := each.metadata["Requires-Python"]).filter(PYTHONS)) != {*PYTHONS}
    }
    assert strange == {}
