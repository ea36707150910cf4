"""Creating, changing and taking over objects with the stand-in kubernetes provider, as pulumi-kubernetes does it."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.base import InitializationFailed, ProviderError
from sandbox.providers.kubernetes import api as api_module
from sandbox.providers.kubernetes import readiness
from sandbox.providers.kubernetes.api import Api, ApiError
from sandbox.providers.kubernetes.provider import KubernetesProvider
from tests.control_plane.test_previews import config_map, kind_of

NUMBERS = itertools.count()
Body = dict[str, Any]


@pytest.fixture
def body(api: Api) -> Body:
    """A config map that does not exist yet."""
    return config_map(f"created-{next(NUMBERS)}", a="1")


def managers(api: Api, body: Body) -> set[tuple[str, str]]:
    """(Manager, operation) of all fields."""
    live = api.get(body)
    assert live is not None
    return {(entry["manager"], entry["operation"]) for entry in live["metadata"]["managedFields"]}


class TestExisting:
    def test_what_exists_is_an_error_and_stays(self, api: Api, provider: KubernetesProvider, body: Body) -> None:
        theirs = api.apply({**body, "data": {"a": "theirs"}}, field_manager="somebody")
        with pytest.raises(ApiError, match=r"already exists.*PULUMI_K8S_UPSERT_EXISTING_OBJECTS") as fault:
            provider.create(*kind_of(body), body, False, 10)
        assert fault.value.code == "AlreadyExists"
        assert (api.get(body) or {})["data"] == theirs["data"]

    def test_the_preview_does_not_tell(self, api: Api, provider: KubernetesProvider, body: Body) -> None:
        api.apply(body)
        assert provider.create(*kind_of(body), body, True, 10) == ("", body)

    def test_an_upsert_takes_over_what_has_the_same_values(self, api: Api, kubeconfig: Path, body: Body) -> None:
        api.create(body)
        upserting = KubernetesProvider()
        upserting.configure({"kubeconfig": str(kubeconfig), "upsertExistingObjects": "true"})
        id_, state = upserting.create(*kind_of(body), body, False, 10)
        assert id_ == f"default/{body['metadata']['name']}"
        assert (state["__fieldManager"], "Apply") in managers(api, body)

    def test_other_values_of_another_manager_are_a_conflict(self, api: Api, kubeconfig: Path, body: Body) -> None:
        api.apply({**body, "data": {"a": "theirs"}}, field_manager="somebody")
        config = {"kubeconfig": str(kubeconfig), "upsertExistingObjects": "true"}
        for forced in ("false", "true"):
            upserting = KubernetesProvider()
            upserting.configure({**config, "enablePatchForce": forced})
            if forced == "true":
                upserting.create(*kind_of(body), body, False, 10)
            else:
                with pytest.raises(ApiError, match=r"somebody.*pulumi\.com/patchForce"):
                    upserting.create(*kind_of(body), body, False, 10)
        assert (api.get(body) or {})["data"] == {"a": "1"}


class TestUpdates:
    def test_an_update_drops_what_is_not_wanted_any_more(
        self, api: Api, provider: KubernetesProvider, body: Body
    ) -> None:
        """Fields that the creation set are made the resource's own, or they would stay."""
        body["data"]["b"] = "2"
        id_, state = provider.create(*kind_of(body), body, False, 10)
        new = {**body, "data": {"a": "1"}}
        provider.update(*kind_of(body), id_, body, state, new, False, 10)
        assert (api.get(body) or {})["data"] == {"a": "1"}
        assert managers(api, body) == {(state["__fieldManager"], "Apply")}

    def test_what_is_gone_is_not_created_again(self, api: Api, provider: KubernetesProvider, body: Body) -> None:
        id_, state = provider.create(*kind_of(body), body, False, 10)
        provider.delete(*kind_of(body), id_, body, state, 30)
        with pytest.raises(ApiError, match="not found"):
            provider.update(*kind_of(body), id_, body, state, {**body, "data": {}}, False, 10)
        assert api.get(body) is None

    def test_fields_of_others_are_a_conflict_also_in_the_preview(
        self, api: Api, provider: KubernetesProvider, body: Body
    ) -> None:
        id_, state = provider.create(*kind_of(body), body, False, 10)
        body_2 = {**body, "data": {"a": "2"}}
        state = provider.update(*kind_of(body), id_, body, state, body_2, False, 10)
        api.apply({**body, "data": {"a": "theirs"}}, field_manager="somebody", force=True)
        new = {**body, "data": {"a": "3"}}
        for preview in (True, False):
            with pytest.raises(InitializationFailed, match=r"somebody.*pulumi\.com/patchForce"):
                provider.update(*kind_of(body), id_, body_2, state, new, preview, 10)
        new["metadata"] = {**new["metadata"], "annotations": {"pulumi.com/patchForce": "true"}}
        provider.update(*kind_of(body), id_, body_2, state, new, False, 10)
        assert (api.get(body) or {})["data"] == {"a": "3"}


