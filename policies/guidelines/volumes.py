"""Where volumes of pods may come from (INH-4)."""

from __future__ import annotations

from typing import Final

EBS_PROVISIONERS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})
VOLUME_DRIVERS: Final = frozenset(
    {
        "ebs.csi.aws.com",
        "ebs.csi.eks.amazonaws.com",
        "efs.csi.aws.com",
        "file.csi.aws.com",
        "fsx.csi.aws.com",
        "fsx.openzfs.csi.aws.com",
        "s3.csi.aws.com",
    }
)
"""CSI drivers of AWS's own storage (EKS User Guide, "Store application data"; read 2026-11-28)."""
ON_NODE: Final = ("flexVolume", "hostPath", "local")
"""Sources of a persistent volume that are a path, a device or a program of a node."""
