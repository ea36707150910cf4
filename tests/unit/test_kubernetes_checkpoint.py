"""What the stand-in kubernetes provider records: Secrets as base64, secret values marked, the inputs besides."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import _special_secret_sig, _special_sig_key

from sandbox.providers.base import UNKNOWN, Servicer
from sandbox.providers.kubernetes import checkpoint
from sandbox.providers.kubernetes.provider import KubernetesProvider
from sandbox.providers.values import to_wire

TYPE = "kubernetes:core/v1:Secret"
URN = f"urn:pulumi:test::palisade::{TYPE}::one"


def checked(inputs: dict[str, Any], type_: str = TYPE) -> dict[str, Any]:
    found, failures = KubernetesProvider(offline=True).check(URN, type_, {}, inputs, b"seed")
    assert failures == []
    return found


def secret(value: Any) -> dict[str, Any]:
    return {_special_sig_key: _special_secret_sig, "value": value}


def marked(inputs: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    answer = checkpoint.marked(to_wire(inputs), to_wire(checkpoint.outputs(live, live, "manager")))
    return json_format.MessageToDict(answer)


class TestInputs:
    def test_text_of_a_secret_arrives_as_its_data(self) -> None:
        found = checked({"metadata": {"name": "one"}, "data": {"a": "eA==", "b": "eA=="}, "stringData": {"b": "text"}})
        assert "stringData" not in found
        assert found["data"] == {"a": "eA==", "b": base64.b64encode(b"text").decode()}

    def test_with_an_unknown_value_it_stays_text(self) -> None:
        assert checked({"metadata": {"name": "one"}, "stringData": {"b": UNKNOWN}})["stringData"] == {"b": UNKNOWN}

    def test_an_object_without_a_namespace_is_in_the_default_one(self) -> None:
        assert checkpoint.object_id(checked({"metadata": {"name": "one"}})) == "default/one"

    @pytest.mark.parametrize("type_", ["core/v1:Namespace", "rbac.authorization.k8s.io/v1:ClusterRole"])
    def test_an_object_of_the_cluster_has_none(self, type_: str) -> None:
        assert checkpoint.object_id(checked({"metadata": {"name": "one"}}, f"kubernetes:{type_}")) == "one"


class TestSecrets:
    def test_data_is_secret_in_the_inputs_whatever_the_program_says(self) -> None:
        """As what becomes of `stringData` is recorded under another name, the engine cannot mark it."""
        servicer = Servicer(KubernetesProvider(offline=True))
        news = to_wire({"metadata": {"name": "one"}, "stringData": {"a": "text"}})
        answer = servicer.Check(provider_pb2.CheckRequest(urn=URN, type=TYPE, news=news), None)  # type: ignore[arg-type]
        assert json_format.MessageToDict(answer.inputs)["data"][_special_sig_key] == _special_secret_sig
        assert servicer.Handshake(None, None).accept_secrets  # type: ignore[arg-type]

    def test_a_secret_value_is_secret_in_the_object_and_in_the_inputs_beside_it(self) -> None:
        inputs = {"kind": "ConfigMap", "data": {"a": secret("x"), "b": "y"}}
        live = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "x", "b": "y"}}
        told = marked(inputs, live)
        for data in (told["data"], told["__inputs"]["data"]):
            assert data["a"][_special_sig_key] == _special_secret_sig
            assert data["b"] == "y"

    def test_data_of_a_secret_is_secret_everywhere(self) -> None:
        live = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}}
        told = marked({}, live)
        assert told["data"][_special_sig_key] == told["__inputs"]["data"][_special_sig_key] == _special_secret_sig


class TestOutputs:
    def test_they_carry_what_an_update_needs(self) -> None:
        inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
        found = checkpoint.outputs({**inputs, "status": {}}, inputs, "pulumi-kubernetes-1")
        assert (found["__inputs"], found["__initialApiVersion"], found["__fieldManager"]) == (
            inputs, "v1", "pulumi-kubernetes-1",
        )  # fmt: skip
        assert checkpoint.recorded(found) == {**inputs, "status": {}}

    def test_the_field_manager_stays_unless_an_annotation_names_another(self) -> None:
        assert checkpoint.field_manager(URN, {}, {"__fieldManager": "kept"}) == "kept"
        annotated = {"metadata": {"annotations": {"pulumi.com/patchFieldManager": "mine"}}}
        assert checkpoint.field_manager(URN, annotated, {"__fieldManager": "kept"}) == "mine"

    def test_each_resource_has_a_field_manager_of_its_own(self) -> None:
        assert checkpoint.field_manager(URN, {}, {}) != checkpoint.field_manager(f"{URN}-2", {}, {})


PLACE = {"name": "one", "namespace": "default"}
OLD = {"apiVersion": "v1", "kind": "Secret", "metadata": PLACE, "type": "Opaque"}


class TestReplacement:
    """A successor is created first, unless it has to have the same name in the same namespace."""

    def diff(self, **changes: Any) -> bool:
        provider = KubernetesProvider(offline=True)
        found = provider.diff(URN, TYPE, "default/one", OLD, OLD, {**OLD, **changes}, [])
        assert found.replaces
        return found.delete_before_replace

    def test_the_same_name(self) -> None:
        assert self.diff(type="other")

    @pytest.mark.parametrize("metadata", [{"name": "two"}, {"namespace": "elsewhere"}, {"name": UNKNOWN}])
    def test_another_place(self, metadata: dict[str, str]) -> None:
        assert not self.diff(metadata={**PLACE, **metadata})

    def test_a_generated_name(self) -> None:
        assert not self.diff(type="other", metadata={**PLACE, "annotations": {"pulumi.com/autonamed": "true"}})
