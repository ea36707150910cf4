"""The admission rules on a real API server: the pack and they agree, and keep out neither Deis nor EKS's add-ons."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.baseline import Exemption
from components.baseline.admission import rules
from policies.guidelines.deis import APPLICATION_LABEL, CONTROLLER, NAMESPACE
from policies.kernel.cases import Case, Item
from policies.registry import POLICIES, cases
from sandbox.providers.kubernetes.api import Api, ApiError
from tests.control_plane.conftest import eventually, lift
from tests.support.control_plane.accounts import ADMINISTRATOR_GROUP, Impersonated, administrator, deis_account
from tests.support.control_plane.admitted import CASES_NAMESPACE, IMAGE, Body, completed, refusal, served
from tests.support.policies.sdk_harness import outcome
from tests.support.program.baseline_of import TODAY, bodies, of_baseline
from tests.support.program.deis_of import objects, of_deis

HUB, WIDE, OPEN = "only-hub", "wide-lists", "open-by-name"
"""Namespaces with settings of their own, and one that is exempt from what may be lifted."""
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    '{"registries": ["docker.io"]}': (HUB, {"registries": ["docker.io"]}),
    '{"allowWide": true}': (WIDE, {"allow_wide_whitelist": True}),
}
"""A case's settings -> the namespace in which the baseline has the same."""
NOT_OURS = {"drivers", "nodePorts", "namespaces", "kubernetesVersion", "widestPrefix"}
"""Settings of a whole stack's pack; here, labels and exemptions of namespaces say it, and one version is pinned."""
REFUSED_FOR_THEIR_FORM = {
    ("pod-security-baseline-privileged", "fail_flag_that_is_none"),
    ("pod-security-baseline-proc-mount", "fail_unmasked"),
    ("namespace-pod-security-labels", "fail_misspelt"),
    ("rbac-no-escalation", "fail_change_of_view"),
    ("rbac-no-wildcards", "fail_sum_of_all_roles_but_some"),
}
"""The server itself refuses these, one because it exists: that a change of it is refused, a test of its own shows."""

REFUSED_BY_OTHERS_TOO = {("whitelist-enforced", "fail_another_service_of_the_controller")}


def exemption(namespace: str, *names: str) -> Exemption:
    return Exemption(namespace=namespace, rules=names, reason="a test", owner="tests", expires=TODAY)


MAIN = of_baseline(
    exemptions=[
        exemption(HUB, "images"),
        exemption(OPEN, "images", "pod-security", "service-exposure", "namespace-labels"),
    ]
)
RULES = {rule.id: rule for rule in rules()}
OF_PACK = {policy.id: policy for policy in POLICIES}


def only_in(namespace: str, rule: str, changes: dict[str, Any]) -> list[Body]:
    """The policy and the binding of a rule as other arguments make it, in one namespace."""
    made = []
    for body in bodies(of_baseline(**changes)):
        if body["metadata"]["name"] != f"palisade-{rule}":
            continue
        body["metadata"]["name"] += f"-{namespace}"
        if body["kind"].endswith("Binding"):
            body["spec"]["policyName"] = body["metadata"]["name"]
            selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
            body["spec"]["matchResources"] = {"namespaceSelector": selector}
        made.append(body)
    return made


@pytest.fixture(scope="module")
def owner(kubeconfig: Path) -> Api:
    """Somebody in system:masters, as nobody is on EKS, to prepare what the rules would refuse."""
    return Api(str(kubeconfig))


@pytest.fixture(scope="module")
def api(owner: Api, kubeconfig: Path) -> Api:
    """The cluster's API, as an administrator whom EKS lets in."""
    return administrator(owner, kubeconfig)


