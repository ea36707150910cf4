"""Attacks by Kubernetes RBAC."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

ATTACKS: Final = (
    Attack(
        name="bind_everybody_to_cluster_admin",
        requirement="INH-4",
        why="Every account of the cluster becomes an administrator.",
        items=(
            Item(
                type="kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
                props={
                    "metadata": {"name": "everybody"},
                    "roleRef": {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "ClusterRole",
                        "name": "cluster-admin",
                    },
                    "subjects": [{"kind": "Group", "name": "system:authenticated"}],
                },
            ),
        ),
        blocked_by="rbac-no-cluster-admin-binding",
        admission=True,
    ),
)
