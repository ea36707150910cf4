"""User names of EKS's and Kubernetes's own components, which nobody else can have (INH-4, INH-3).

EKS refuses an access entry whose user name starts with `system:` or `eks:`, or whose group starts with `system:` (EKS
User Guide, "Create access entries", read 2026-11-28): so no principal authenticated through AWS has one of these names.
A token of a controller's service account would be another way: the rule `service-account-tokens` blocks it.
"""

from __future__ import annotations

from typing import Final

from policies.guidelines.rbac import MASTERS

EKS_PREFIX: Final = "eks:"
"""How the user names of EKS's own parts begin, such as eks:addon-manager."""
NODE_PREFIX: Final = "system:node:"
NODES: Final = "system:nodes"
"""The group of kubelets; NodeRestriction lets them make mirror pods and tokens of their own pods only."""
CONTROL_PLANE: Final = ("system:apiserver", "system:kube-controller-manager", "system:kube-scheduler")
"""Without `--use-service-account-credentials`, and for tokens of the accounts, controllers act as the second."""
ACCOUNT_PREFIX: Final = "system:serviceaccount:"

POD_CONTROLLERS: Final = (
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "job-controller",
    "replicaset-controller",
    "replication-controller",
    "statefulset-controller",
)
"""Service accounts in kube-system that make pods, or what makes pods, of what others wrote and rules judged."""
CONTROLLERS: Final = (
    *POD_CONTROLLERS,
    "attachdetach-controller",
    "certificate-controller",
    "clusterrole-aggregation-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pv-protection-controller",
    "pvc-protection-controller",
    "resource-claim-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "route-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "service-controller",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
)
"""Service accounts of Kubernetes's controllers in kube-system (kubernetes v1.35, controller_policy.go)."""
ADDON_OPERATOR: Final = f"{ACCOUNT_PREFIX}amazon-cloudwatch:amazon-cloudwatch-observability-controller-manager"
"""Makes the agents' DaemonSets (aws/amazon-cloudwatch-agent-operator; name from helm-charts, _helpers.tpl)."""


def account(name: str, namespace: str = "kube-system") -> str:
    """The user name of a service account."""
    return f"{ACCOUNT_PREFIX}{namespace}:{name}"


def group_of(namespace: str) -> str:
    """The group of all service accounts of a namespace."""
    return f"system:serviceaccounts:{namespace}"


SYSTEM_USERS: Final = (*CONTROL_PLANE, *(account(name) for name in CONTROLLERS), ADDON_OPERATOR)
SYSTEM_GROUPS: Final = (MASTERS, NODES)
