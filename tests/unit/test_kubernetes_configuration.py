"""When the stand-in kubernetes provider is replaced, with everything in the cluster, as pulumi-kubernetes's is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import provider_pb2

from sandbox.providers.base import UNKNOWN, Diff, ProviderError, Servicer
from sandbox.providers.kubernetes.configuration import VARIABLES, diff_config, flags
from sandbox.providers.kubernetes.provider import KubernetesProvider
from sandbox.providers.values import to_wire


def kubeconfig(server: str, *, user: str = "ada", context: str = "main") -> str:
    """A kubeconfig with two contexts, of which one points to the server."""
    document = {
        "current-context": context,
        "contexts": [
            {"name": "main", "context": {"cluster": "one", "user": user}},
            {"name": "other", "context": {"cluster": "two", "user": user}},
        ],
        "clusters": [
            {"name": "one", "cluster": {"server": server}},
            {"name": "two", "cluster": {"server": "https://two.example.org"}},
        ],
        "users": [{"name": user, "user": {"token": user}}],
    }
    return yaml.safe_dump(document)


OLD = {"kubeconfig": kubeconfig("https://one.example.org")}
MOVED = {"kubeconfig": kubeconfig("https://elsewhere.example.org")}


class TestReplacement:
    def test_no_change_is_none(self) -> None:
        assert diff_config(OLD, OLD) == Diff()

    def test_another_user_of_the_same_cluster_updates(self) -> None:
        assert diff_config(OLD, {"kubeconfig": kubeconfig("https://one.example.org", user="grace")}) == Diff(
            updates=("kubeconfig",)
        )

    @pytest.mark.parametrize(
        ("news", "key"),
        [
            (MOVED, "kubeconfig"),
            ({"kubeconfig": kubeconfig("https://one.example.org", context="other")}, "kubeconfig"),
            ({**OLD, "context": "other"}, "context"),
            ({"kubeconfig": UNKNOWN}, "kubeconfig"),
            ({**OLD, "context": UNKNOWN}, "context"),
        ],
    )
    def test_another_or_an_unknown_cluster_replaces(self, news: dict[str, Any], key: str) -> None:
        assert diff_config(OLD, news).replaces == (key,)

    @pytest.mark.parametrize("news", [MOVED, {"kubeconfig": UNKNOWN}])
    def test_an_identifier_that_stays_prevents_it(self, news: dict[str, Any]) -> None:
        told = {"clusterIdentifier": "arn"}
        assert diff_config({**OLD, **told}, {**news, **told}) == Diff(updates=("kubeconfig",))

    def test_another_identifier_replaces(self) -> None:
        olds, news = {**OLD, "clusterIdentifier": "one"}, {**OLD, "clusterIdentifier": "two"}
        assert diff_config(olds, news).replaces == ("clusterIdentifier",)

    def test_an_unknown_identifier_replaces(self) -> None:
        olds, news = {**OLD, "clusterIdentifier": "one"}, {**OLD, "clusterIdentifier": UNKNOWN}
        assert diff_config(olds, news).replaces == ("clusterIdentifier",)

    def test_to_add_an_identifier_alone_does_not(self) -> None:
        assert diff_config(OLD, {**OLD, "clusterIdentifier": "one"}) == Diff(updates=("clusterIdentifier",))

    def test_to_add_one_with_another_cluster_does(self) -> None:
        assert diff_config(OLD, {**MOVED, "clusterIdentifier": "one"}).replaces == ("kubeconfig",)


def test_the_engine_is_told() -> None:
    request = provider_pb2.DiffRequest(olds=to_wire(OLD), news=to_wire(MOVED))
    answer = Servicer(KubernetesProvider(offline=True)).DiffConfig(request, None)  # type: ignore[arg-type]
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["kubeconfig"]


class TestFlags:
    def test_a_variable_counts_where_the_argument_is_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in VARIABLES.values():
            monkeypatch.setenv(variable, "true")
        assert flags({}) == {*VARIABLES}
        assert "upsertExistingObjects" not in flags({"upsertExistingObjects": "false"})

    def test_what_is_not_emulated_is_refused(self) -> None:
        with pytest.raises(ProviderError, match="enableServerSideApply=false"):
            flags({"enableServerSideApply": "false"})


INPUTS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "default"}}
KIND = ("urn:pulumi:test::p::kubernetes:core/v1:ConfigMap::one", "kubernetes:core/v1:ConfigMap")


class TestUnreachable:
    @pytest.fixture
    def provider(self) -> KubernetesProvider:
        made = KubernetesProvider()
        made.configure({"kubeconfig": kubeconfig("https://127.0.0.1:1")})
        return made

    def test_a_preview_passes_without_the_server(self, provider: KubernetesProvider) -> None:
        inputs, failures = provider.check(*KIND, {}, INPUTS, b"seed")
        assert failures == []
        assert provider.create(*KIND, inputs, True, 0) == ("", inputs)
        assert provider.update(*KIND, "default/one", inputs, {}, inputs, True, 0) == inputs

    def test_everything_else_says_that_it_is_unreachable(self, provider: KubernetesProvider) -> None:
        for operation in (
            lambda: provider.create(*KIND, INPUTS, False, 0),
            lambda: provider.read(*KIND, "default/one", INPUTS, {}),
            lambda: provider.delete(*KIND, "default/one", INPUTS, {}, 0),
        ):
            with pytest.raises(ProviderError, match=r"unreachable: .*cannot be reached.*PULUMI_K8S_DELETE_UNREACHABLE"):
                operation()

    def test_objects_of_a_cluster_that_was_given_up_leave_the_state(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
        provider = KubernetesProvider()
        provider.configure({"kubeconfig": kubeconfig("https://127.0.0.1:1")})
        assert provider.read(*KIND, "default/one", INPUTS, {}) is None
        provider.delete(*KIND, "default/one", INPUTS, {}, 0)