@pytest.fixture(scope="module", autouse=True)
def baseline(kubeconfig: Path, owner: Api, api: Api) -> Iterator[None]:
    """The baseline in force. Some namespaces were there before, without labels: rules alone judge what is in them."""
    for namespace in (CASES_NAMESPACE, NAMESPACE, HUB, WIDE, OPEN):
        # As an application's: the router leads to no other.
        metadata = {"name": namespace, "labels": dict([APPLICATION_LABEL])}
        owner.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        owner.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": namespace}})
    wide = only_in(WIDE, "deis-whitelist", {"allow_wide_whitelist": True})
    made = [*bodies(MAIN), *only_in(HUB, "images", {"registries": ["docker.io"]}), *wide]
    # Nothing is exempt from this rule, so the test takes the namespace out of the binding itself.
    for body in made:
        if body["kind"].endswith("Binding") and body["metadata"]["name"] == "palisade-deis-whitelist":
            expression = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [WIDE]}
            body["spec"]["matchResources"] = {"namespaceSelector": {"matchExpressions": [expression]}}
    of_controller = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding")
    for (kind, name), one in objects(of_deis()).items():
        if kind in of_controller and name in (CONTROLLER, f"deis:{CONTROLLER}"):
            owner.apply(one.inputs)
    for body in made:
        owner.apply(body)
    for rule, body in PROBES.items():
        asked = deis_account(kubeconfig, CONTROLLER) if rule == "deis-accounts" else api
        eventually(lambda: f"palisade-{rule}'" in refusal(asked, body))  # noqa: B023 - asked before the next turn
    eventually(lambda: "palisade-images-" in refusal(api, pod(HUB, image="quay.io/nginx:1.29")))
    eventually(lambda: "palisade-deis-whitelist-" in refusal(api, service(WIDE, whitelist="0.0.0.0/0")))
    yield
    lift(owner, made)


def pod(namespace: str = CASES_NAMESPACE, *, image: str = IMAGE, **spec: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"containers": [{"name": "web", "image": image}], **spec},
    }


def service(
    namespace: str = CASES_NAMESPACE, *, whitelist: str = "", domains: str = "", certificates: str = "", **spec: Any
) -> Body:
    given = {
        "router.deis.io/whitelist": whitelist,
        "router.deis.io/domains": domains,
        "router.deis.io/certificates": certificates,
    }
    annotations = {key: text for key, text in given.items() if text}
    metadata = {"name": "web", "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def namespace(level: str) -> Body:
    labels = {"pod-security.kubernetes.io/enforce": level}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "theirs", "labels": labels}}


RBAC_VERSION = "rbac.authorization.k8s.io/v1"
ROLE: Body = {"apiVersion": RBAC_VERSION, "kind": "ClusterRole", "metadata": {"name": "web"}}


def volume(**source: Any) -> Body:
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "web"}, "spec": spec}


def webhook(*, url: str = "", groups: tuple[str, ...] = ("",), resources: tuple[str, ...] = ("pods",)) -> Body:
    within = {"service": {"namespace": CASES_NAMESPACE, "name": "web"}}
    rule = {"apiGroups": groups, "apiVersions": ["v1"], "operations": ["CREATE"], "resources": resources}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "web"},
        "webhooks": [
            {
                "name": "web.example.org",
                "clientConfig": {"url": url} if url else within,
                "rules": [rule],
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


HOST_PATH: Body = {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}
OPENED: Body = {"env": [{"name": "REGISTRATION_MODE", "value": "enabled"}]}
PROBES: dict[str, Body] = {
    "images": pod(image="nginx"),
    "pod-security": pod(**HOST_PATH),
    "service-exposure": service(type="NodePort"),
    "namespace-labels": namespace("privileged"),
    "deis-registration": pod(containers=[{"name": "web", "image": IMAGE, **OPENED}]),
    "deis-whitelist": service(whitelist="0.0.0.0/0"),
    "deis-routes": service(domains="deis"),
    "deis-behind-router": service(type="ExternalName", externalName="deis-controller.deis.svc"),
    "deis-certificates": service(certificates="www.example.org:theirs"),
    "deis-accounts": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web", "namespace": "default"}},
    "application-namespaces": {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "mine",
            "labels": {"pod-security.kubernetes.io/enforce": "restricted", **dict([APPLICATION_LABEL])},
        },
    },
    "service-account-tokens": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "web",
            "namespace": CASES_NAMESPACE,
            "annotations": {"kubernetes.io/service-account.name": "web"},
        },
        "type": "kubernetes.io/service-account-token",
    },
    "system-namespaces": pod("kube-system"),
    "priorities": pod(priorityClassName="system-node-critical"),
    "roles": {**ROLE, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]},
    "bindings": {
        "apiVersion": RBAC_VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "web"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    },
    "volumes": volume(hostPath={"path": "/"}),
    "webhooks": webhook(url="https://example.org/"),
}
"""Rule -> an object that it refuses."""


