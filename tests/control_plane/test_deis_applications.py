"""An application's life on a real API server, by the calls that controller, builder and router make, as their accounts.

The bodies are those that the controller of 2.22 and the builder of 2.13 send: what they have no right to, what the API
no longer serves and what admission refuses would end a deployment here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from components.deis.images import Images
from policies.guidelines.deis import APPLICATION_LABEL, BUILDER, CONTROLLER, NAMESPACE, ROUTABLE_LABEL, ROUTER
from sandbox.providers.kubernetes.api import Api
from tests.control_plane.conftest import Body, eventually, lift
from tests.support.control_plane.accounts import Account
from tests.support.control_plane.admitted import refusal
from tests.support.program.baseline_of import admission_rules, of_baseline

APP = "garden"
SPACE = f"/api/v1/namespaces/{APP}"
APPS = f"/apis/apps/v1/namespaces/{APP}"
LABELS = {"app": APP, "type": "web", "heritage": "deis"}
ORDINARY = {
    "domains": "orchard,www.example.org",
    "certificates": "www.example.org:www",
    "whitelist": "198.51.100.0/24",
    "ssl.enforce": "True",
    "maintenance": "false",
}
"""What the controller writes of an application."""
TAKEOVERS = (
    ("domains", "orchard,deis"),
    ("domains", "orchard,DEIS.apps.example.org"),
    ("proxyDomain", "deis"),
    ("proxyLocations", "/v2 { allow all; proxy_pass http://172.20.0.9:80; } location /x"),
)


@pytest.fixture(scope="module", autouse=True)
def rules(api: Api, applied: dict[tuple[str, str], Body]) -> Iterator[None]:
    """The cluster's admission rules in force, as they are where Deis runs."""
    made = admission_rules(of_baseline(application_certificates=("www",)))
    for body in made:
        api.apply(body)
    metadata = {"name": "odd", "namespace": NAMESPACE}
    odd = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "odd", "image": "x"}]},
    }
    eventually(lambda: "palisade-images'" in refusal(api, odd))
    own = {"name": "odd", "namespace": "default", "annotations": {"router.deis.io/domains": "deis"}}
    taken = {"apiVersion": "v1", "kind": "Service", "metadata": own, "spec": {"ports": [{"port": 80}]}}
    eventually(lambda: "palisade-deis-routes'" in refusal(api, taken))
    yield
    lift(api, made)


def account(api: Api, kubeconfig: Path, name: str, folder: Path) -> Account:
    own = folder / name
    own.mkdir()
    return Account(api, kubeconfig, name, own)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def controller(api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], folder: Path) -> Account:
    return account(api, kubeconfig, CONTROLLER, folder)


@pytest.fixture(scope="module")
def builder(api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], folder: Path) -> Account:
    return account(api, kubeconfig, BUILDER, folder)


@pytest.fixture(scope="module")
def router(api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body], folder: Path) -> Account:
    return account(api, kubeconfig, ROUTER, folder)


def deployment(version: str, replicas: int) -> Body:
    """A buildpack application's, as the controller writes it: no security context, no sizes."""
    container = {
        "name": f"{APP}-web",
        "image": Images().reference("slugrunner"),
        "imagePullPolicy": "IfNotPresent",
        "command": ["/runner/init"],
        "args": ["start", "web"],
        "volumeMounts": [
            {
                "name": "objectstorage-keyfile",
                "mountPath": "/var/run/secrets/deis/objectstore/creds",
                "readOnly": True,
            }
        ],
        "env": [{"name": "PORT", "valueFrom": {"secretKeyRef": {"name": f"{APP}-{version}-env", "key": "port"}}}],
        "readinessProbe": {"exec": {"command": ["bash", "-c", "true"]}, "initialDelaySeconds": 30},
    }
    pod = {
        "restartPolicy": "Always",
        "nodeSelector": {},
        "terminationGracePeriodSeconds": 30,
        "volumes": [{"name": "objectstorage-keyfile", "secret": {"secretName": "objectstorage-keyfile"}}],
        "imagePullSecrets": [{"name": "private-registry-ecr"}],
        "containers": [container],
    }
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": f"{APP}-web",
            "labels": LABELS,
            "annotations": {"kubernetes.io/change-cause": "ada deployed"},
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"},
            "template": {
                "kind": "Pod",
                "apiVersion": "v1",
                "metadata": {"name": f"{APP}-web", "labels": {**LABELS, "version": version}, "annotations": {}},
                "spec": pod,
            },
        },
    }


