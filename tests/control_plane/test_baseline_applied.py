"""The baseline's namespaces and rights on a real API server: what gets in, what is refused, and who may do what."""

from __future__ import annotations

import pytest

from components.baseline import Quota, TeamNamespace
from components.baseline.storage import STORAGE_CLASS
from components.cluster.access import GROUPS
from policies.rules.workloads.pods import pod_spec
from sandbox.providers.kubernetes.api import Api
from tests.control_plane.conftest import eventually
from tests.support.control_plane.admitted import IMAGE, Body, refusal
from tests.support.program.baseline_of import bodies, of_baseline

GRAPH = of_baseline(
    namespaces=[
        TeamNamespace(name="shop", quota=Quota(cpu="2", volumes=1)),
        TeamNamespace(name="old", level="baseline"),
    ]
)
BODIES = [body for body in bodies(GRAPH) if not body["kind"].startswith("ValidatingAdmission")]
"""Without the rules, which test_admission.py is about."""


@pytest.fixture(scope="module", autouse=True)
def closed(api: Api) -> None:
    for body in BODIES:
        api.apply(body)
    for namespace in ("shop", "old", "default"):
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": namespace}}
        api.apply(account)
    for body in BODIES:
        if body["kind"] == "ResourceQuota":
            eventually(lambda: (api.get(body) or {}).get("status", {}).get("used"))  # noqa: B023 - asked at once


def pod(namespace: str, changes: Body | None = None) -> Body:
    """A pod of the restricted level."""
    spec = pod_spec({"containers.0.image": IMAGE, **(changes or {})})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": namespace}, "spec": spec}


ROOT = {"securityContext": {"runAsNonRoot": False, "seccompProfile": {"type": "RuntimeDefault"}}}


class TestNamespaces:
    def test_a_hardened_pod_gets_in(self, api: Api) -> None:
        assert refusal(api, pod("shop")) == ""
        assert refusal(api, pod("old", ROOT)) == ""

    def test_what_the_level_forbids_is_refused(self, api: Api) -> None:
        assert 'violates PodSecurity "restricted:v1.35"' in refusal(api, pod("shop", ROOT))
        assert 'violates PodSecurity "baseline:v1.35"' in refusal(api, pod("old", {"hostPID": True}))

    def test_a_container_that_names_no_size_gets_one(self, api: Api) -> None:
        body = pod("shop", {"containers.0.resources": {}})
        made = api.request("POST", api.path(body).rpartition("/")[0], body, {"dryRun": "All"})
        assert made["spec"]["containers"][0]["resources"] == {
            "limits": {"memory": "256Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        }

    @pytest.mark.parametrize(
        "body",
        [
            pod("shop", {"containers.0.resources.requests.cpu": "3"}),
            {
                "apiVersion": "v1",
                "kind": "Service",
                # An internal one, which the rule about exposure lets through where other tests have bound it.
                "metadata": {
                    "name": "web",
                    "namespace": "shop",
                    "annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"},
                },
                "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
            },
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "200Gi"}}},
            },
        ],
        ids=["cpu", "load balancer", "storage"],
    )
    def test_a_quota_refuses(self, api: Api, body: Body) -> None:
        assert "exceeded quota: shop" in refusal(api, body)

    def test_nothing_runs_in_the_default_namespace(self, api: Api) -> None:
        assert "exceeded quota: nothing-runs-here" in refusal(api, pod("default"))

    def test_a_claim_that_names_no_class_gets_the_encrypted_one(self, api: Api) -> None:
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "shop"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
        made = api.request("POST", api.path(claim).rpartition("/")[0], claim, {"dryRun": "All"})
        assert made["spec"]["storageClassName"] == STORAGE_CLASS

    def test_the_system_is_watched_but_not_kept_from_running(self, api: Api) -> None:
        agent = pod("kube-system", {"hostNetwork": True, "serviceAccountName": "default"})
        assert refusal(api, agent) == ""
        labels = (api.get({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}) or {})[
            "metadata"
        ]["labels"]
        assert labels["pod-security.kubernetes.io/audit"] == "baseline"
        assert "pod-security.kubernetes.io/enforce" not in labels

    def test_no_pod_is_reached_or_reaches_anybody_but_for_names(self, api: Api) -> None:
        policies = {
            one["metadata"]["name"]: one["spec"]
            for one in api.list("networking.k8s.io/v1", "NetworkPolicy", "shop", "")
        }
        assert policies.keys() == {"default-deny", "dns"}
        deny = policies["default-deny"]
        assert deny["podSelector"] == {}
        assert set(deny["policyTypes"]) == {"Ingress", "Egress"}
        assert not deny.get("ingress")
        assert not deny.get("egress")
        (way,) = policies["dns"]["egress"]
        assert {(port["protocol"], port["port"]) for port in way["ports"]} == {("UDP", 53), ("TCP", 53)}
        (peer,) = way["to"]
        assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "kube-system"}
        assert peer["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}


EVERYBODY = ("admin", "operator", "viewer", "deploy", "preview")
DEPLOYERS = ("admin", "operator")
RIGHTS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("list", "pods", "kube-system", EVERYBODY),
    ("get", "pods/log", "shop", EVERYBODY),
    ("list", "apps/deployments", "deis", EVERYBODY),
    ("list", "nodes", "", EVERYBODY),
    ("get", "admissionregistration.k8s.io/validatingadmissionpolicies", "", EVERYBODY),
    *(
        ("get", f"rbac.authorization.k8s.io/{resource}", namespace, ("preview",))
        for resource, namespace in (("clusterroles", ""), ("clusterrolebindings", ""), ("roles", "deis"))
    ),
    ("create", "apps/deployments", "shop", DEPLOYERS),
    ("patch", "apps/deployments/scale", "old", DEPLOYERS),
    ("delete", "pods", "shop", DEPLOYERS),
    ("create", "secrets", "shop", DEPLOYERS),
    ("create", "networking.k8s.io/networkpolicies", "shop", DEPLOYERS),
    ("create", "apps/deployments", "deis", ()),
    ("create", "apps/deployments", "kube-system", ()),
    ("create", "apps/daemonsets", "shop", ()),
    ("create", "pods", "shop", ()),
    ("get", "secrets", "shop", ()),
    ("list", "secrets", "", ()),
    ("patch", "secrets", "shop", ()),
    ("create", "pods/exec", "shop", ()),
    ("get", "pods/exec", "shop", ()),
    ("create", "pods/attach", "shop", ()),
    ("create", "pods/portforward", "shop", ()),
    ("patch", "pods/ephemeralcontainers", "shop", ()),
    ("create", "serviceaccounts/token", "shop", ()),
    ("impersonate", "serviceaccounts", "shop", ()),
    ("create", "rbac.authorization.k8s.io/rolebindings", "shop", ()),
    ("bind", "rbac.authorization.k8s.io/clusterroles", "", ()),
    ("update", "resourcequotas", "shop", ()),
    ("delete", "limitranges", "shop", ()),
    ("patch", "namespaces", "", ()),
    ("create", "namespaces", "", ()),
    ("delete", "admissionregistration.k8s.io/validatingadmissionpolicybindings", "", ()),
    ("get", "nodes/proxy", "", ()),
]
"""Verb, resource, namespace, and the roles whose group may; the last of a path may be a subresource."""


