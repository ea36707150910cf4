"""Kubernetes's own rights (RBAC) of principals, by the groups of their access entries (INH-4, VPN-MFA).

| group | everywhere | in the namespaces of teams |
|---|---|---|
| palisade:viewers | `view`, and what belongs to the cluster as a whole: read | - |
| palisade:operators | as viewers | deploy: workloads, Services, configuration, network policies |
| palisade:admins | as viewers | as operators; everything else is EKS's AmazonEKSClusterAdminPolicy |
| palisade:previewers | as viewers, and roles and bindings: what a preview compares, but Secrets | - |
| palisade:deployers | as viewers; everything else is EKS's AmazonEKSClusterAdminPolicy | - |

No group reads Secrets, opens shells or forwards ports, changes rights, quotas or admission, or impersonates others:
administrators can, by EKS's policy, and each use raises an alarm. The right to create pods in a namespace includes
access to its Secrets: namespaces, not roles, separate Secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.access import GROUPS

rbac = k8s.rbac.v1

RBAC_GROUP: Final = "rbac.authorization.k8s.io"
VIEW: Final = "view"
"""Kubernetes' own role, without Secrets, roles and bindings."""
CLUSTER_VIEWER: Final = "palisade:cluster-viewer"
PREVIEWER: Final = "palisade:previewer"
OPERATOR: Final = "palisade:operator"
READ: Final = ("get", "list", "watch")
EDIT: Final = (*READ, "create", "delete", "patch", "update")

CLUSTER_VIEWER_RULES: Final[Mapping[str, Sequence[str]]] = {
    "": ("namespaces", "nodes", "persistentvolumes"),
    # Users whose request was refused may read the reason.
    "admissionregistration.k8s.io": ("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
    "apiextensions.k8s.io": ("customresourcedefinitions",),
    "metrics.k8s.io": ("nodes", "pods"),
    "networking.k8s.io": ("ingressclasses",),
    "scheduling.k8s.io": ("priorityclasses",),
    "storage.k8s.io": ("csidrivers", "storageclasses", "volumeattachments"),
}
"""API group -> resources that are read."""

PREVIEWER_RULES: Final[Mapping[str, Sequence[str]]] = {
    RBAC_GROUP: ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
}
"""API group -> resources that are read, besides those of viewers: all else that the program makes in the cluster.

No right can be limited to dry runs: with `patch`, a preview would show what the API server makes of a change, and its
role could make the change. Without, the provider compares inputs (pulumi-kubernetes, provider.go, Create and Update:
a Forbidden dry run falls back to the inputs)."""

OPERATOR_RULES: Final[tuple[tuple[str, Sequence[str], Sequence[str]], ...]] = (
    ("", ("configmaps", "persistentvolumeclaims", "services"), EDIT),
    ("", ("pods",), ("delete",)),
    ("", ("pods/eviction",), ("create",)),
    # An update or a patch returns the whole Secret; so a new Secret replaces the old one.
    ("", ("secrets",), ("create", "delete")),
    ("apps", ("deployments", "statefulsets"), EDIT),
    ("apps", ("deployments/scale", "statefulsets/scale"), ("get", "patch", "update")),
    ("autoscaling", ("horizontalpodautoscalers",), EDIT),
    ("batch", ("cronjobs", "jobs"), EDIT),
    ("networking.k8s.io", ("ingresses", "networkpolicies"), EDIT),
    ("policy", ("poddisruptionbudgets",), EDIT),
)
"""API group, resources, verbs."""


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> k8s.rbac.v1.PolicyRuleArgs:
    return rbac.PolicyRuleArgs(api_groups=[group], resources=[*resources], verbs=[*verbs])


def _subjects(*groups: str) -> list[k8s.rbac.v1.SubjectArgs]:
    return [rbac.SubjectArgs(kind="Group", name=group, api_group=RBAC_GROUP) for group in groups]


def _role(name: str) -> k8s.rbac.v1.RoleRefArgs:
    return rbac.RoleRefArgs(api_group=RBAC_GROUP, kind="ClusterRole", name=name)


def make_rights(name: str, *, opts: pulumi.ResourceOptions) -> k8s.rbac.v1.ClusterRole:
    """Make the roles and the cluster-wide bindings; return the operators' role."""
    viewer = rbac.ClusterRole(
        f"{name}-cluster-viewer",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=CLUSTER_VIEWER),
        rules=[_rule(group, resources, READ) for group, resources in CLUSTER_VIEWER_RULES.items()],
        opts=opts,
    )
    operator = rbac.ClusterRole(
        f"{name}-operator",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=OPERATOR),
        rules=[_rule(*rule) for rule in OPERATOR_RULES],
        opts=opts,
    )
    previewer = rbac.ClusterRole(
        f"{name}-previewer",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=PREVIEWER),
        rules=[_rule(group, resources, READ) for group, resources in PREVIEWER_RULES.items()],
        opts=opts,
    )
    rbac.ClusterRoleBinding(
        f"{name}-previewers",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="palisade:previewers"),
        role_ref=_role(PREVIEWER),
        subjects=_subjects(GROUPS["preview"]),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[previewer])),
    )
    for role, after in ((VIEW, None), (CLUSTER_VIEWER, viewer)):
        rbac.ClusterRoleBinding(
            f"{name}-everybody-{role.rpartition(':')[2]}",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=f"palisade:everybody-{role.rpartition(':')[2]}"),
            role_ref=_role(role),
            subjects=_subjects(*GROUPS.values()),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[after] if after else [])),
        )
    return operator


def bind_operators(name: str, namespace: str, *, opts: pulumi.ResourceOptions) -> k8s.rbac.v1.RoleBinding:
    """Let operators, and administrators, deploy in a namespace."""
    return rbac.RoleBinding(
        f"{name}-operators",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="palisade:operators", namespace=namespace),
        role_ref=_role(OPERATOR),
        subjects=_subjects(GROUPS["operator"], GROUPS["admin"]),
        opts=opts,
    )
