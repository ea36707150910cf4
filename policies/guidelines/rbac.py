"""Kubernetes rights by which rights grow, and subjects that are everybody (INH-4)."""

from __future__ import annotations

import re
from typing import Final

STAR: Final = "*"
EVERY_URL: Final = frozenset({STAR, "/*"})
BUILT_IN: Final = "kubernetes.io/bootstrapping"
"""The label of the roles that Kubernetes makes, cluster-admin among them."""
ESCALATING: Final = frozenset({"escalate", "bind"})
IMPERSONATING: Final = "impersonate"
"""How the verbs begin by which somebody takes another's name, whole or in part (impersonate:user-info)."""


EVERYTHING: Final = "cluster-admin"
POWERFUL: Final = frozenset(
    {
        EVERYTHING,
        "admin",
        "edit",
        "system:aggregate-to-edit",
        "system:controller:certificate-controller",
        "system:controller:clusterrole-aggregation-controller",
        "system:controller:cronjob-controller",
        "system:controller:daemon-set-controller",
        "system:controller:deployment-controller",
        "system:controller:expand-controller",
        "system:controller:generic-garbage-collector",
        "system:controller:job-controller",
        "system:controller:legacy-service-account-token-cleaner",
        "system:controller:namespace-controller",
        "system:controller:persistent-volume-binder",
        "system:controller:pv-protection-controller",
        "system:controller:replicaset-controller",
        "system:controller:replication-controller",
        "system:controller:resourcequota-controller",
        "system:controller:statefulset-controller",
        "system:controller:storage-version-migrator-controller",
        "system:kube-controller-manager",
        "system:kubelet-api-admin",
        "system:node",
        "system:persistent-volume-provisioner",
        "system:volume-scheduler",
    }
)
"""Roles of Kubernetes itself that lead to the cluster's administration, or to every Secret, where they are bound in the
whole cluster; a test derives them from the rules of each (policies/rules/rbac/facts)."""
MASTERS: Final = "system:masters"
"""The group that no rule holds back."""
EVERYBODY: Final = frozenset(
    {"system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"}
)
OF_NAMESPACE: Final = "system:serviceaccounts:"
"""How the names of groups begin that all service accounts of a namespace are in."""
DEFAULT_ACCOUNT: Final = "default"
"""The service account of every pod that names none."""
DEFAULT_AS_USER: Final = re.compile(rf"system:serviceaccount:[^:]*:{DEFAULT_ACCOUNT}")
"""The same account, by the name that it has as a user."""
