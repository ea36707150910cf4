"""What the engine makes of the kubernetes provider: secrets in its state, existing objects, a replaced provider."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml
from pulumi.automation.events import EngineEvent

from sandbox.engine.stack import Engine, EngineError, Stack
from sandbox.providers.kubernetes.configuration import UPSERT, VARIABLES
from tests.engine.conftest import Sandbox

TEXT = "correct horse battery staple"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "held", "namespace": "default"}}
OTHER = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "told", "namespace": "default"}}


def program(kubeconfig: str, identifier: str | None) -> None:
    """A Secret, and a value of it elsewhere, through a provider of the program's own."""
    provider = kubernetes.Provider("given", kubeconfig=kubeconfig, cluster_identifier=identifier)
    options = pulumi.ResourceOptions(provider=provider)
    text = pulumi.Output.secret(TEXT)
    kubernetes.core.v1.Secret("held", metadata={"name": "held"}, string_data={"text": text}, opts=options)
    kubernetes.core.v1.ConfigMap("told", metadata={"name": "told"}, data={"text": text, "plain": "open"}, opts=options)


def with_other_cluster(kubeconfig: str) -> str:
    """The same server by another entry."""
    document = yaml.safe_load(kubeconfig)
    document["clusters"][0]["cluster"]["disable-compression"] = True
    return yaml.safe_dump(document)


@pytest.fixture(scope="module")
def kubeconfig(sandbox: Sandbox) -> str:
    return sandbox.state.admin_kubeconfig.read_text()


@pytest.fixture(scope="module")
def stack(sandbox: Sandbox) -> Callable[..., Stack]:
    engine: Engine = sandbox.engine()

    def of(kubeconfig: str, identifier: str | None = None) -> Stack:
        made = partial(program, kubeconfig, identifier)
        return engine.stack("objects", made, project="objects", pack=None)

    return of


def planned(stack: Stack) -> set[tuple[str, str]]:
    """(Operation, name) of all that a preview would change."""
    found: set[tuple[str, str]] = set()

    def note(event: EngineEvent) -> None:
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            found.add((metadata.op.value, metadata.urn.rpartition("::")[2]))

    stack.preview(note)
    return {(operation, name) for operation, name in found if operation != "same"}


def secret_of(sandbox: Sandbox) -> dict[str, Any]:
    live = sandbox.api.get(SECRET)
    assert live is not None
    return live


def test_no_secret_is_in_the_state_in_plain_text(
    sandbox: Sandbox, stack: Callable[..., Stack], kubeconfig: str
) -> None:
    """Neither under the name that the program gives it, nor as base64, nor in the inputs beside the object."""
    stack(kubeconfig).up()
    encoded = base64.b64encode(TEXT.encode()).decode()
    assert secret_of(sandbox)["data"] == {"text": encoded}
    resources = [one for one in stack(kubeconfig).export()["resources"] if one["type"].startswith("kubernetes:")]
    assert {one["id"] for one in resources} == {"default/held", "default/told"}
    state = json.dumps(resources)
    assert TEXT not in state
    assert encoded not in state
    assert all(one["outputs"]["__inputs"] for one in resources)
    (told,) = [one for one in resources if one["id"] == "default/told"]
    assert told["inputs"]["data"]["plain"] == told["outputs"]["__inputs"]["data"]["plain"] == "open"


def test_another_up_and_a_refresh_change_nothing(stack: Callable[..., Stack], kubeconfig: str) -> None:
    for result in (stack(kubeconfig).up(), stack(kubeconfig).refresh()):
        assert result.summary.resource_changes is not None
        assert result.summary.resource_changes.keys() == {"same"}


def test_another_active_cluster_replaces_everything(stack: Callable[..., Stack], kubeconfig: str) -> None:
    changes = planned(stack(with_other_cluster(kubeconfig)))
    assert {("replace", name) for name in ("given", "held", "told")} <= changes


def test_an_identifier_that_stays_prevents_it(stack: Callable[..., Stack], kubeconfig: str) -> None:
    stack(kubeconfig, "one").up()
    assert planned(stack(with_other_cluster(kubeconfig), "one")) == {("update", "given")}


def test_what_the_state_lost_is_an_error_until_one_update_takes_it_over(
    sandbox: Sandbox, stack: Callable[..., Stack], kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = secret_of(sandbox)["metadata"]["uid"]
    current = stack(kubeconfig, "one")
    (urn,) = [one["urn"] for one in current.export()["resources"] if one["urn"].endswith("::held")]
    done = sandbox.pulumi_in("objects", "objects", "state", "delete", urn, "--yes")
    assert done.returncode == 0, done.stderr
    assert ("create", "held") in planned(current)
    with pytest.raises(EngineError, match="already exists"):
        current.up()
    monkeypatch.setenv(VARIABLES[UPSERT], "true")
    current.up()
    assert secret_of(sandbox)["metadata"]["uid"] == before


def test_nothing_stays(sandbox: Sandbox, stack: Callable[..., Stack], kubeconfig: str) -> None:
    stack(kubeconfig, "one").destroy()
    assert sandbox.api.get(SECRET) is None
    assert sandbox.api.get(OTHER) is None
