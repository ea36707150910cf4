"""The namespace of Deis, with the limits of what runs in it (INH-4).

Pod Security: `baseline` is enforced, because the images of controller and builder, and the pods in which the builder
builds, know nothing of `restricted`; what would fail it is warned of and audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.workload import meta
from policies.guidelines.deis import NAMESPACE

POD_SECURITY: Final = {
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/audit-version": "latest",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/warn-version": "latest",
}
QUOTA: Final = {
    "pods": "60",
    "requests.cpu": "32",
    "requests.memory": "64Gi",
    "services.loadbalancers": "0",
    # The three ports of the router, and nobody else's.
    "services.nodeports": "3",
}
BUILD_DEFAULTS: Final = {"cpu": "500m", "memory": "1Gi"}
BUILD_LIMITS: Final = {"memory": "2Gi"}
"""For the pods in which slugs are built: the builder gives them neither requests nor limits."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What everything else in the namespace stands on."""

    namespace: k8s.core.v1.Namespace
    rules: tuple[pulumi.Resource, ...]
    """Namespace, quota and limits: nothing runs before them."""


def make_namespace(name: str, after: Sequence[pulumi.Resource], parent: pulumi.Resource) -> Ground:
    """Makes the namespace after what `after` names, and the limits in it."""
    namespace = k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=NAMESPACE, labels=POD_SECURITY),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after]),
    )
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[namespace])
    quota = k8s.core.v1.ResourceQuota(
        f"{name}-quota", metadata=meta("deis"), spec=k8s.core.v1.ResourceQuotaSpecArgs(hard=QUOTA), opts=opts
    )
    limits = k8s.core.v1.LimitRange(
        f"{name}-limits",
        metadata=meta("deis"),
        spec=k8s.core.v1.LimitRangeSpecArgs(
            limits=[
                k8s.core.v1.LimitRangeItemArgs(type="Container", default_request=BUILD_DEFAULTS, default=BUILD_LIMITS)
            ]
        ),
        opts=opts,
    )
    return Ground(namespace=namespace, rules=(namespace, quota, limits))
