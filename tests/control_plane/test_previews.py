"""The stand-in kubernetes provider's previews ask a real API server, and change nothing."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import Api
from sandbox.providers.kubernetes.provider import KubernetesProvider

TYPE = "kubernetes:batch/v1:Job"
URN = f"urn:pulumi:test::palisade::{TYPE}::job"
JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "previewed", "namespace": "default"},
    "spec": {
        "suspend": True,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "one", "image": "example.org/one:1"}]}},
    },
}


@pytest.fixture
def provider(kubeconfig: Path) -> KubernetesProvider:
    made = KubernetesProvider()
    made.configure({"kubeconfig": str(kubeconfig)})
    return made


def test_a_job_that_replaces_one_of_its_name_is_previewed_while_that_stands(
    api: Api, provider: KubernetesProvider
) -> None:
    stands, new = api.apply(JOB), copy.deepcopy(JOB)
    container = new["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "example.org/one:2"
    assert provider.diff(URN, TYPE, "default/previewed", JOB, {}, new, []).delete_before_replace
    _, outputs = provider.create(URN, TYPE, new, True, 10)
    assert outputs["spec"]["template"]["spec"]["containers"][0]["image"] == "example.org/one:2"
    # Its controller writes the status meanwhile.
    still = api.get(JOB)
    assert still is not None
    assert (still["metadata"]["uid"], still["spec"]) == (stands["metadata"]["uid"], stands["spec"])
    # Whatever else the server refuses of it is told before anything is deleted.
    container["image"] = ""
    with pytest.raises(ProviderError, match=r"containers\[0\].image: Required value"):
        provider.create(URN, TYPE, new, True, 10)
    api.delete(JOB)
