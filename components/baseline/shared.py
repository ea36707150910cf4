"""The namespaces that every cluster has; no user workload runs there (INH-4).

`default` is closed: restricted, no pods at all, no flows. In kube-system, and in namespaces where nothing runs, labels
only report: EKS's add-ons there are parts of the nodes, and an enforced level would keep nodes from becoming ready.
Patches leave all other fields of these namespaces to Kubernetes, and undo only their own when the stack is destroyed.
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.namespace import DEFAULT_DENY, closed_network
from policies.guidelines.pod_security import labels

DEFAULT: Final = "default"
CLOSED: Final = (DEFAULT, "kube-node-lease", "kube-public")
SYSTEM: Final = "kube-system"


def close_shared_namespaces(name: str, *, opts: pulumi.ResourceOptions) -> None:
    """Label the namespaces, and close `default`."""
    for namespace in CLOSED:
        k8s.core.v1.NamespacePatch(
            f"{name}-{namespace}",
            metadata=k8s.meta.v1.ObjectMetaPatchArgs(
                name=namespace, labels=labels(enforce="restricted", report="restricted")
            ),
            opts=opts,
        )
    k8s.core.v1.NamespacePatch(
        f"{name}-{SYSTEM}",
        metadata=k8s.meta.v1.ObjectMetaPatchArgs(name=SYSTEM, labels=labels(report="baseline")),
        opts=opts,
    )
    k8s.core.v1.ResourceQuota(
        f"{name}-{DEFAULT}-quota",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="nothing-runs-here", namespace=DEFAULT),
        spec=k8s.core.v1.ResourceQuotaSpecArgs(hard={"pods": "0"}),
        opts=opts,
    )
    k8s.networking.v1.NetworkPolicy(
        f"{name}-{DEFAULT}-{DEFAULT_DENY}",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=DEFAULT_DENY, namespace=DEFAULT),
        spec=closed_network()[DEFAULT_DENY],
        opts=opts,
    )
