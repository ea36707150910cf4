"""Rights in Kubernetes that lead to more rights: data, with the source of each.

Read on 2026-11-28. RBAC: "RBAC Good Practices", kubernetes.io/docs/concepts/security/rbac-good-practices. Code:
kubernetes/kubernetes v1.35.4, the file that is named. CUSTOM: the catalog of kinds, rules/pack/catalog.

A websocket is opened by GET, so `get` is enough for subresources of the kubelet and, where the API server does not ask
for `create` besides (AuthorizePodWebsocketUpgradeCreatePermission), for commands in pods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from policies.guidelines.rbac import IMPERSONATING

RBAC: Final = "rbac.authorization.k8s.io"
CORE: Final = ""
READ: Final = frozenset({"get", "list", "watch", "update", "patch", "deletecollection"})
"""Verbs whose answer shows objects: a changed object is returned whole, deleted collections as a list (Code:
apiserver/pkg/registry/generic/registry/store.go)."""
WRITE: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
CHANGE: Final = frozenset({"create", "update", "patch"})

Effect = Literal["administrator", "accounts", "secrets"]
"""administrator: of the cluster, wherever the right is granted cluster-wide. accounts: acts as the service accounts of
the namespaces in which the right holds. secrets: reads the Secrets of those namespaces."""
ADMINISTRATOR: Final = "administrator"
ACCOUNTS: Final = "accounts"
SECRETS: Final = "secrets"


@dataclass(frozen=True)
class Need:
    """A right: one of some verbs on one of some resources of an API group."""

    group: str
    resources: frozenset[str]
    verbs: frozenset[str]
    every_name: bool = False
    """Whether a rule with resourceNames gives less than is needed."""


@dataclass(frozen=True)
class Path:
    """Rights that lead somewhere together."""

    needs: tuple[Need, ...]
    effect: Effect
    source: str
    always: bool = False
    """Whether a role that has it is refused in any namespace and by itself, not only where it is bound."""


def _need(group: str, resources: str, verbs: frozenset[str] | str, every_name: bool = False) -> Need:
    listed = frozenset(verbs.split()) if isinstance(verbs, str) else verbs
    return Need(group, frozenset(resources.split()), listed, every_name)


def _rights(effect: Effect, source: str, group: str, resources: str, verbs: frozenset[str] | str) -> Path:
    return Path((_need(group, resources, verbs),), effect, source, always=True)


SUBRESOURCES: Final = "Code: pkg/registry/core/pod/rest/subresources.go"
CUSTOM: Final = {
    "apps.kruise.io": "advancedcronjobs broadcastjobs clonesets daemonsets statefulsets",
    "argoproj.io": "applications applicationsets cronworkflows rollouts workflows",
    "batch.volcano.sh": "jobs",
    "helm.cattle.io": "helmcharts",
    "helm.toolkit.fluxcd.io": "helmreleases",
    "jobset.x-k8s.io": "jobsets",
    "keda.sh": "scaledjobs",
    "kubeflow.org": "jaxjobs mpijobs paddlejobs pytorchjobs tfjobs xgboostjobs",
    "kustomize.toolkit.fluxcd.io": "kustomizations",
    "leaderworkerset.x-k8s.io": "leaderworkersets",
    "ray.io": "rayclusters rayjobs rayservices",
    "serving.knative.dev": "configurations services",
    "tekton.dev": "pipelineruns taskruns",
}
"""API group -> custom resources from which an operator makes pods, by the names of their kinds in lower case."""

PATHS: Final = (
    _rights(ADMINISTRATOR, "RBAC", RBAC, "roles clusterroles", "escalate bind"),
    _rights(ADMINISTRATOR, "RBAC", CORE, "users groups serviceaccounts", IMPERSONATING),
    _rights(
        ADMINISTRATOR, "RBAC", "authentication.k8s.io", "users groups serviceaccounts uids userextras", IMPERSONATING
    ),
    _rights(ADMINISTRATOR, "RBAC", CORE, "nodes/proxy", WRITE | {"get", "list", "watch"}),
    _rights(ADMINISTRATOR, "RBAC", CORE, "persistentvolumes", CHANGE),
    _rights(ADMINISTRATOR, "RBAC", CORE, "namespaces", "update patch"),
    # Who removes a webhook or a policy is no longer held back by it.
    _rights(
        ADMINISTRATOR,
        "RBAC",
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies"
        " mutatingadmissionpolicybindings validatingadmissionpolicies validatingadmissionpolicybindings",
        WRITE,
    ),
    _rights(
        ADMINISTRATOR,
        "RBAC",
        "certificates.k8s.io",
        "certificatesigningrequests/approval",
        frozenset({"update", "patch"}),
    ),
    # An aggregated API server gets the requests of everybody, and tokens that clients send with them.
    _rights(ADMINISTRATOR, "Code: kube-aggregator", "apiregistration.k8s.io", "apiservices", CHANGE),
    Path((_need(CORE, "serviceaccounts/token", "create", every_name=True),), ACCOUNTS, "RBAC", always=True),
    Path((_need(CORE, "pods replicationcontrollers", CHANGE),), ACCOUNTS, "RBAC"),
    Path((_need(CORE, "pods/ephemeralcontainers", "update patch"),), ACCOUNTS, SUBRESOURCES),
    Path((_need(CORE, "pods/exec pods/attach", "create get"),), ACCOUNTS, SUBRESOURCES),
    *(
        Path((_need(group, "deployments statefulsets daemonsets replicasets", CHANGE),), ACCOUNTS, "RBAC")
        for group in ("apps", "extensions")
    ),
    Path((_need("batch", "jobs cronjobs", CHANGE),), ACCOUNTS, "RBAC"),
    *(Path((_need(group, resources, CHANGE),), ACCOUNTS, "CUSTOM") for group, resources in CUSTOM.items()),
    # A Secret of type service-account-token gets the token of the account that its annotation names.
    Path(
        (_need(CORE, "secrets", "create"), _need(CORE, "secrets", READ, every_name=True)),
        ACCOUNTS,
        "Code: controller/serviceaccount/tokens_controller.go",
    ),
    Path((_need(CORE, "secrets", READ, every_name=True),), SECRETS, "RBAC"),
)

SENSITIVE: Final = (
    (_need(CORE, "secrets", READ, every_name=True), "reads Secrets, whatever their names"),
    (_need(CORE, "pods/exec pods/attach pods/portforward", "create get"), "reaches into pods"),
    (_need(CORE, "pods", "create"), "creates pods, which may mount every Secret of their namespace"),
    # Kubernetes trusts a load balancer's address in the status (CVE-2020-8554).
    (_need(CORE, "services/status", "update patch"), "redirects the traffic of Services"),
)
"""Rights that peers look for in every role (checkov, trivy, kube-linter, polaris), wherever it is bound."""