def secret(name: str, data: dict[str, str], kind: str = "Opaque") -> Body:
    metadata = {"name": name, "namespace": APP, "labels": {"heritage": "deis", "app": APP}}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": kind, "data": data}


def test_an_application_is_made_deployed_scaled_and_deleted(
    api: Api, controller: Account, router: Account, builder: Account
) -> None:
    assert int(controller.ask("GET", "/version")["minor"].rstrip("+")) >= 33
    created = controller.ask(
        "POST",
        "/api/v1/namespaces",
        {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": APP, "labels": dict([APPLICATION_LABEL])}},
    )
    assert created["metadata"]["name"] == APP
    service: Any = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": APP, "labels": {"app": APP, "heritage": "deis"}},
        "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": 5000, "protocol": "TCP"}],
            "selector": {"app": APP, "heritage": "deis"},
        },
    }
    controller.ask("POST", f"{SPACE}/services", service)

    # The first release, its configuration and the key to its slug.
    held = controller.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/objectstorage-keyfile")["data"]
    controller.ask("POST", f"{SPACE}/secrets", secret(f"{APP}-v2-env", {"port": "NTAwMA=="}))
    controller.ask("POST", f"{SPACE}/secrets", secret("objectstorage-keyfile", held))
    controller.ask("POST", f"{APPS}/deployments", deployment("v2", 1))
    eventually(lambda: controller.ask("GET", f"{APPS}/deployments/{APP}-web")["status"].get("availableReplicas") == 1)
    assert controller.ask("GET", f"{SPACE}/pods?labelSelector=app%3D{APP}")["items"]
    assert controller.ask("GET", f"{APPS}/replicasets")["items"]
    assert "items" in controller.ask("GET", f"{SPACE}/events")

    # Traffic: the Service is labelled, and the router finds it with its pods.
    service = controller.ask("GET", f"{SPACE}/services/{APP}")
    service["metadata"]["labels"][ROUTABLE_LABEL] = "true"
    service["metadata"].setdefault("annotations", {})["router.deis.io/domains"] = APP
    service["spec"]["selector"]["type"] = "web"
    controller.ask("PUT", f"{SPACE}/services/{APP}", service)
    routable = router.ask("GET", f"/api/v1/services?labelSelector={ROUTABLE_LABEL.replace('/', '%2F')}%3Dtrue")["items"]
    assert {one["metadata"]["name"] for one in routable} >= {APP, CONTROLLER}
    eventually(lambda: router.ask("GET", f"{SPACE}/endpoints/{APP}").get("subsets"))
    annotations = router.ask("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{ROUTER}")["metadata"]
    assert annotations["annotations"]["router.deis.io/nginx.enforceWhitelists"] == "true"

    # Its owner may give it a list of its own, but not everybody.
    service = controller.ask("GET", f"{SPACE}/services/{APP}")
    service["metadata"]["annotations"]["router.deis.io/whitelist"] = "0.0.0.0/0"
    with pytest.raises(HTTPError, match="403"):
        controller.ask("PUT", f"{SPACE}/services/{APP}", service)
    service["metadata"]["annotations"]["router.deis.io/whitelist"] = "198.51.100.0/24"
    controller.ask("PUT", f"{SPACE}/services/{APP}", service)

    # More pods, a second release, a rule for more.
    scale = controller.ask("GET", f"{APPS}/deployments/{APP}-web/scale")
    scale["spec"]["replicas"] = 2
    controller.ask("PUT", f"{APPS}/deployments/{APP}-web/scale", scale)
    controller.ask("POST", f"{SPACE}/secrets", secret(f"{APP}-v3-env", {"port": "NTAwMA=="}))
    controller.ask("PUT", f"{APPS}/deployments/{APP}-web", deployment("v3", 2))
    controller.ask("DELETE", f"{SPACE}/secrets/{APP}-v2-env")
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": f"{APP}-web", "namespace": APP},
        "spec": {
            "minReplicas": 1,
            "maxReplicas": 3,
            "targetCPUUtilizationPercentage": 50,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{APP}-web"},
        },
    }
    controller.ask("POST", f"/apis/autoscaling/v1/namespaces/{APP}/horizontalpodautoscalers", scaler)
    eventually(lambda: controller.ask("GET", f"{APPS}/deployments/{APP}-web")["status"].get("updatedReplicas") == 2)

    assert APP in {one["metadata"]["name"] for one in builder.ask("GET", "/api/v1/namespaces")["items"]}
    controller.ask("DELETE", f"/api/v1/namespaces/{APP}")
    eventually(lambda: api.get({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APP}}) is None)