def test_every_rule_is_probed() -> None:
    # What it refuses is no object: tests/control_plane/test_takeovers.py.
    assert PROBES.keys() | {"system-shells"} == RULES.keys()


@pytest.mark.parametrize("rule", RULES)
def test_the_server_finds_no_fault_in_a_rule(api: Api, rule: str) -> None:
    """Its controller checks each expression against the types that the rule is about."""
    name = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy"}
    body = {**name, "metadata": {"name": f"palisade-{rule}"}}
    status = eventually(lambda: (found := (api.get(body) or {}).get("status", {})).get("observedGeneration") and found)
    assert status["typeChecking"] == {}
    live = api.get(body)
    assert live is not None
    assert live["spec"]["failurePolicy"] == "Fail"


JUDGED = [
    (rule.id, policy, case)
    for rule in RULES.values()
    for policy in rule.policies
    for case in cases()[policy]
    if case.expected != "unknown" and served(case) and not NOT_OURS & case.settings.keys()
]


@pytest.mark.parametrize(("rule", "policy", "case"), JUDGED, ids=[f"{one[1]}-{one[2].name}" for one in JUDGED])
def test_pack_and_admission_agree(api: Api, rule: str, policy: str, case: Case) -> None:
    body = completed(case, images=rule == "images")
    if case.settings:
        home, _ = VARIANTS[json.dumps(dict(case.settings))]
        body["metadata"]["namespace"] = home
    item = Item(type=case.items[0].type, props=body)
    told = {one: outcome(OF_PACK[one], (item,), case.settings).violations for one in RULES[rule].policies}
    assert bool(told[policy]) is (case.expected == "fail"), "what the server asks for besides has changed the case"
    said = refusal(api, body)
    if (policy, case.name) in REFUSED_FOR_THEIR_FORM:
        assert said
        assert "ValidatingAdmissionPolicy" not in said
    elif any(told.values()):
        # The server names one rule of those that refuse.
        named = "" if (policy, case.name) in REFUSED_BY_OTHERS_TOO else rule
        assert f"ValidatingAdmissionPolicy 'palisade-{named}" in said
    else:
        assert said == ""


def test_enough_cases_are_judged_by_both() -> None:
    """Every policy that a rule stands for has a case that passes here and one that fails."""
    judged = {(policy, case.expected) for _, policy, case in JUDGED}
    for rule in RULES.values():
        assert {(policy, expected) for policy in rule.policies for expected in ("pass", "fail")} <= judged


TEMPLATED = {
    "Pod": ("v1", ()),
    "PodTemplate": ("v1", ("template",)),
    "ReplicationController": ("v1", ("spec", "template")),
    "Deployment": ("apps/v1", ("spec", "template")),
    "StatefulSet": ("apps/v1", ("spec", "template")),
    "DaemonSet": ("apps/v1", ("spec", "template")),
    "ReplicaSet": ("apps/v1", ("spec", "template")),
    "Job": ("batch/v1", ("spec", "template")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template")),
}


def templated(kind: str, **spec: Any) -> Body:
    """An object of a kind that makes pods."""
    version, path = TEMPLATED[kind]
    template: Body = {"spec": {"containers": [{"name": "web", "image": IMAGE}], **spec}}
    if path:
        template["metadata"] = {"labels": {"app": "web"}}
    if "Job" in kind:
        template["spec"]["restartPolicy"] = "Never"
    body: Body = template
    for key in reversed(path):
        body = {key: body}
    body |= {"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": CASES_NAMESPACE}}
    if version == "apps/v1":
        body["spec"]["selector"] = {"matchLabels": {"app": "web"}}
    if kind == "CronJob":
        body["spec"]["schedule"] = "0 0 1 1 *"
    return body


