"""Which builds of which add-on this EKS offers.

This is the sandbox's catalogue, not AWS's: the builds that the project pins, which are published ones, and an older
build of each, so that updates have something to start from. What AWS offers today: `aws eks describe-addon-versions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.guidelines import eks as guideline


@dataclass(frozen=True)
class Product:
    """An add-on, whatever its build."""

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

OLDER: Mapping[str, tuple[str, ...]] = {
    "amazon-cloudwatch-observability": ("v4.5.0-eksbuild.1",),
    "aws-ebs-csi-driver": ("v1.53.0-eksbuild.1",),
    "aws-efs-csi-driver": ("v2.1.14-eksbuild.1",),
    "aws-guardduty-agent": ("v1.12.1-eksbuild.2",),
    "cert-manager": ("v1.19.1-eksbuild.1",),
    "coredns": ("v1.11.4-eksbuild.24",),
    "eks-node-monitoring-agent": ("v1.4.2-eksbuild.1",),
    "eks-pod-identity-agent": ("v1.3.9-eksbuild.3",),
    "external-dns": ("v0.19.0-eksbuild.3",),
    "metrics-server": ("v0.8.0-eksbuild.5",),
    "snapshot-controller": ("v8.3.0-eksbuild.1",),
    "vpc-cni": ("v1.20.4-eksbuild.2",),
}
"""Builds besides the pinned ones, for every minor; kube-proxy's follow the minor."""


def builds(addon: str, minor: str) -> list[str]:
    """The builds of an add-on for a Kubernetes minor, the default one first; empty where there is none."""
    pinned = {str(name): build for name, build in guideline.ADDON_VERSIONS.get(minor, {}).items()}
    older = (f"v{minor}.0-eksbuild.2",) if addon == "kube-proxy" else OLDER.get(addon, ())
    return [build for build in (pinned.get(addon), *older) if build]
