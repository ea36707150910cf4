"""The emulated EKS's versions, add-ons and access policies, independent of the program's, so that they can conflict.

Sources, each read on 2026-11-28 unless another day is named:

- `VERSIONS`: 1.32 to 1.35 endoflife.date/amazon-eks; 1.36 AWS's release calendar, read 2026-09-12.
- `BUILDS`: builds published by AWS, read 2026-10-02. Current builds: `aws eks describe-addon-versions`.
- `ACCESS_POLICIES`, `RESERVED_PREFIXES`: awsdocs/amazon-eks-user-guide 4d52b4d, latest/ug/manage-access.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Support:
    """Days from which a minor version is no longer in standard, and in extended support."""

    standard_until: datetime.date
    extended_until: datetime.date


VERSIONS: Mapping[str, Support] = {
    "1.32": Support(datetime.date(2026, 3, 23), datetime.date(2027, 3, 23)),
    "1.33": Support(datetime.date(2026, 7, 29), datetime.date(2027, 7, 29)),
    "1.34": Support(datetime.date(2026, 12, 2), datetime.date(2027, 12, 2)),
    "1.35": Support(datetime.date(2027, 3, 27), datetime.date(2028, 3, 27)),
    "1.36": Support(datetime.date(2027, 8, 2), datetime.date(2028, 8, 2)),
}
DEFAULT_VERSION = "1.35"
"""What a cluster gets that asks for none."""
CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")

ACCESS_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSBlockStorageClusterPolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSComputeClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSHybridPolicy",
    "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingClusterPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSViewPolicy",
)
"""AWS has added more since, for its own services."""
RESERVED_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
"""How no Kubernetes user or group of an access entry may begin."""


@dataclass(frozen=True)
class Product:
    """An add-on, in any build."""

    type: str
    namespace: str = "kube-system"
    service_account: str | None = None
    """The account that needs permissions in AWS; None where none does."""


PRODUCTS: Mapping[str, Product] = {
    "amazon-cloudwatch-observability": Product("observability", "amazon-cloudwatch", "cloudwatch-agent"),
    "aws-ebs-csi-driver": Product("storage", service_account="ebs-csi-controller-sa"),
    "aws-efs-csi-driver": Product("storage", service_account="efs-csi-controller-sa"),
    "aws-guardduty-agent": Product("security", "amazon-guardduty"),
    "cert-manager": Product("security", "cert-manager"),
    "coredns": Product("networking"),
    "eks-node-monitoring-agent": Product("observability"),
    "eks-pod-identity-agent": Product("security"),
    "external-dns": Product("networking", "external-dns", "external-dns"),
    "kube-proxy": Product("networking"),
    "metrics-server": Product("observability"),
    "snapshot-controller": Product("storage"),
    "vpc-cni": Product("networking", service_account="aws-node"),
}

BUILDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "amazon-cloudwatch-observability": {"": ("v6.7.0-eksbuild.1", "v4.5.0-eksbuild.1")},
    "aws-ebs-csi-driver": {"": ("v1.66.0-eksbuild.1", "v1.53.0-eksbuild.1")},
    "aws-efs-csi-driver": {"": ("v2.1.14-eksbuild.1",)},
    "aws-guardduty-agent": {"": ("v1.12.1-eksbuild.2",)},
    "cert-manager": {"": ("v1.19.1-eksbuild.1",)},
    "coredns": {
        "1.34": ("v1.12.4-eksbuild.38",),
        "1.35": ("v1.13.2-eksbuild.31",),
        "1.36": ("v1.14.3-eksbuild.23",),
        "": ("v1.11.4-eksbuild.24",),
    },
    "eks-node-monitoring-agent": {"": ("v1.4.2-eksbuild.1",)},
    "eks-pod-identity-agent": {"": ("v1.3.10-eksbuild.3", "v1.3.9-eksbuild.3")},
    "external-dns": {"": ("v0.19.0-eksbuild.3",)},
    "kube-proxy": {
        "1.32": ("v1.32.0-eksbuild.2",),
        "1.33": ("v1.33.0-eksbuild.2",),
        "1.34": ("v1.34.6-eksbuild.29", "v1.34.0-eksbuild.2"),
        "1.35": ("v1.35.3-eksbuild.29", "v1.35.0-eksbuild.2"),
        "1.36": ("v1.36.0-eksbuild.25", "v1.36.0-eksbuild.2"),
    },
    "metrics-server": {"": ("v0.9.0-eksbuild.11", "v0.8.0-eksbuild.5")},
    "snapshot-controller": {"": ("v8.3.0-eksbuild.1",)},
    "vpc-cni": {"": ("v1.22.4-eksbuild.3", "v1.20.4-eksbuild.2")},
}
"""Add-on -> Kubernetes minor, empty for any -> builds, the newest first."""


def builds(addon: str, minor: str) -> list[str]:
    """The builds of an add-on for a Kubernetes minor version, the default first; empty if there is none."""
    offered = BUILDS.get(addon, {})
    return [*offered.get(minor, ()), *offered.get("", ())] if minor in VERSIONS else []


def number(version: str) -> int:
    """The minor number of a version such as 1.35."""
    return int(version.partition(".")[2])
