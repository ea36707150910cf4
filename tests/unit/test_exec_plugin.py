"""The stand-in Kubernetes provider runs a kubeconfig's credential plugin as client-go does."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.kubeconfig import Connection

VERSION = "client.authentication.k8s.io/v1beta1"
PLUGIN = """
import json, os, pathlib, sys
runs = pathlib.Path(sys.argv[1])
runs.write_text(runs.read_text() + os.environ["KUBERNETES_EXEC_INFO"] + "\\n")
answer = json.loads(sys.argv[2])
answer["status"]["token"] += str(len(runs.read_text().splitlines()))
print(json.dumps(answer))
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A file with a line for each run of the plugin: what it was asked for."""
    file = tmp_path / "runs"
    file.touch()
    return file


def connection(runs: Path, answer: dict[str, Any] | None = None, **plugin: Any) -> Connection:
    told = answer or {"apiVersion": VERSION, "kind": "ExecCredential", "status": {"token": "t"}}
    given = {"apiVersion": VERSION, "command": sys.executable, "args": ["-c", PLUGIN, str(runs), json.dumps(told)]}
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"exec": {**given, **plugin}}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }
    return Connection(json.dumps(document))


def ending(after: timedelta) -> dict[str, Any]:
    end = (datetime.now(UTC) + after).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"apiVersion": VERSION, "status": {"token": "t", "expirationTimestamp": end}}


def test_it_runs_once_for_all_requests_and_says_what_it_wants(runs: Path) -> None:
    made = connection(runs, ending(timedelta(minutes=14)))
    with ThreadPoolExecutor(8) as pool:
        shown = {headers["Authorization"] for headers in pool.map(lambda _: made.headers(), range(16))}
    assert shown == {"Bearer t1"}
    (asked,) = map(json.loads, runs.read_text().splitlines())
    assert asked == {"kind": "ExecCredential", "apiVersion": VERSION, "spec": {"interactive": False}}


def test_it_runs_again_when_its_token_has_ended_or_was_refused(runs: Path) -> None:
    made = connection(runs, ending(timedelta(seconds=-1)))
    assert [made.headers()["Authorization"] for _ in range(2)] == ["Bearer t1", "Bearer t2"]
    runs.write_text("")
    made = connection(runs)
    first = made.headers()
    made.refused(first)
    # Another request may have shown the same token: its refusal is no reason for a third one.
    assert made.headers()["Authorization"] == "Bearer t2"
    made.refused(first)
    assert made.headers()["Authorization"] == "Bearer t2"


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (
            {"command": "no-such-aws", "installHint": "Install the AWS CLI."},
            "not found. Install the AWS CLI",
        ),
        ({"args": ["-c", "raise SystemExit('log in first')"]}, "log in first"),
        ({"args": ["-c", "print('x')"]}, "gave no token"),
        ({"args": ["-c", "print('{}')"]}, "gave no token"),
        ({"apiVersion": "client.authentication.k8s.io/v1"}, "the kubeconfig asks for client.authentication.k8s.io/v1"),
    ],
)
def test_a_plugin_that_gives_no_token_is_told_with_the_way_out(runs: Path, plugin: dict[str, Any], words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        connection(runs, **plugin).headers()
