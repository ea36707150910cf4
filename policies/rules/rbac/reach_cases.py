"""Cases of reach.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.access import ASSOCIATION
from policies.rules.rbac.reach import REACH, SEEN
from policies.rules.rbac.roles import CLUSTER_BINDING, CLUSTER_ROLE, ROLE

BINDING: Final = CLUSTER_BINDING.replace("Cluster", "")
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
ADA: Final = {"kind": "User", "name": "ada"}


def rule(resources: str, verbs: str, group: str = "", *names: str) -> dict[str, Any]:
    """A rule on resources of an API group."""
    named = {"resourceNames": [*names]} if names else {}
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **named}


def role(name: str, *rules: dict[str, Any], namespace: str = "", labels: dict[str, str] | None = None) -> Item:
    """A role of a namespace, or a cluster role."""
    place = {"namespace": namespace} if namespace else {}
    props = {"metadata": {"name": name, **place, "labels": labels or {}}, "rules": [*rules]}
    return Item(type=ROLE if namespace else CLUSTER_ROLE, name=f"{name} {namespace}", props=props)


def bound(kind: str, name: Any, *subjects: dict[str, str], namespace: str = "", **more: Any) -> Item:
    """A binding in a namespace, or for the whole cluster."""
    place = {"namespace": namespace} if namespace else {}
    props = {
        "metadata": {"name": f"{name}-{namespace}", **place},
        "roleRef": {"kind": kind, "name": name},
        "subjects": [*subjects],
    }
    type_ = BINDING if namespace else CLUSTER_BINDING
    return Item(type=type_, name=f"binding {name} {namespace} {subjects}", props=props, **more)


def account(namespace: str, name: str = "app") -> dict[str, str]:
    """A service account as a subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _edit(*namespaces: str) -> Item:
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    scope = {"type": "namespace", "namespaces": [*namespaces]}
    return Item(type=ASSOCIATION, props={"principalArn": "arn:ada", "policyArn": policy, "accessScope": scope})


PODS: Final = rule("pods", "create")
SECRETS: Final = rule("secrets", "get list")
STRONG: Final = (role("strong", rule("namespaces", "patch")), bound("ClusterRole", "strong", account("ci")))
DEPLOY: Final = role("deploy", rule("deployments", "patch", "apps"), namespace="ci")
AT: Final = "roleRef.name"

