"""A namespace that is closed from its creation, for any workload (INH-4).

It has Pod Security labels of a pinned version, a quota, default sizes for containers, no token for pods without an
account, and network policies that allow no traffic except DNS; further policies open further flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from policies.guidelines.pod_security import Level, labels
from policies.guidelines.rbac import DEFAULT_ACCOUNT

net = k8s.networking.v1

DNS: Final = 53
DEFAULT_DENY: Final = "default-deny"
EVERYONE: Final = k8s.meta.v1.LabelSelectorArgs()
"""Every pod of the namespace."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Quota of a namespace and limits of its containers."""

    quota: Mapping[str, str]
    """Resource -> amount, as Kubernetes spells them."""
    default_requests: Mapping[str, str] = field(default_factory=dict)
    default_limits: Mapping[str, str] = field(default_factory=dict)
    """Of containers that name none."""


@dataclass(frozen=True, kw_only=True)
class NamespaceBase:
    """Resources on which everything else in the namespace depends."""

    namespace: k8s.core.v1.Namespace
    rules: tuple[pulumi.Resource, ...]
    """Namespace, quota, limits and the default account without a token: nothing runs before them."""


def closed_network() -> dict[str, k8s.networking.v1.NetworkPolicySpecArgs]:
    """Name -> network policy of a namespace in which only DNS is open."""
    dns = net.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"}),
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
    )
    ports = [net.NetworkPolicyPortArgs(port=DNS, protocol=protocol) for protocol in ("UDP", "TCP")]
    return {
        DEFAULT_DENY: net.NetworkPolicySpecArgs(pod_selector=EVERYONE, policy_types=["Ingress", "Egress"]),
        "dns": net.NetworkPolicySpecArgs(
            pod_selector=EVERYONE,
            policy_types=["Egress"],
            egress=[net.NetworkPolicyEgressRuleArgs(to=[dns], ports=ports)],
        ),
    }


def make_namespace(
    name: str,
    namespace: str,
    limits: Limits,
    *,
    enforce: Level,
    labelled: Mapping[str, str] | None = None,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> NamespaceBase:
    """Make the namespace and its limits; pods below `restricted` are warned about and audited in any case.

    Args:
        name: prefix of the resource names.
        namespace: its name in the cluster.
        limits: its quota, and the defaults of its containers.
        enforce: the Pod Security level that is enforced.
        labelled: labels of the quota and the limits.
        after: resources on which it depends.
        parent: the parent component.
    """
    made = k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=namespace, labels=labels(enforce=enforce, report="restricted")),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after]),
    )
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[made])
    metadata = k8s.meta.v1.ObjectMetaArgs(name=namespace, namespace=namespace, labels=labelled)
    quota = k8s.core.v1.ResourceQuota(
        f"{name}-quota", metadata=metadata, spec=k8s.core.v1.ResourceQuotaSpecArgs(hard=limits.quota), opts=opts
    )
    sizes = k8s.core.v1.LimitRange(
        f"{name}-limits",
        metadata=metadata,
        spec=k8s.core.v1.LimitRangeSpecArgs(
            limits=[
                k8s.core.v1.LimitRangeItemArgs(
                    type="Container", default_request=limits.default_requests, default=limits.default_limits
                )
            ]
        ),
        opts=opts,
    )
    # Kubernetes creates the account, and gives its token to every pod without an account.
    account = k8s.core.v1.ServiceAccountPatch(
        f"{name}-default-account",
        metadata=k8s.meta.v1.ObjectMetaPatchArgs(name=DEFAULT_ACCOUNT, namespace=namespace),
        automount_service_account_token=False,
        opts=opts,
    )
    return NamespaceBase(namespace=made, rules=(made, quota, sizes, account))