def test_the_builder_builds_a_slug(builder: Account) -> None:
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    name = f"slugbuild-{APP}-0123abcd-1"
    metadata = {"name": f"{APP}-build-env"}
    held = {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": "Opaque", "data": {}}
    builder.ask("POST", f"/api/v1/namespaces/{NAMESPACE}/secrets", held)
    mounts = {"objectstorage-keyfile": "/var/run/secrets/deis/objectstore/creds", f"{APP}-build-env": "/tmp/env"}
    container = {
        "name": "deis-slugbuilder",
        "image": Images().reference("slugbuilder"),
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": "TAR_PATH", "value": "home/garden/tar"}, {"name": "BUILDER_STORAGE", "value": "s3"}],
        "volumeMounts": [{"name": key, "mountPath": path, "readOnly": True} for key, path in mounts.items()],
    }
    body = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"heritage": name}},
        "spec": {
            "restartPolicy": "Never",
            "containers": [container],
            "volumes": [{"name": key, "secret": {"secretName": key}} for key in mounts],
        },
    }
    builder.ask("POST", pods, body)
    eventually(lambda: builder.ask("GET", f"{pods}/{name}")["status"]["phase"] == "Running")
    assert builder.ask("GET", f"{pods}?labelSelector=heritage%3D{name}")["items"]
    builder.ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}/secrets/{APP}-build-env")
    with pytest.raises(HTTPError, match="403"):
        builder.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps")


def test_no_application_gets_past_the_controllers_whitelist(controller: Account) -> None:
    """Its owner asks the controller, which asks for it: `deis domains:add deis`, `deis services:add <text>`."""
    name = "orchard"
    metadata = {"name": name, "labels": dict([APPLICATION_LABEL])}
    controller.ask("POST", "/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": metadata})
    path = f"/api/v1/namespaces/{name}/services"
    service: Body = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "labels": {"app": name, "heritage": "deis", ROUTABLE_LABEL: "true"},
            "annotations": {f"router.deis.io/{key}": text for key, text in ORDINARY.items()},
        },
        "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 5000}]},
    }
    controller.ask("POST", path, service)
    service = controller.ask("GET", f"{path}/{name}")
    for key, text in TAKEOVERS:
        changed = copy.deepcopy(service)
        changed["metadata"]["annotations"][f"router.deis.io/{key}"] = text
        with pytest.raises(HTTPError, match="403"):
            controller.ask("PUT", f"{path}/{name}", changed)
    controller.ask("PUT", f"{path}/{name}", service)
    controller.ask("DELETE", f"/api/v1/namespaces/{name}")


def test_the_router_leads_to_nobody_elses_namespace(api: Api) -> None:
    """Whoever may write Services in a team's namespace would otherwise answer under any name of the platform's."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": labels}})
    metadata = {"name": "web", "namespace": "team", "labels": {ROUTABLE_LABEL: "true"}}
    service: Body = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}}
    assert "'palisade-deis-routes'" in refusal(api, service)
    assert refusal(api, {**service, "metadata": {**metadata, "labels": {}}}) == ""
