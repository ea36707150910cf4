"""Attacks by Kubernetes RBAC: from rights that look harmless to the whole cluster."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.eks.access import ASSOCIATION
from policies.rules.rbac.accounts_cases import running_as
from policies.rules.rbac.reach_cases import account, bound, role, rule
from tests.adversary.attack import Attack

ESCALATION, REACH = "rbac-no-escalation", "rbac-reach-allowlist"
EVERYBODY: Final = {"kind": "Group", "name": "system:authenticated"}
TEAM: Final = account("shop", "team")
AGGREGATED: Final = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
PATCH: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBindingPatch"


def _attack(name: str, why: str, *items: Item, blocked_by: str = ESCALATION, admission: bool = False) -> Attack:
    return Attack(name=name, requirement="INH-4", why=why, items=items, blocked_by=blocked_by, admission=admission)


def _role(name: str, why: str, resources: str, verbs: str, group: str = "") -> Attack:
    return _attack(name, why, role("app", rule(resources, verbs, group)))


def _everywhere(name: str, why: str, *rules: dict[str, Any]) -> Attack:
    return _attack(name, why, role("app", *rules), bound("ClusterRole", "app", TEAM), blocked_by=REACH)


ATTACKS: Final = (
    _attack(
        "bind_everybody_to_cluster_admin",
        "Every account of the cluster becomes an administrator.",
        bound("ClusterRole", "cluster-admin", EVERYBODY),
        blocked_by="rbac-no-cluster-admin-binding",
        admission=True,
    ),
    _attack(
        "edit_of_the_whole_cluster",
        "The role edits: pods in kube-system included, whose accounts make any role greater.",
        bound("ClusterRole", "edit", TEAM),
        blocked_by="rbac-no-cluster-admin-binding",
    ),
    _attack(
        "admin_of_kube_system",
        "A namespace's administrator, of the namespace from which the cluster is administered.",
        bound("ClusterRole", "admin", TEAM, namespace="kube-system"),
        blocked_by="rbac-no-cluster-admin-binding",
    ),
    _attack(
        "subject_added_by_a_patch",
        "The binding exists, and the patch names no role.",
        Item(type=PATCH, props={"metadata": {"name": "cluster-admin"}, "subjects": [TEAM]}),
        blocked_by="rbac-no-cluster-admin-binding",
    ),
    _attack(
        "role_of_another_stack",
        "Nobody sees what the role gives.",
        bound("ClusterRole", "harmless", TEAM),
        blocked_by="rbac-roles-are-seen",
    ),
    _attack(
        "pod_as_a_controller_of_kubernetes",
        "Its token makes any role greater.",
        running_as("clusterrole-aggregation-controller"),
        blocked_by="pod-has-account-of-its-own",
    ),
    _role("paths_of_nodes_by_a_volume", "A persistent volume is a path of a node.", "persistentvolumes", "create"),
    _role(
        "security_level_of_namespaces", "Without its label a namespace takes privileged pods.", "namespaces", "patch"
    ),
    _role(
        "api_of_the_attacker",
        "Requests of everybody go to the attacker's server.",
        "apiservices",
        "create",
        "apiregistration.k8s.io",
    ),
    _role(
        "shell_of_every_kubelet", "The kubelet runs commands in pods, past admission and audit.", "nodes/proxy", "get"
    ),
    _attack(
        "secrets_for_all_viewers",
        "Kubernetes adds the role to `view`, which everybody has.",
        role("more", rule("secrets", "list"), labels=AGGREGATED),
    ),
    _attack("greater_view", "The name is Kubernetes' own.", role("view", rule("secrets", "get"))),
    _attack(
        "pods_of_the_system",
        "A pod there may run as any account of Kubernetes' controllers.",
        role("app", rule("pods", "create"), namespace="kube-system"),
    ),
    _everywhere("pods_everywhere", "A pod in kube-system takes an administrator's account.", rule("pods", "create")),
    _everywhere("jobs_everywhere", "A job makes such a pod.", rule("cronjobs", "patch", "batch")),
    _everywhere(
        "debugging_everywhere",
        "A container of the attacker's joins any pod.",
        rule("pods/ephemeralcontainers", "patch"),
    ),
    _everywhere("shells_everywhere", "GET opens a shell, too.", rule("pods/exec", "get")),
    _everywhere("secrets_by_a_watch", "A watch shows every Secret.", rule("secrets", "watch")),
    _everywhere("secrets_by_deletion", "The answer lists what was deleted.", rule("secrets", "deletecollection")),
    _attack(
        "token_by_a_secret",
        "A Secret of the right type gets an account's token; the rights lie in two roles.",
        role("write", rule("secrets", "create"), namespace="kube-system"),
        role("read", rule("secrets", "get"), namespace="kube-system"),
        bound("Role", "write", TEAM, namespace="kube-system"),
        bound("Role", "read", TEAM, namespace="kube-system"),
        blocked_by=REACH,
    ),
    _attack(
        "account_of_a_neighbour",
        "The team deploys in a namespace whose account reads every Secret of the cluster.",
        role("reader", rule("secrets", "list")),
        bound("ClusterRole", "reader", account("ci", "runner")),
        role("deploy", rule("deployments", "update", "apps"), namespace="ci"),
        bound("Role", "deploy", TEAM, namespace="ci"),
        blocked_by=REACH,
    ),
    _attack(
        "person_with_an_access_policy",
        "AWS's policy edits one namespace, where an account runs pods everywhere.",
        role("runner", rule("pods", "create")),
        bound("ClusterRole", "runner", account("ci", "runner")),
        Item(
            type=ASSOCIATION,
            props={
                "principalArn": "arn:aws:iam::123456789012:role/ada",
                "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
                "accessScope": {"type": "namespace", "namespaces": ["ci"]},
            },
        ),
        blocked_by=REACH,
    ),
    _attack(
        "root_reads_secrets",
        "AWS's policy is called View, and shows Secrets.",
        Item(
            type=ASSOCIATION,
            props={
                "principalArn": "arn:aws:iam::123456789012:root",
                "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy",
                "accessScope": {"type": "cluster"},
            },
        ),
        blocked_by="cluster-admin-allowlist",
    ),
)
