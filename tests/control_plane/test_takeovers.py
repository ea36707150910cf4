"""What somebody tries who has a token of Deis's, and what an administrator is kept from (INH-4, DEIS-REG).

Each attempt is a dry run on a real API server, as the account: what is refused for want of a right and what a rule
refuses look alike to the intruder, and either will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from components.deis.images import Images
from components.system_accounts import CONTROLLERS, account
from policies.guidelines.deis import APPLICATION_LABEL, BUILDER, CONTROLLER, NAMESPACE, ROUTER, STORAGE_SECRET
from sandbox.providers.kubernetes.api import Api, ApiError
from tests.control_plane.conftest import Body, eventually, lift
from tests.support.control_plane.accounts import administrator, deis_account
from tests.support.program.baseline_of import admission_rules, of_baseline

APP, TEAM, SYSTEM = "orchid", "shop", "kube-system"
GREATEST = "clusterrole-aggregation-controller"
"""A service account of kube-system that makes any role greater."""
FORBIDDEN = 403
IMAGE = Images().reference("slugbuilder")


def namespace(name: str, **labels: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def secret(name: str, place: str, kind: str = "Opaque", **annotations: str) -> Body:
    metadata = {"name": name, "namespace": place, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": {}}


def token_of(name: str, place: str) -> Body:
    """A Secret into which Kubernetes puts a token of the account."""
    return secret("mine", place, "kubernetes.io/service-account-token", **{"kubernetes.io/service-account.name": name})


def pod(place: str, name: str = "slugbuild-orchid-0123abcd-1", *, container: Body | None = None, **spec: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": place},
        "spec": {"containers": [{"name": "web", "image": IMAGE, **(container or {})}], **spec},
    }


def deployment(place: str, **spec: Any) -> Body:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod(place, **spec)["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": place},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
    }


def refused(api: Api, method: Literal["POST", "DELETE", "PUT", "GET"], body: Body, path: str = "") -> str:
    """What the server says against it; nothing: it would let it happen."""
    dry = {} if method == "GET" else {"dryRun": "All"}
    where = path or (api.collection(body) if method == "POST" else api.path(body))
    try:
        api.request(method, where, None if method in ("DELETE", "GET") else body, dry)
    except ApiError as fault:
        if fault.status == FORBIDDEN:
            return str(fault)
        raise
    return ""


@pytest.fixture(scope="module", autouse=True)
def rules(api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body]) -> Iterator[None]:
    """Deis, a team and an application in a cluster with the baseline."""
    for body in (
        namespace(TEAM, **{"pod-security.kubernetes.io/enforce": "baseline"}),
        namespace(APP, **dict([APPLICATION_LABEL])),
        secret("cart", TEAM),
        secret("www-cert", APP),
    ):
        api.apply(body)
    made = admission_rules(of_baseline())
    for body in made:
        api.apply(body)
    controller = deis_account(kubeconfig, CONTROLLER)
    eventually(lambda: "palisade-deis-accounts" in refused(controller, "POST", secret("x", TEAM)))
    yield
    lift(api, made)


BY_CONTROLLER: dict[str, tuple[Literal["POST", "DELETE"], Body]] = {
    "a token of the greatest account": ("POST", token_of(GREATEST, SYSTEM)),
    "a token of a team's account": ("POST", token_of("default", TEAM)),
    "a token of an application's account": ("POST", token_of("default", APP)),
    "a privileged pod in the system": ("POST", pod(SYSTEM, container={"securityContext": {"privileged": True}})),
    "a plain pod in the system": ("POST", pod(SYSTEM)),
    "a pod with the greatest account": ("POST", pod(SYSTEM, serviceAccountName=GREATEST)),
    "a pod in Deis's own namespace": ("POST", pod(NAMESPACE, serviceAccountName=BUILDER)),
    "a Secret of Deis's own": ("POST", secret("x", NAMESPACE)),
    "a workload of a team's": ("POST", deployment(TEAM)),
    "a Secret of a team's": ("POST", secret("x", TEAM)),
    "a Secret of a team's is deleted": ("DELETE", secret("cart", TEAM)),
    "a team's namespace is deleted": ("DELETE", namespace(TEAM)),
    "Deis's namespace is deleted": ("DELETE", namespace(NAMESPACE)),
    "a namespace of the system's": ("POST", namespace("amazon-guardduty", **dict([APPLICATION_LABEL]))),
    "a namespace that looks like the system's": ("POST", namespace("kube-more", **dict([APPLICATION_LABEL]))),
    "a namespace that is no application's": ("POST", namespace("free")),
    "a namespace without Pod Security": (
        "POST",
        namespace("free", **dict([APPLICATION_LABEL]), **{"pod-security.kubernetes.io/enforce": "privileged"}),
    ),
    "a pod of an application with an account": ("POST", pod(APP, serviceAccountName="web")),
    "a workload of an application with an account": ("POST", deployment(APP, serviceAccountName="web")),
}
BY_BUILDER: dict[str, tuple[Literal["POST", "DELETE"], Body]] = {
    "a token of the controller": ("POST", token_of(CONTROLLER, NAMESPACE)),
    "a token by the name of a build": (
        "POST",
        token_of(CONTROLLER, NAMESPACE)
        | {"metadata": {**token_of(CONTROLLER, NAMESPACE)["metadata"], "name": "a-build-env"}},
    ),
    "a pod with the controller's account": ("POST", pod(NAMESPACE, serviceAccountName=CONTROLLER)),
    "a pod that reads the database's password": (
        "POST",
        pod(NAMESPACE, volumes=[{"name": "x", "secret": {"secretName": "database-creds"}}]),
    ),
    "a pod that is given the administrator's": (
        "POST",
        pod(NAMESPACE, container={"envFrom": [{"secretRef": {"name": "deis-administrator"}}]}),
    ),
    "a pod that is given one variable": (
        "POST",
        pod(
            NAMESPACE,
            container={
                "env": [
                    {"name": "X", "valueFrom": {"secretKeyRef": {"name": "django-secret-key", "key": "secret-key"}}}
                ]
            },
        ),
    ),
    "a Secret in parts": (
        "POST",
        pod(
            NAMESPACE,
            volumes=[{"name": "kube-api-access-x", "projected": {"sources": [{"secret": {"name": "database-creds"}}]}}],
        ),
    ),
    "a pod of another name": ("POST", pod(NAMESPACE, "deis-controller-1")),
    "the router's certificate": ("DELETE", secret("deis-router-platform-cert", NAMESPACE)),
    "a Secret of another name": ("POST", secret("registry-secret", NAMESPACE)),
    "a pod elsewhere": ("POST", pod(APP)),
}


@pytest.mark.parametrize("attempt", BY_CONTROLLER)
def test_the_controllers_token(kubeconfig: Path, attempt: str) -> None:
    method, body = BY_CONTROLLER[attempt]
    assert refused(deis_account(kubeconfig, CONTROLLER), method, body)


@pytest.mark.parametrize("attempt", BY_BUILDER)
def test_the_builders_token(kubeconfig: Path, attempt: str) -> None:
    method, body = BY_BUILDER[attempt]
    assert refused(deis_account(kubeconfig, BUILDER), method, body)


def test_what_deis_does_passes(kubeconfig: Path) -> None:
    controller, builder = (deis_account(kubeconfig, name) for name in (CONTROLLER, BUILDER))
    mounts = [{"name": "x", "secret": {"secretName": name}} for name in (STORAGE_SECRET, "orchid-build-env")]
    for who, method, body in (
        (controller, "POST", namespace("fresh", **dict([APPLICATION_LABEL]))),
        (controller, "DELETE", namespace(APP)),
        (controller, "POST", deployment(APP)),
        (controller, "POST", secret("x", APP)),
        (controller, "DELETE", secret("www-cert", APP)),
        (builder, "POST", secret("orchid-build-env", NAMESPACE)),
        (builder, "POST", pod(NAMESPACE, volumes=[{**one, "name": f"v{at}"} for at, one in enumerate(mounts)])),
    ):
        assert refused(who, method, body) == "", body  # type: ignore[arg-type]


READABLE = {
    (CONTROLLER, TEAM): True,
    (BUILDER, TEAM): False,
    (BUILDER, APP): False,
    (BUILDER, NAMESPACE): False,
    (ROUTER, TEAM): False,
    (ROUTER, NAMESPACE): False,
}
"""Whose token reads Secrets where; what the controller reads, docs/threat-model.md says."""


@pytest.mark.parametrize(("name", "place"), READABLE)
def test_who_reads_secrets(kubeconfig: Path, name: str, place: str) -> None:
    body = secret("database-creds" if place == NAMESPACE else "cart", place)
    assert bool(refused(deis_account(kubeconfig, name), "GET", body)) is not READABLE[name, place]


BY_ADMINISTRATOR = {
    "a pod in the system": pod(SYSTEM),
    "a privileged pod in the system": pod(SYSTEM, container={"securityContext": {"privileged": True}}),
    "a pod with the greatest account": pod(SYSTEM, serviceAccountName=GREATEST),
    "an account in the system": {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "mine", "namespace": SYSTEM},
    },
    "a Secret in the system": secret("mine", SYSTEM),
    "a token that does not end": token_of(CONTROLLER, NAMESPACE),
    "an application's namespace": namespace("mine", **dict([APPLICATION_LABEL])),
}


@pytest.mark.parametrize("attempt", BY_ADMINISTRATOR)
def test_an_administrator_does_not(api: Api, kubeconfig: Path, attempt: str) -> None:
    assert "ValidatingAdmissionPolicy 'palisade-" in refused(
        administrator(api, kubeconfig), "POST", BY_ADMINISTRATOR[attempt]
    )


@pytest.mark.parametrize(("place", "name"), [(SYSTEM, GREATEST), (NAMESPACE, CONTROLLER)])
def test_nobody_takes_a_token_by_hand(api: Api, kubeconfig: Path, place: str, name: str) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    path = f"/api/v1/namespaces/{place}/serviceaccounts/{name}/token"
    assert "'palisade-service-account-tokens'" in refused(administrator(api, kubeconfig), "POST", body, path)


def test_an_administrator_restarts_what_is_in_the_system(api: Api, kubeconfig: Path) -> None:
    body = deployment(SYSTEM)
    body["metadata"]["name"] = "coredns"
    api.apply(body)
    restart = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}
    person = administrator(api, kubeconfig)
    kind = "application/merge-patch+json"
    person.request("PATCH", person.path(body), restart, {"dryRun": "All"}, kind)
    worse = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
    with pytest.raises(ApiError, match=r"palisade-(system-namespaces|pod-security)"):
        person.request("PATCH", person.path(body), worse, {"dryRun": "All"}, kind)
    api.delete(body)


def test_the_names_that_are_spared_are_those_of_kubernetes(api: Api) -> None:
    """The server makes a role for each of its controllers, of the controller's name."""
    made = api.request("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles")["items"]
    of_controllers = {
        one["metadata"]["name"].removeprefix("system:controller:")
        for one in made
        if one["metadata"]["name"].startswith("system:controller:")
    }
    assert {*CONTROLLERS} <= of_controllers
    assert account(GREATEST) == f"system:serviceaccount:{SYSTEM}:{GREATEST}"