class TestOrder:
    def test_a_namespace_that_comes_late_is_waited_for(self, api: Api, provider: KubernetesProvider) -> None:
        name = f"late-{next(NUMBERS)}"
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        threading.Timer(api_module.RETRY_SECONDS[1], lambda: api.create(namespace)).start()
        late = config_map("one", name)
        assert provider.create(*kind_of(late), late, False, 10)[0] == f"{name}/one"

    @pytest.mark.parametrize(
        ("late", "words"),
        [
            (config_map("one", "nowhere"), 'namespaces "nowhere" not found'),
            ({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "one"}}, "serves no Widget"),
        ],
    )
    def test_one_that_never_comes_is_asked_for_six_times(
        self, provider: KubernetesProvider, late: Body, words: str
    ) -> None:
        began = time.monotonic()
        with pytest.raises(ProviderError, match=words):
            provider.create(*kind_of(late), late, False, 10)
        assert time.monotonic() - began >= sum(api_module.RETRY_SECONDS)


class TestReadiness:
    @pytest.fixture
    def service(self) -> Body:
        spec = {"selector": {"app": f"nobody-{next(NUMBERS)}"}, "ports": [{"port": 80}]}
        metadata = {"name": f"service-{next(NUMBERS)}", "namespace": "default"}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}

    def test_a_service_without_pods_is_ready_when_its_endpoints_have_settled(
        self, provider: KubernetesProvider, service: Body
    ) -> None:
        began = time.monotonic()
        provider.create(*kind_of(service), service, False, 20)
        assert time.monotonic() - began >= readiness.SETTLED_SECONDS

    def test_one_that_is_not_to_be_waited_for_is_ready_at_once(
        self, monkeypatch: pytest.MonkeyPatch, provider: KubernetesProvider, service: Body
    ) -> None:
        # Waiting would end with the timeout.
        monkeypatch.setattr(readiness, "SETTLED_SECONDS", 3600)
        service["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
        provider.create(*kind_of(service), service, False, 20)

    def test_a_service_with_pods_that_are_not_ready_is_not(
        self, api: Api, provider: KubernetesProvider, service: Body
    ) -> None:
        # Other tests close the default namespace.
        namespace = service["metadata"]["namespace"] = f"readiness-{next(NUMBERS)}"
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": namespace}})
        container = {"name": "one", "image": "example.org/one:1"}
        spec = {"nodeName": "nowhere", "serviceAccountName": "web", "containers": [container]}
        metadata = {"name": "one", "namespace": namespace, "labels": service["spec"]["selector"]}
        one = api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        api.patch_status(one, {"podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}], "phase": "Pending"})
        with pytest.raises(InitializationFailed, match="pods that its selector matches are not ready"):
            provider.create(*kind_of(service), service, False, 3)
        api.delete(one, "Background")

    def test_a_quota_is_waited_for_until_it_counts(self, api: Api, provider: KubernetesProvider) -> None:
        metadata = {"name": f"quota-{next(NUMBERS)}", "namespace": "default"}
        hard = {"count/widgets.example.org": "5", "pods": "900"}
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}}
        _, state = provider.create(*kind_of(quota), quota, False, 10)
        assert state["status"]["hard"] == hard
        api.delete(quota)

    def test_ten_minutes_unless_the_program_or_else_the_annotation_says(self) -> None:
        annotated = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": "30"}}}
        assert readiness.seconds({"metadata": {}}, 0) == 600
        assert readiness.seconds(annotated, 0) == 30
        assert readiness.seconds(annotated, 5) == 5


class TestRefreshes:
    def test_what_the_server_fills_in_is_no_drift(self, api: Api, provider: KubernetesProvider) -> None:
        """Also not inside a list that is one value to the server."""
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["bindings"]}
        policy = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": f"policy-{next(NUMBERS)}"},
            "spec": {
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [{"expression": "true"}],
            },
        }
        id_, state = provider.create(*kind_of(policy), policy, False, 10)
        assert state["spec"]["matchConstraints"]["resourceRules"][0]["scope"] == "*"
        assert provider.read(*kind_of(policy), id_, policy, state) == (id_, policy, state)
        api.delete(policy)

    def test_what_somebody_else_changed_is_drift(self, api: Api, provider: KubernetesProvider, body: Body) -> None:
        id_, state = provider.create(*kind_of(body), body, False, 10)
        api.apply({**body, "data": {"a": "theirs"}}, field_manager="somebody", force=True)
        found = provider.read(*kind_of(body), id_, body, state)
        assert found is not None
        assert found[1]["data"] == {"a": "theirs"}


class TestImports:
    def test_what_is_imported_has_the_inputs_of_the_live_object(
        self, api: Api, provider: KubernetesProvider, body: Body
    ) -> None:
        """As `pulumi import` reads it; the next update changes it in place."""
        api.create(body)
        found = provider.read(*kind_of(body), f"default/{body['metadata']['name']}", {}, {})
        assert found is not None
        id_, inputs, state = found
        assert (inputs["metadata"], inputs["data"]) == (body["metadata"], body["data"])
        provider.update(*kind_of(body), id_, inputs, state, {**body, "data": {"a": "2"}}, False, 10)
        assert (api.get(body) or {})["data"] == {"a": "2"}

    def test_what_a_killed_engine_did_not_record_is_read_by_its_inputs(
        self, api: Api, provider: KubernetesProvider, body: Body
    ) -> None:
        api.create(body)
        found = provider.read(*kind_of(body), f"default/{body['metadata']['name']}", body, {})
        assert found is not None
        assert found[1] == found[2]["__inputs"] == body
        assert provider.diff(*kind_of(body), found[0], found[1], found[2], body, []).replaces == ()
