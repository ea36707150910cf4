"""Deis's objects on a real API server: what its admission says of them, and what their rights really allow."""

from __future__ import annotations

from typing import Any

import pytest

from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, ROUTER
from sandbox.providers.kubernetes.api import Api, ApiError
from tests.control_plane.conftest import Body, eventually
from tests.support.program.deis_of import objects, of_deis


def workload(applied: dict[tuple[str, str], Body], api: Api, kind: str, name: str) -> Body:
    found = api.get(applied[kind, name])
    assert found is not None
    return found


def pod(name: str, *, labels: dict[str, str], **spec: Any) -> Body:
    """A pod as the builder makes it: of one container, with neither requests nor limits."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {"restartPolicy": "Never", "containers": [{"name": name, "image": "hephy/slugbuilder:v2.8.1"}], **spec},
    }


@pytest.mark.parametrize("name", [CONTROLLER, BUILDER, ROUTER])
def test_pods_pass_the_namespaces_admission(api: Api, applied: dict[tuple[str, str], Body], name: str) -> None:
    deployment = eventually(
        lambda: (
            found
            if (found := workload(applied, api, "Deployment", name)).get("status", {}).get("readyReplicas")
            == found["spec"]["replicas"]
            else None
        )
    )
    conditions = {one["type"]: one["status"] for one in deployment["status"]["conditions"]}
    assert conditions["Available"] == "True"
    assert conditions.get("ReplicaFailure", "False") == "False"


def test_the_job_completes(api: Api, applied: dict[tuple[str, str], Body]) -> None:
    job = eventually(
        lambda: (
            found
            if (found := workload(applied, api, "Job", "deis-bootstrap")).get("status", {}).get("succeeded")
            else None
        )
    )
    assert not job["status"].get("failed")


def test_the_builder_can_build(api: Api, applied: dict[tuple[str, str], Body]) -> None:
    """Its pods say nothing of their size: the namespace gives them one."""
    made = api.apply(pod("slugbuild-app-0123", labels={"heritage": "slugbuild-app-0123"}))
    assert made["spec"]["containers"][0]["resources"] == {
        "limits": {"memory": "2Gi"},
        "requests": {"cpu": "500m", "memory": "1Gi"},
    }


@pytest.mark.parametrize(
    "spec",
    [
        {"volumes": [{"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}]},
        {"hostNetwork": True},
        {"hostPID": True},
        {"containers": [{"name": "x", "image": "x:1", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
    ],
    ids=["socket of Docker", "host network", "host processes", "host port"],
)
def test_what_reaches_for_the_node_is_refused(
    api: Api, applied: dict[tuple[str, str], Body], spec: dict[str, Any]
) -> None:
    with pytest.raises(ApiError, match="PodSecurity"):
        api.apply(pod("escape", labels={"heritage": "escape"}, **spec))


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "LoadBalancer", "ports": [{"port": 80}]},
        {"type": "NodePort", "ports": [{"port": 80}]},
    ],
    ids=["load balancer", "a fourth port of the nodes"],
)
def test_nobody_opens_another_way_into_the_namespace(
    api: Api, applied: dict[tuple[str, str], Body], spec: dict[str, Any]
) -> None:
    eventually(lambda: (api.get(applied["ResourceQuota", "deis"]) or {}).get("status", {}).get("used"))
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "open", "namespace": NAMESPACE},
        # Of a server that Deis does not have: about Deis's own, another rule may answer first.
        "spec": {"selector": {"app": "open"}, **spec},
    }
    with pytest.raises(ApiError, match=r"exceeded quota|palisade-service-exposure"):
        api.apply(service)


RIGHTS = [
    (ROUTER, "get", "apps/deployments", NAMESPACE, ROUTER, True),
    (ROUTER, "list", "services", "shop", "", True),
    (ROUTER, "get", "endpoints", "shop", "shop", True),
    (ROUTER, "get", "secrets", "shop", "shop-cert", False),
    (ROUTER, "get", "secrets", NAMESPACE, "deis-router-dhparam", True),
    (ROUTER, "list", "secrets", NAMESPACE, "", False),
    (ROUTER, "create", "pods", NAMESPACE, "", False),
    (BUILDER, "create", "pods", NAMESPACE, "", True),
    (BUILDER, "create", "secrets", NAMESPACE, "", True),
    (BUILDER, "get", "secrets", "shop", "private-registry", False),
    (BUILDER, "create", "pods", "shop", "", False),
    (BUILDER, "delete", "secrets", "shop", "", False),
    (CONTROLLER, "create", "namespaces", "", "", True),
    (CONTROLLER, "create", "apps/deployments", "shop", "", True),
    (CONTROLLER, "update", "autoscaling/horizontalpodautoscalers", "shop", "", True),
    (CONTROLLER, "create", "rbac.authorization.k8s.io/clusterrolebindings", "", "", False),
    (CONTROLLER, "create", "rbac.authorization.k8s.io/rolebindings", "shop", "", False),
    (CONTROLLER, "create", "pods/exec", "shop", "", False),
    (CONTROLLER, "create", "serviceaccounts/token", "kube-system", "", False),
    (CONTROLLER, "get", "nodes/proxy", "", "", False),
    ("deis-restart", "patch", "apps/deployments", NAMESPACE, CONTROLLER, True),
    ("deis-restart", "patch", "apps/deployments", NAMESPACE, ROUTER, False),
    ("deis-bootstrap", "get", "secrets", NAMESPACE, "", False),
    ("deis-key-copies", "patch", "secrets", "shop", "objectstorage-keyfile", True),
    ("deis-key-copies", "patch", "secrets", "shop", "shop-v2-env", False),
    ("deis-key-copies", "get", "secrets", "shop", "objectstorage-keyfile", False),
    ("deis-key-copies", "create", "secrets", "shop", "", False),
    ("default", "list", "pods", NAMESPACE, "", False),
]


@pytest.mark.parametrize(
    "case",
    RIGHTS,
    ids=[f"{one[0]}-{one[1]}-{one[2]}-{one[3] or 'cluster'}".replace("/", ".") for one in RIGHTS],
)
def test_rights(api: Api, applied: dict[tuple[str, str], Body], case: tuple[str, str, str, str, str, bool]) -> None:
    account, verb, resource, namespace, name, allowed = case
    group, _, plural = resource.rpartition("/")
    if "." not in group and group not in ("apps", "autoscaling", ""):
        group, plural = "", resource
    plural, _, subresource = plural.partition("/")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{NAMESPACE}:{account}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"],
            "resourceAttributes": {
                "group": group,
                "resource": plural,
                "subresource": subresource,
                "verb": verb,
                "namespace": namespace,
                "name": name,
            },
        },
    }
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert answer["status"].get("allowed", False) is allowed, answer["status"]


def test_applying_it_again_changes_nothing(api: Api, applied: dict[tuple[str, str], Body]) -> None:
    for key, one in objects(of_deis()).items():
        before = api.get(applied[key])
        after = api.apply(one.inputs)
        assert before is not None
        assert after["metadata"].get("generation") == before["metadata"].get("generation"), key