@pytest.mark.parametrize("role", GROUPS)
@pytest.mark.parametrize(
    "case",
    RIGHTS,
    ids=[f"{verb}-{resource}-{where or 'cluster'}".replace("/", ".") for verb, resource, where, _ in RIGHTS],
)
def test_rights(api: Api, role: str, case: tuple[str, str, str, tuple[str, ...]]) -> None:
    verb, path, namespace, roles = case
    group, resource, subresource = _parts(path)
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"arn:aws:sts::123456789012:assumed-role/{role}/session",
            "groups": [GROUPS[role], "system:authenticated"],  # type: ignore[index] - the keys of the same mapping
            "resourceAttributes": {
                "group": group,
                "resource": resource,
                "subresource": subresource,
                "verb": verb,
                "namespace": namespace,
            },
        },
    }

    def allowed() -> bool:
        answer = api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return answer["status"].get("allowed", False)

    if role in roles:
        # The controllers gather the rules of `view` in the first seconds of a cluster.
        assert eventually(allowed)
    else:
        assert not allowed()


def _parts(path: str) -> tuple[str, str, str]:
    """API group, resource and subresource of pods, pods/log, apps/deployments or apps/deployments/scale."""
    first, _, rest = path.partition("/")
    group, path = (first, rest) if "." in first or first == "apps" else ("", path)
    resource, _, subresource = path.partition("/")
    return group, resource, subresource


def test_applying_it_again_changes_nothing(api: Api) -> None:
    for body in BODIES:
        before = api.get(body)
        after = api.apply(body)
        assert before is not None
        assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"], body


def test_a_role_without_its_group_has_nothing(api: Api) -> None:
    """Who is in no group of the people list may not even look."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "stranger",
            "groups": ["system:authenticated"],
            "resourceAttributes": {"resource": "pods", "verb": "list", "namespace": "shop"},
        },
    }
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert not answer["status"].get("allowed", False)