CASES: dict[str, tuple[Case, ...]] = {
    REACH.id: (
        ok("pods_of_one_namespace", role("r", PODS), bound("ClusterRole", "r", ADA, namespace="shop")),
        ok("one_secret_by_name", role("r", rule("secrets", "get", "", "tls")), bound("ClusterRole", "r", ADA)),
        ok("reading", role("r", rule("pods services", "get list")), bound("ClusterRole", "r", ADA)),
        ok("view", bound("ClusterRole", "view", ADA)),
        ok("refused_at_the_binding", bound("ClusterRole", "cluster-admin", ADA)),
        ok("refused_at_the_role", *STRONG),
        ok(
            "listed",
            role("r", SECRETS),
            bound("ClusterRole", "r", ADA),
            settings={"subjects": {"User ada": ["secrets"]}},
        ),
        ok(
            "another_namespace",
            *STRONG,
            role("deploy", PODS, namespace="shop"),
            bound("Role", "deploy", ADA, namespace="shop"),
        ),
        ok("deis", role("r", PODS, SECRETS), bound("ClusterRole", "r", account("deis", "deis-controller"))),
        fail(
            "listed_for_less",
            role("r", PODS, SECRETS),
            bound("ClusterRole", "r", ADA),
            at=AT,
            settings={"subjects": {"User ada": ["secrets"]}},
        ),
        fail("pods_everywhere", role("r", PODS), bound("ClusterRole", "r", ADA), at=AT),
        fail("pods_of_the_system", role("r", PODS), bound("ClusterRole", "r", ADA, namespace="kube-system"), at=AT),
        fail("commands_everywhere", role("r", rule("pods/exec", "get")), bound("ClusterRole", "r", ADA), at=AT),
        fail(
            "debugging_everywhere",
            role("r", rule("pods/ephemeralcontainers", "patch")),
            bound("ClusterRole", "r", ADA),
            at=AT,
        ),
        fail("jobs_everywhere", role("r", rule("cronjobs", "update", "batch")), bound("ClusterRole", "r", ADA), at=AT),
        fail(
            "workflows_everywhere",
            role("r", rule("workflows", "create", "argoproj.io")),
            bound("ClusterRole", "r", ADA),
            at=AT,
        ),
        fail("secrets_everywhere", role("r", SECRETS), bound("ClusterRole", "r", ADA), at=AT),
        fail(
            "secrets_by_deleting", role("r", rule("secrets", "deletecollection")), bound("ClusterRole", "r", ADA), at=AT
        ),
        fail(
            "tokens_by_secrets_of_two_roles",
            role("write", rule("secrets", "create")),
            role("read", SECRETS, namespace="kube-system"),
            bound("ClusterRole", "write", ADA),
            bound("Role", "read", ADA, namespace="kube-system"),
            at=AT,
        ),
        fail("account_of_another", *STRONG, DEPLOY, bound("Role", "deploy", ADA, namespace="ci"), at=AT),
        fail(
            "token_of_a_named_account",
            *STRONG,
            role("token", rule("serviceaccounts/token", "create", "", "app"), namespace="ci"),
            bound("Role", "token", ADA, namespace="ci"),
            at=AT,
        ),
        fail(
            "over_two_accounts",
            *STRONG,
            DEPLOY,
            bound("Role", "deploy", account("shop"), namespace="ci"),
            bound("ClusterRole", "edit", ADA, namespace="shop"),
            at=AT,
        ),
        fail("by_an_access_policy", *STRONG, _edit("c?"), at="policyArn"),
        fail(
            "added_to_view",
            role("more", SECRETS, labels={"rbac.authorization.k8s.io/aggregate-to-view": "true"}),
            bound("ClusterRole", "view", ADA),
            at=AT,
        ),
        fail(
            "sum_of_roles",
            role("part", SECRETS, labels={"part": "yes"}),
            Item(
                type=CLUSTER_ROLE,
                name="sum",
                props={
                    "metadata": {"name": "sum"},
                    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"part": "yes"}}]},
                },
            ),
            bound("ClusterRole", "sum", ADA),
            at=AT,
        ),
        fail(
            "pods_beside_the_node",
            Item(type=NAMESPACE, name="ns", props={"metadata": {"name": "shop"}}),
            role("r", PODS),
            bound("ClusterRole", "r", ADA, namespace="shop"),
            at=AT,
        ),
        fail(
            "account_as_a_user",
            role("r", SECRETS),
            bound("ClusterRole", "r", {"kind": "User", "name": "system:serviceaccount:shop:app"}),
            at=AT,
        ),
        fail(
            "role_named_by_pulumi",
            Item(type=CLUSTER_ROLE, name="r ", props={"metadata": {"name": UNKNOWN}, "rules": [SECRETS]}),
            bound("ClusterRole", UNKNOWN, ADA, depends_on={"roleRef": ["r "]}),
            at=AT,
        ),
    ),
    SEEN.id: (
        ok("of_the_stack", DEPLOY, bound("Role", "deploy", ADA, namespace="ci")),
        unknown(
            "rules_decided_later",
            Item(type=CLUSTER_ROLE, name="later", props={"metadata": {"name": "later"}, "rules": UNKNOWN}),
            bound("ClusterRole", "later", ADA),
        ),
        ok("of_kubernetes", bound("ClusterRole", "system:auth-delegator", ADA)),
        ok("reviewed", bound("ClusterRole", "team:reader", ADA), settings={"roles": ["team:*"]}),
        fail("of_another_stack", bound("ClusterRole", "team:reader", ADA), at=AT),
        fail("of_another_namespace", DEPLOY, bound("Role", "deploy", ADA, namespace="shop"), at=AT),
    ),
}
