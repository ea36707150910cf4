"""The stand-in kubernetes provider's patches on a real API server: they change what they name, and take it back."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.providers.kubernetes.api import Api
from sandbox.providers.kubernetes.provider import KubernetesProvider

TYPE = "kubernetes:core/v1:NamespacePatch"
NUMBERS = itertools.count()


@dataclass
class Theirs:
    """A namespace of somebody else's."""

    api: Api
    name: str

    @property
    def body(self) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}}

    @property
    def labels(self) -> dict[str, str]:
        """As they are now."""
        return (self.api.get(self.body) or {})["metadata"]["labels"]


@pytest.fixture
def theirs(api: Api) -> Theirs:
    made = Theirs(api, f"patched-{next(NUMBERS)}")
    labelled = {**made.body, "metadata": {"name": made.name, "labels": {"theirs": "yes"}}}
    api.apply(labelled, field_manager="somebody")
    return made


def urn(name: str) -> str:
    return f"urn:pulumi:test::palisade::{TYPE}::{name}"


def patch(provider: KubernetesProvider, name: str, of: str, labels: dict[str, str]) -> tuple[str, Any]:
    inputs, faults = provider.check(urn(name), TYPE, {}, {"metadata": {"name": of, "labels": labels}}, b"seed")
    assert faults == []
    assert inputs["kind"] == "Namespace"
    id_, _ = provider.create(urn(name), TYPE, inputs, False, 10)
    return id_, inputs


def test_two_patches_of_an_object_leave_each_other_and_its_owner_alone(
    provider: KubernetesProvider, theirs: Theirs
) -> None:
    _, first = patch(provider, "first", theirs.name, {"first": "yes"})
    id_, second = patch(provider, "second", theirs.name, {"second": "yes"})
    assert theirs.labels.items() >= {"theirs": "yes", "first": "yes", "second": "yes"}.items()
    recorded = {"metadata": {"labels": {"second": "yes"}}}
    assert provider.read(urn("second"), TYPE, id_, second, recorded) == (id_, second, recorded)
    provider.delete(urn("first"), TYPE, theirs.name, first, {}, 10)
    assert "first" not in theirs.labels
    assert theirs.labels.items() >= {"theirs": "yes", "second": "yes"}.items()


def test_an_update_drops_what_is_not_wanted_any_more(provider: KubernetesProvider, theirs: Theirs) -> None:
    id_, old = patch(provider, "only", theirs.name, {"one": "yes", "two": "yes"})
    new = {**old, "metadata": {"name": theirs.name, "labels": {"two": "no"}}}
    provider.update(urn("only"), TYPE, id_, old, {}, new, False, 10)
    assert theirs.labels["two"] == "no"
    assert "one" not in theirs.labels


def test_drift_is_seen(provider: KubernetesProvider, theirs: Theirs) -> None:
    id_, inputs = patch(provider, "only", theirs.name, {"ours": "yes"})
    changed = {"metadata": {"labels": {"ours": "no"}}}
    theirs.api.request("PATCH", theirs.api.path(theirs.body), changed, content_type="application/merge-patch+json")
    found = provider.read(urn("only"), TYPE, id_, inputs, {})
    assert found is not None
    assert found[1]["metadata"]["labels"] == {"ours": "no"}


def test_a_preview_does_not_ask_the_server(provider: KubernetesProvider) -> None:
    inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "nowhere", "labels": {"not": "valid!"}}}
    assert provider.create(urn("only"), TYPE, inputs, True, 10) == ("", inputs)


def test_a_patch_creates_what_does_not_exist(provider: KubernetesProvider, api: Api) -> None:
    """As any server-side apply does."""
    new = Theirs(api, f"patched-{next(NUMBERS)}")
    patch(provider, "only", new.name, {"ours": "yes"})
    assert new.labels["ours"] == "yes"


def test_a_patch_names_its_object(provider: KubernetesProvider) -> None:
    _, (fault,) = provider.check(urn("only"), TYPE, {}, {"metadata": {"labels": {}}}, b"seed")
    assert fault.property == "metadata.name"
