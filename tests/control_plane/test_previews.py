"""What the stand-in kubernetes provider's previews find on a real API server, as pulumi-kubernetes's do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.providers.base import InitializationFailed, ProviderError
from sandbox.providers.kubernetes import readiness
from sandbox.providers.kubernetes.api import Api, ApiError
from sandbox.providers.kubernetes.provider import KubernetesProvider
from tests.control_plane.conftest import eventually

JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "previewed", "namespace": "default"},
    "spec": {
        "suspend": True,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "one", "image": "example.org/one:1"}]}},
    },
}
RESTRICTED, COUNTED = "previewed-restricted", "previewed-counted"


def kind_of(body: dict[str, Any]) -> tuple[str, str]:
    """URN and type."""
    group_version = body["apiVersion"] if "/" in body["apiVersion"] else f"core/{body['apiVersion']}"
    type_ = f"kubernetes:{group_version}:{body['kind']}"
    return f"urn:pulumi:test::palisade::{type_}::{body['metadata']['name']}", type_


def config_map(name: str, namespace: str = "default", **data: str) -> dict[str, Any]:
    """An object of which a namespace may hold so many."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def pod(namespace: str) -> dict[str, Any]:
    """A pod that restricted namespaces refuse."""
    spec = {"containers": [{"name": "one", "image": "example.org/one:1", "securityContext": {"privileged": True}}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": namespace}, "spec": spec}


@pytest.fixture(scope="module", autouse=True)
def namespaces(api: Api) -> None:
    for name, labels in ((RESTRICTED, {"pod-security.kubernetes.io/enforce": "restricted"}), (COUNTED, {})):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none", "namespace": COUNTED}}
    readiness.await_ready(api, api.apply({**quota, "spec": {"hard": {"count/configmaps": "0"}}}), 30)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": RESTRICTED}}
    eventually(lambda: api.get(account))


@pytest.mark.parametrize("refused", [lambda: pod(RESTRICTED), lambda: config_map("one", COUNTED)])
def test_what_the_server_forbids_passes_the_preview_and_fails_the_update(
    api: Api, provider: KubernetesProvider, refused: Callable[[], dict[str, Any]]
) -> None:
    """Pod Security and a quota; RBAC and admission policies with the reason Forbidden alike."""
    body = refused()
    assert provider.create(*kind_of(body), body, True, 10) == ("", body)
    with pytest.raises(ApiError, match=r"violates PodSecurity|exceeded quota") as fault:
        provider.create(*kind_of(body), body, False, 10)
    assert fault.value.code == "Forbidden"
    assert api.get(body) is None


def test_what_the_server_finds_invalid_fails_the_preview(provider: KubernetesProvider) -> None:
    body = copy.deepcopy(JOB)
    body["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    with pytest.raises(ProviderError, match=r"containers\[0\].image: Required value"):
        provider.create(*kind_of(body), body, True, 10)


def test_an_object_of_a_namespace_that_does_not_exist_passes_the_preview(provider: KubernetesProvider) -> None:
    body = config_map("one", "nowhere")
    assert provider.create(*kind_of(body), body, True, 10) == ("", body)


def test_a_kind_that_the_server_does_not_serve_passes_the_preview(provider: KubernetesProvider) -> None:
    body = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "one"}}
    inputs, failures = provider.check(*kind_of(body), {}, body, b"seed")
    assert failures == []
    assert inputs["metadata"]["namespace"] == "default"
    assert provider.create(*kind_of(body), inputs, True, 10) == ("", inputs)


def test_the_preview_of_an_object_in_the_place_of_another_is_its_inputs(api: Api, provider: KubernetesProvider) -> None:
    """The server tells what is invalid, and answers everything else with `already exists`."""
    before, new = api.apply(JOB), copy.deepcopy(JOB)
    container = new["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "example.org/one:2"
    assert provider.diff(*kind_of(JOB), "default/previewed", JOB, {}, new, []).delete_before_replace
    assert provider.create(*kind_of(JOB), new, True, 10) == ("", new)
    container["image"] = ""
    with pytest.raises(ProviderError, match=r"containers\[0\].image: Required value"):
        provider.create(*kind_of(JOB), new, True, 10)
    # Its controller writes the status meanwhile.
    still = api.get(JOB)
    assert still is not None
    assert (still["metadata"]["uid"], still["spec"]) == (before["metadata"]["uid"], before["spec"])
    api.delete(JOB)
    readiness.await_gone(api, JOB, None, 30)


def test_a_preview_tells_what_the_server_would_add_and_creates_nothing(api: Api, provider: KubernetesProvider) -> None:
    id_, outputs = provider.create(*kind_of(JOB), JOB, True, 10)
    assert id_ == ""
    assert outputs["spec"]["completionMode"] == "NonIndexed"
    assert "status" not in outputs
    assert api.get(JOB) is None


def test_a_forbidden_change_passes_the_preview_and_is_recorded_with_its_error(
    api: Api, provider: KubernetesProvider
) -> None:
    """The engine then tries it again with the next update."""
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "one", "namespace": "default"}}
    id_, state = provider.create(*kind_of(body), body, False, 10)
    owner = {"apiVersion": "v1", "kind": "Node", "name": "none", "uid": "none", "blockOwnerDeletion": "no"}
    wrong = {**body, "metadata": {**body["metadata"], "ownerReferences": [owner]}}
    with pytest.raises(InitializationFailed) as fault:
        provider.update(*kind_of(body), id_, body, state, wrong, False, 10)
    assert fault.value.inputs == wrong
    assert fault.value.outputs["metadata"]["uid"] == state["metadata"]["uid"]
    provider.delete(*kind_of(body), id_, body, state, 10)
    assert api.get(body) is None
