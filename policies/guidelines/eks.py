"""What EKS offers and how long, and which of it a hardened cluster uses (INH-1, INH-4, VPN-MFA).

Tables of facts. Components take their defaults from here; policies judge by the same.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every log that a control plane can write; INH-1 asks for all of them."""

SECRETS: Final = "secrets"
"""The only resource that EKS's encryption configuration knows."""

WIDEST_BOOTSTRAP_PREFIX: Final = 24
"""The widest range that a public endpoint may be opened to while the VPN does not work yet."""
MOST_BOOTSTRAP_RANGES: Final = 10
"""EKS takes 40, which are no longer a few offices."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """How long EKS supports a Kubernetes minor version. The day itself is no longer covered."""

    standard_until: datetime.date
    extended_until: datetime.date


VERSIONS: Final[Mapping[str, Support]] = {
    "1.32": Support(standard_until=datetime.date(2026, 3, 23), extended_until=datetime.date(2027, 3, 23)),
    "1.33": Support(standard_until=datetime.date(2026, 7, 29), extended_until=datetime.date(2027, 7, 29)),
    "1.34": Support(standard_until=datetime.date(2026, 12, 2), extended_until=datetime.date(2027, 12, 2)),
    "1.35": Support(standard_until=datetime.date(2027, 3, 27), extended_until=datetime.date(2028, 3, 27)),
    "1.36": Support(standard_until=datetime.date(2027, 8, 2), extended_until=datetime.date(2028, 8, 2)),
}
"""Minor version -> its support, as AWS gave it on 2026-09-12. A minor that is not here is not known, and refused."""

DEFAULT_VERSION: Final = "1.35"
"""The newest whose add-ons, and whose control plane in the sandbox, are certain."""


def supported(version: str, day: datetime.date) -> bool:
    """Whether EKS patches the version on that day, in standard or extended support."""
    return version in VERSIONS and day < VERSIONS[version].extended_until


def in_standard_support(version: str, day: datetime.date) -> bool:
    """Whether the version still costs the standard price on that day."""
    return version in VERSIONS and day < VERSIONS[version].standard_until


def minor(version: str) -> int:
    """The minor number of a version such as 1.35.

    Raises:
        ValueError: not of that form.
    """
    major, _, number = version.partition(".")
    if major != "1" or not number.isdecimal():
        raise ValueError(f"{version!r} is not a Kubernetes version such as {DEFAULT_VERSION}")
    return int(number)


def upgrade_fault(current: str, wanted: str) -> str | None:
    """Why a cluster cannot go from one minor to the other in one step; None: it can, or nothing changes."""
    step = minor(wanted) - minor(current)
    if step < 0:
        return f"a cluster cannot go back from {current} to {wanted}"
    if step > 1:
        following = f"1.{minor(current) + 1}"
        return f"{current} to {wanted} is {step} minors at once; go up one at a time, next is {following}"
    return None


AddonName = Literal[
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "coredns",
    "eks-pod-identity-agent",
    "kube-proxy",
    "metrics-server",
    "vpc-cni",
]

ADDON_VERSIONS: Final[Mapping[str, Mapping[AddonName, str]]] = {
    # Published builds that run together on the minor, read 2026-10-02; newer: `aws eks describe-addon-versions`.
    "1.34": {
        "amazon-cloudwatch-observability": "v6.7.0-eksbuild.1",
        "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
        "coredns": "v1.12.4-eksbuild.38",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "kube-proxy": "v1.34.6-eksbuild.29",
        "metrics-server": "v0.9.0-eksbuild.11",
        "vpc-cni": "v1.22.4-eksbuild.3",
    },
    "1.35": {
        "amazon-cloudwatch-observability": "v6.7.0-eksbuild.1",
        "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
        "coredns": "v1.13.2-eksbuild.31",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "kube-proxy": "v1.35.3-eksbuild.29",
        "metrics-server": "v0.9.0-eksbuild.11",
        "vpc-cni": "v1.22.4-eksbuild.3",
    },
    "1.36": {
        "amazon-cloudwatch-observability": "v6.7.0-eksbuild.1",
        "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
        "coredns": "v1.14.3-eksbuild.23",
        "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "kube-proxy": "v1.36.0-eksbuild.25",
        "metrics-server": "v0.9.0-eksbuild.11",
        "vpc-cni": "v1.22.4-eksbuild.3",
    },
}
"""Minor version -> add-on -> the build that is installed. Only minors with a row here can be made or upgraded to."""

NodeImage = Literal["AL2023", "BOTTLEROCKET"]
Architecture = Literal["x86_64", "arm64"]

AMI_TYPES: Final[Mapping[tuple[NodeImage, Architecture], str]] = {
    ("AL2023", "x86_64"): "AL2023_x86_64_STANDARD",
    ("AL2023", "arm64"): "AL2023_ARM_64_STANDARD",
    ("BOTTLEROCKET", "x86_64"): "BOTTLEROCKET_x86_64",
    ("BOTTLEROCKET", "arm64"): "BOTTLEROCKET_ARM_64",
}
"""The AMI types of node groups that this project uses; AL2 is out of support."""

SYSTEM_NAMESPACES: Final = ("kube-system", "amazon-cloudwatch", "amazon-guardduty")
"""Where EKS's add-ons and GuardDuty's agent run: parts of the nodes, which need what nobody else may have."""
KUBERNETES_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
"""What every cluster has from its first moment."""
RESERVED_NAMESPACES: Final = tuple(dict.fromkeys((*SYSTEM_NAMESPACES, *KUBERNETES_NAMESPACES)))
RESERVED_PREFIXES: Final = ("kube-", "amazon-", "aws-", "eks-")
"""How the names of namespaces begin that Kubernetes, EKS and its add-ons have or may come to have."""

ACCESS_POLICIES: Final = {
    "admin": "AmazonEKSClusterAdminPolicy",
    "edit": "AmazonEKSEditPolicy",
    "view": "AmazonEKSViewPolicy",
}
"""Access policies by what they allow; AmazonEKSViewPolicy shows no Secrets."""

FORBIDDEN_GROUP_PREFIXES: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")
"""Kubernetes groups that no access entry may name: EKS refuses them, `system:masters` above all."""
