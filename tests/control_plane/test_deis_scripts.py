"""Deis's scripts as its Jobs run them, with their own accounts' tokens, against a real API server."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from components.deis import key_copies, restart
from policies.guidelines.deis import APPLICATION_LABEL, BUILDER, CONTROLLER, NAMESPACE, ROUTER
from sandbox.providers.kubernetes.api import Api
from tests.control_plane.conftest import Body
from tests.support.control_plane.accounts import Account

KEY = {"accesskey": "AKIANEW", "secretkey": "new", "region": "eu-central-1", "builder-bucket": "slugs"}


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    """A mounted Secret: beside its keys lie the kubelet's own names, which begin with a dot."""
    folder = tmp_path / "objectstore"
    (folder / "..2026_11_25").mkdir(parents=True)
    for key, text in KEY.items():
        (folder / key).write_text(text)
    return folder


def namespace(api: Api, name: str, *, application: bool, key: str | None) -> None:
    labels = dict([APPLICATION_LABEL]) if application else {}
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    if key is not None:
        metadata = {"name": "objectstorage-keyfile", "namespace": name}
        api.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"secretkey": key}})


def key_in(api: Api, name: str) -> dict[str, str] | None:
    metadata = {"name": "objectstorage-keyfile", "namespace": name}
    found = api.get({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    return found and {key: base64.b64decode(text).decode() for key, text in found["data"].items()}


def test_a_new_storage_key_reaches_the_applications_and_nobody_else(
    api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], keyfile: Path, tmp_path: Path
) -> None:
    namespace(api, "shop", application=True, key="old")
    namespace(api, "pulled", application=True, key=None)
    namespace(api, "theirs", application=False, key="theirs")
    account = Account(api, kubeconfig, "deis-key-copies", tmp_path)
    label = "=".join(APPLICATION_LABEL)
    done = account.run(key_copies.SCRIPT, str(keyfile), "objectstorage-keyfile", NAMESPACE, label)
    assert done.returncode == 0, done.stderr
    assert key_in(api, "shop") == KEY
    assert key_in(api, "pulled") is None
    assert key_in(api, "theirs") == {"secretkey": "theirs"}
    assert "new" not in done.stdout + done.stderr


def test_what_it_may_not_do_fails_the_job(
    api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], keyfile: Path, tmp_path: Path
) -> None:
    """So that the old key is kept, which goes only after the Job."""
    namespace(api, "shop-of-old", application=True, key="old")
    account = Account(api, kubeconfig, "deis-restart", tmp_path)
    label = "=".join(APPLICATION_LABEL)
    done = account.run(key_copies.SCRIPT, str(keyfile), "objectstorage-keyfile", NAMESPACE, label)
    assert done.returncode != 0
    assert key_in(api, "shop-of-old") == {"secretkey": "old"}


def test_the_restart_makes_new_pods_of_those_that_keep_their_token(
    api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], tmp_path: Path
) -> None:
    def template(name: str) -> Body:
        found = api.get(applied["Deployment", name])
        assert found is not None
        return found["spec"]["template"]["metadata"]["annotations"]

    account = Account(api, kubeconfig, "deis-restart", tmp_path)
    before = {name: template(name) for name in (CONTROLLER, BUILDER, ROUTER)}
    done = account.run(restart.SCRIPT, NAMESPACE, *restart.RESTARTED)
    assert done.returncode == 0, done.stderr
    assert template(CONTROLLER) != before[CONTROLLER]
    assert template(BUILDER) != before[BUILDER]
    assert account.run(restart.SCRIPT, NAMESPACE, ROUTER).returncode != 0
    assert template(ROUTER) == before[ROUTER]
