"""Kubernetes rights by which rights grow, and subjects that are everybody (INH-4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

STAR: Final = "*"
EVERY_URL: Final = frozenset({STAR, "/*"})
BUILT_IN: Final = "kubernetes.io/bootstrapping"
"""The label of the roles that Kubernetes makes, cluster-admin among them."""
ESCALATING: Final = frozenset({"escalate", "bind"})
IMPERSONATING: Final = "impersonate"
"""How the verbs begin by which somebody takes another's name, whole or in part (impersonate:user-info)."""


@dataclass(frozen=True)
class Growth:
    """Something by which rights grow."""

    group: str
    resources: frozenset[str]
    verbs: frozenset[str] = frozenset()
    """Those that are enough, besides *; none: * alone."""


WRITING: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
GROWTH: Final = (
    Growth("rbac.authorization.k8s.io", frozenset({"roles", "clusterroles"})),
    Growth("", frozenset({"users", "groups", "serviceaccounts"})),
    Growth("authentication.k8s.io", frozenset({"users", "groups", "serviceaccounts", "uids"})),
    # A websocket is opened by get: it is enough to run commands through the kubelet.
    Growth("", frozenset({"nodes/proxy", "nodes/*", "*/proxy"}), WRITING | {"get", "list", "watch"}),
    Growth("", frozenset({"serviceaccounts/token", "serviceaccounts/*", "*/token"}), frozenset({"create"})),
    # Who takes a webhook away is no longer held back by it.
    Growth(
        "admissionregistration.k8s.io",
        frozenset(
            {
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
                "mutatingadmissionpolicies",
                "mutatingadmissionpolicybindings",
                "validatingadmissionpolicies",
                "validatingadmissionpolicybindings",
            }
        ),
        WRITING,
    ),
    # A certificate is a name, too.
    Growth(
        "certificates.k8s.io",
        frozenset({"certificatesigningrequests/approval", "certificatesigningrequests/*", "*/approval"}),
        frozenset({"update", "patch"}),
    ),
)

ADMINISTRATORS: Final = frozenset({"cluster-admin", "system:kube-controller-manager", "system:node"})
OF_CONTROLLERS: Final = "system:controller:"
"""How the names of roles begin that Kubernetes has for its own controllers: one of them makes any role greater."""
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
