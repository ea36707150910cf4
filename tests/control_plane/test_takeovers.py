"""What somebody tries who has a token of Deis's, and what an administrator is kept from (INH-4, DEIS-REG).

Each attempt is a dry run on a real API server, as the account: what is refused for want of a right and what a rule
refuses look alike to the intruder, and either will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.deis.api_script import MERGE, STRATEGIC
from components.deis.network_policies import KEY_COPIES
from components.system_accounts import CONTROLLERS, account
from policies.guidelines.deis import APPLICATION_LABEL, BUILDER, CONTROLLER, NAMESPACE, RESTART, ROUTER, STORAGE_SECRET
from sandbox.providers.kubernetes.api import Api, ApiError
from tests.control_plane.attempts import (
    APP,
    BY_ADMINISTRATOR,
    BY_BUILDER,
    BY_CONTROLLER,
    BY_NODE,
    BY_RESTART,
    BY_ROUTER,
    BY_STATUS,
    CRITICAL,
    DEIS_DEPLOYMENTS,
    FORBIDDEN,
    GREATEST,
    NODE,
    READABLE,
    SHELLS,
    SYSTEM,
    TEAM,
    Body,
    certificate_request,
    deployment,
    labelled,
    namespace,
    pod,
    secret,
    service,
)
from tests.control_plane.conftest import eventually, lift
from tests.support.control_plane.accounts import Impersonated, administrator, deis_account
from tests.support.program.baseline_of import admission_rules, of_baseline

EVERYBODY_MAY_ASK = {"authentication.k8s.io", "authorization.k8s.io"}
"""API groups in which every authenticated identity may ask who it is and what it may do."""


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


def shell(api: Api, method: Literal["POST", "GET"], path: str) -> str:
    """What the server says against a shell; nothing: it looks for the pod, or for the node."""
    try:
        api.request(method, path)
    except ApiError as fault:
        return str(fault) if fault.status == FORBIDDEN else ""
    return ""


@pytest.fixture(scope="module", autouse=True)
def rules(api: Api, kubeconfig: Path, applied: dict[tuple[str, str], Body]) -> Iterator[None]:
    """Deis, a team and an application in a cluster with the baseline."""
    for body in (
        namespace(TEAM, **{"pod-security.kubernetes.io/enforce": "baseline"}),
        namespace(APP, **dict([APPLICATION_LABEL])),
        secret("cart", TEAM),
        secret("www-cert", APP),
        secret(STORAGE_SECRET, TEAM),
    ):
        api.apply(body)
    plain = labelled(TEAM, app="web")
    plain["metadata"]["name"] = "plain"
    api.apply(plain)
    made = admission_rules(of_baseline())
    for body in made:
        api.apply(body)
    controller = deis_account(kubeconfig, CONTROLLER)
    eventually(lambda: "palisade-deis-accounts" in refused(controller, "POST", secret("x", TEAM)))
    person = administrator(api, kubeconfig)
    eventually(lambda: "palisade-system-shells'" in shell(person, *SHELLS["exec"]))
    eventually(lambda: "palisade-priorities'" in refused(person, "POST", pod(TEAM, priorityClassName=CRITICAL)))
    yield
    lift(api, made)


@pytest.mark.parametrize("attempt", BY_CONTROLLER)
def test_the_controllers_token(kubeconfig: Path, attempt: str) -> None:
    method, body = BY_CONTROLLER[attempt]
    assert refused(deis_account(kubeconfig, CONTROLLER), method, body)


@pytest.mark.parametrize("attempt", BY_BUILDER)
def test_the_builders_token(kubeconfig: Path, attempt: str) -> None:
    method, body = BY_BUILDER[attempt]
    assert refused(deis_account(kubeconfig, BUILDER), method, body)


@pytest.mark.parametrize("attempt", BY_ROUTER)
def test_the_routers_token(kubeconfig: Path, attempt: str) -> None:
    method, body = BY_ROUTER[attempt]
    assert refused(deis_account(kubeconfig, ROUTER), method, body)


def patched(kubeconfig: Path, account_name: str, path: str, body: Body, kind: str) -> str:
    """What the server says against a patch by an account of Deis; nothing: it would let it happen."""
    try:
        deis_account(kubeconfig, account_name).request("PATCH", path, body, {"dryRun": "All"}, kind)
    except ApiError as fault:
        if fault.status == FORBIDDEN:
            return str(fault)
        raise
    return ""


@pytest.mark.parametrize("attempt", BY_RESTART)
def test_the_token_of_the_restart(kubeconfig: Path, attempt: str) -> None:
    name, patch = BY_RESTART[attempt]
    assert patched(kubeconfig, RESTART, f"{DEIS_DEPLOYMENTS}/deployments/{name}", patch, STRATEGIC)


@pytest.mark.parametrize("name", [BUILDER, CONTROLLER])
def test_a_restart_passes(kubeconfig: Path, name: str) -> None:
    now = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}
    assert patched(kubeconfig, RESTART, f"{DEIS_DEPLOYMENTS}/deployments/{name}", now, STRATEGIC) == ""


@pytest.mark.parametrize(("place", "name"), [(TEAM, STORAGE_SECRET), (APP, "www-cert"), (NAMESPACE, STORAGE_SECRET)])
def test_the_token_of_the_key_copies(kubeconfig: Path, place: str, name: str) -> None:
    path = f"/api/v1/namespaces/{place}/secrets/{name}"
    assert patched(kubeconfig, KEY_COPIES, path, {"data": {"key": "eA=="}}, MERGE)


@pytest.mark.parametrize("attempt", BY_NODE)
def test_a_nodes_credentials(kubeconfig: Path, attempt: str) -> None:
    method, path, body = BY_NODE[attempt]
    node = Impersonated(kubeconfig, f"system:node:{NODE}", "system:nodes")
    dry = {} if method == "GET" else {"dryRun": "All"}
    with pytest.raises(ApiError) as fault:
        node.request(method, path, body, dry, MERGE if method == "PATCH" else "application/json")
    assert fault.value.status == FORBIDDEN


@pytest.mark.parametrize("place", [APP, TEAM, NAMESPACE])
def test_the_account_of_an_applications_pods_has_no_rights(kubeconfig: Path, place: str) -> None:
    """Like every identity that the API server knows, it is in system:authenticated."""
    account = Impersonated(kubeconfig, f"system:serviceaccount:{place}:default")
    group = "authorization.k8s.io"
    body = {"apiVersion": f"{group}/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": place}}
    status = account.request("POST", f"/apis/{group}/v1/selfsubjectrulesreviews", body)["status"]
    assert {name for rule in status["resourceRules"] for name in rule["apiGroups"]} == EVERYBODY_MAY_ASK
    assert {verb for rule in status["nonResourceRules"] for verb in rule["verbs"]} == {"get"}


def test_what_deis_does_passes(kubeconfig: Path) -> None:
    controller, builder = (deis_account(kubeconfig, name) for name in (CONTROLLER, BUILDER))
    mounts = [{"name": "x", "secret": {"secretName": name}} for name in (STORAGE_SECRET, "orchid-build-env")]
    for who, method, body in (
        (controller, "POST", namespace("fresh", **dict([APPLICATION_LABEL]))),
        (controller, "DELETE", namespace(APP)),
        (controller, "POST", deployment(APP)),
        (controller, "POST", service(APP)),
        (controller, "POST", secret("x", APP)),
        (controller, "DELETE", secret("www-cert", APP)),
        (builder, "POST", secret("orchid-build-env", NAMESPACE)),
        (builder, "POST", labelled(NAMESPACE, heritage="slugbuild-orchid-0123abcd-1")),
        (builder, "POST", pod(NAMESPACE, volumes=[{**one, "name": f"v{at}"} for at, one in enumerate(mounts)])),
    ):
        assert refused(who, method, body) == "", body  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "place"), READABLE)
def test_who_reads_secrets(kubeconfig: Path, name: str, place: str) -> None:
    body = secret("database-creds" if place == NAMESPACE else "cart", place)
    assert bool(refused(deis_account(kubeconfig, name), "GET", body)) is not READABLE[name, place]


@pytest.mark.parametrize("attempt", BY_ADMINISTRATOR)
def test_an_administrator_does_not(api: Api, kubeconfig: Path, attempt: str) -> None:
    assert "ValidatingAdmissionPolicy 'palisade-" in refused(
        administrator(api, kubeconfig), "POST", BY_ADMINISTRATOR[attempt]
    )


@pytest.mark.parametrize("attempt", BY_STATUS)
def test_what_is_judged_is_judged_beside_the_status_too(api: Api, kubeconfig: Path, attempt: str) -> None:
    path, metadata = BY_STATUS[attempt]
    with pytest.raises(ApiError, match="ValidatingAdmissionPolicy 'palisade-"):
        administrator(api, kubeconfig).request("PATCH", path, {"metadata": metadata}, {"dryRun": "All"}, MERGE)


@pytest.mark.parametrize("attempt", SHELLS)
def test_nobody_opens_a_shell_in_the_system(api: Api, kubeconfig: Path, attempt: str) -> None:
    assert "'palisade-system-shells'" in shell(administrator(api, kubeconfig), *SHELLS[attempt])


def test_a_shell_elsewhere_is_the_administrators(api: Api, kubeconfig: Path) -> None:
    path = f"/api/v1/namespaces/{TEAM}/pods/none/exec?command=sh&stdout=1"
    assert shell(administrator(api, kubeconfig), "POST", path) == ""


@pytest.mark.parametrize("body", [pod(TEAM, priorityClassName=CRITICAL), deployment(TEAM, priorityClassName=CRITICAL)])
def test_no_pod_takes_the_place_of_the_systems(api: Api, kubeconfig: Path, body: Body) -> None:
    assert "'palisade-priorities'" in refused(administrator(api, kubeconfig), "POST", body)


@pytest.mark.parametrize("signer", ["kube-apiserver-client", "kube-apiserver-client-kubelet"])
def test_nobody_takes_a_certificate_of_a_client(api: Api, kubeconfig: Path, signer: str) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "system:kube-controller-manager")])
    key = ec.generate_private_key(ec.SECP256R1())
    pem = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    body = certificate_request(pem.public_bytes(serialization.Encoding.PEM), f"kubernetes.io/{signer}")
    assert "'palisade-service-account-tokens'" in refused(administrator(api, kubeconfig), "POST", body)


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
    person.request("PATCH", person.path(body), restart, {"dryRun": "All"}, MERGE)
    worse = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
    with pytest.raises(ApiError, match=r"palisade-(system-namespaces|pod-security)"):
        person.request("PATCH", person.path(body), worse, {"dryRun": "All"}, MERGE)
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