@pytest.mark.parametrize("kind", TEMPLATED)
@pytest.mark.parametrize("where", ["containers", "initContainers"])
@pytest.mark.parametrize(
    ("rule", "container"),
    [
        ("images", {"image": "docker.io/library/nginx:latest"}),
        ("images", {"image": "registry.example.net/web:1.0"}),
        ("pod-security", {"image": IMAGE, "securityContext": {"privileged": True}}),
        ("deis-registration", {"image": IMAGE, **OPENED}),
    ],
    ids=["moving tag", "foreign registry", "privileged", "open registration"],
)
def test_no_kind_and_no_container_is_forgotten(
    api: Api, kind: str, where: str, rule: str, container: dict[str, Any]
) -> None:
    assert refusal(api, templated(kind)) == ""
    good = {"name": "web", "image": IMAGE}
    lists = {"containers": [good], where: [{"name": "it", **container}]}
    assert f"'palisade-{rule}'" in refusal(api, templated(kind, **lists))


@pytest.mark.parametrize(
    ("rule", "container"),
    [
        ("images", {"image": "busybox"}),
        ("pod-security", {"image": IMAGE, "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        ("deis-registration", {"image": IMAGE, **OPENED}),
        ("", {"image": IMAGE}),
    ],
    ids=["image", "capability", "registration", "harmless"],
)
def test_containers_that_come_later_are_judged(api: Api, rule: str, container: dict[str, Any]) -> None:
    body = pod()
    body["metadata"]["name"] = "debugged"
    said = refusal(api, {**body, "spec": {**body["spec"], "ephemeralContainers": [{"name": "shell", **container}]}})
    assert (f"'palisade-{rule}'" in said) if rule else (said == "")


class TestChanges:
    """What was there before the rules may go on; what is new of it is judged."""

    @pytest.fixture
    def old(self, api: Api) -> Iterator[Body]:
        """A Deployment that breaks a rule, made where an exemption holds, as if it had been there before."""
        body = templated("Deployment", **HOST_PATH)
        body["metadata"] = {"name": "old", "namespace": CASES_NAMESPACE}
        body["spec"]["replicas"] = 0
        binding = next(
            one
            for one in bodies(MAIN)
            if one["kind"].endswith("Binding") and one["metadata"]["name"] == "palisade-pod-security"
        )
        lifted = copy.deepcopy(binding)
        (expression,) = lifted["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        expression["values"].append(CASES_NAMESPACE)
        api.apply(lifted)
        eventually(lambda: refusal(api, body) == "")
        api.apply(body)
        api.apply(binding)
        eventually(lambda: "'palisade-pod-security'" in refusal(api, PROBES["pod-security"]))
        yield body
        api.delete(body)

    def test_an_old_object_is_scaled_labelled_and_repaired_but_not_made_worse(self, api: Api, old: Body) -> None:
        def patched(changes: Body) -> str:
            try:
                api.request("PATCH", api.path(old), changes, content_type="application/merge-patch+json")
            except ApiError as fault:
                return str(fault)
            return ""

        assert patched({"spec": {"replicas": 1}}) == ""
        assert patched({"metadata": {"labels": {"team": "shop"}}}) == ""
        worse = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
        assert "'palisade-pod-security'" in patched(worse)
        assert patched({"spec": {"template": {"spec": {"volumes": None}}}}) == ""


def made(api_version: str, kind: str, namespace: str, **fields: Any) -> Body:
    metadata = {"name": "web", "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


POD_OF_DEIS: Body = {"addresses": ["10.40.1.2"], "targetRef": {"kind": "Pod", "name": "x", "namespace": NAMESPACE}}
BACKEND: Body = {"service": {"name": "web", "port": {"number": 80}}}
OPEN_INGRESS: Body = {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}


@pytest.mark.parametrize(
    "body",
    [
        made("networking.k8s.io/v1", "Ingress", NAMESPACE, spec={"defaultBackend": BACKEND}),
        made("networking.k8s.io/v1", "NetworkPolicy", NAMESPACE, spec=OPEN_INGRESS),
        made("v1", "Endpoints", NAMESPACE, subsets=[{"addresses": [{"ip": "10.40.1.2"}], "ports": [{"port": 80}]}]),
        made("discovery.k8s.io/v1", "EndpointSlice", "default", addressType="IPv4", endpoints=[POD_OF_DEIS]),
    ],
    ids=lambda body: body["kind"],
)
def test_only_the_router_leads_to_deis(api: Api, body: Body) -> None:
    assert "'palisade-deis-behind-router'" in refusal(api, body)
    elsewhere = copy.deepcopy(body)
    # No namespace of an application: the router leads to those.
    elsewhere["metadata"]["namespace"] = "default"
    for endpoint in elsewhere.get("endpoints", []):
        del endpoint["targetRef"]
    assert refusal(api, elsewhere) == ""


class TestWhoIsLetThrough:
    @pytest.mark.parametrize("rule", ["images", "pod-security", "service-exposure"])
    def test_an_exempt_namespace_is_exempt_from_what_it_names(self, api: Api, rule: str) -> None:
        body = copy.deepcopy(PROBES[rule])
        body["metadata"]["namespace"] = OPEN
        assert refusal(api, body) == ""

    @pytest.mark.parametrize("rule", ["deis-registration", "deis-whitelist", "deis-routes", "deis-behind-router"])
    def test_nothing_is_exempt_from_the_rules_of_deis(self, api: Api, rule: str) -> None:
        body = copy.deepcopy(PROBES[rule])
        body["metadata"]["namespace"] = OPEN
        assert f"'palisade-{rule}'" in refusal(api, body)

    def test_the_nodes_own_parts_run(self, api: Api, kubeconfig: Path) -> None:
        image = "602401143452.dkr.ecr.eu-central-1.amazonaws.com/eks/kube-proxy:v1.35.3-minimal-eksbuild.29"
        agent = templated("DaemonSet", hostNetwork=True, hostPID=True, **HOST_PATH)
        agent["spec"]["template"]["spec"]["containers"][0] |= {"image": image, "securityContext": {"privileged": True}}
        agent["metadata"]["namespace"] = "kube-system"
        for name in ("eks:addon-manager", "system:serviceaccount:kube-system:daemon-set-controller"):
            assert "palisade" not in refusal(Impersonated(kubeconfig, name), agent)
        assert refusal(Impersonated(kubeconfig, "eks:addon-manager", ADMINISTRATOR_GROUP), agent) == ""
        assert "'palisade-" in refusal(api, agent)
        agent["metadata"]["namespace"] = CASES_NAMESPACE
        assert "'palisade-pod-security'" in refusal(api, agent)

    def test_the_system_takes_no_images_from_elsewhere(self, kubeconfig: Path) -> None:
        eks = Impersonated(kubeconfig, "eks:addon-manager", ADMINISTRATOR_GROUP)
        assert "'palisade-images'" in refusal(eks, pod("kube-system", image="example.org/miner:1.0"))

    def test_kubernetes_own_roles_stay_as_they_are(self, api: Api) -> None:
        role = {"apiVersion": RBAC_VERSION, "kind": "ClusterRole", "metadata": {"name": "view"}}
        rules = {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
        with pytest.raises(ApiError, match="'palisade-roles'"):
            api.request("PATCH", api.path(role), rules, {"dryRun": "All"}, "application/merge-patch+json")

    def test_the_owner_of_a_pod_is_no_excuse(self, api: Api) -> None:
        """A pod of a Job may run Deis's image for a task; only the controller of Jobs makes such pods."""
        body = pod(image="docker.io/hephy/controller:v2.22.0")
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "x", "uid": "1", "controller": True}
        body["metadata"]["ownerReferences"] = [owner]
        assert "'palisade-deis-registration'" in refusal(api, body)

    def test_deis_itself_is_admitted(self, api: Api) -> None:
        refused = {
            key: said
            for key, one in objects(of_deis()).items()
            if one.type.split(":")[1].split("/")[0]
            in ("core", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io")
            and (said := dry(api, one.inputs))
        }
        assert refused == {}

    def test_deis_may_make_the_namespaces_of_its_applications(self, api: Api, kubeconfig: Path) -> None:
        labels = dict([APPLICATION_LABEL])
        assert "'palisade-application-namespaces'" in refusal(api, PROBES["application-namespaces"])
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "an-app", "labels": labels}}
        assert "'palisade-" in refusal(api, body)
        controller = deis_account(kubeconfig, CONTROLLER)
        eventually(lambda: "cannot create" not in refusal(controller, body))
        assert refusal(controller, body) == ""


def dry(api: Api, body: Body) -> str:
    try:
        api.apply(body, dry_run=True)
    except ApiError as fault:
        return str(fault)
    return ""
