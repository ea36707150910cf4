"""Where volumes of pods may come from (INH-4)."""

from __future__ import annotations

from typing import Final

EBS_PROVISIONERS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})
AWS_DRIVERS: Final = (
    *sorted(EBS_PROVISIONERS),
    "efs.csi.aws.com",
    "fsx.csi.aws.com",
    "fsx.openzfs.csi.aws.com",
    "s3.csi.aws.com",
)
INLINE_DRIVERS: Final = ("secrets-store.csi.k8s.io", "csi.cert-manager.io", "spiffe.csi.cert-manager.io")
"""Drivers of volumes that a pod describes itself; they give it Secrets and certificates of its own."""
PLAIN_CLASSES: Final = ("gp2",)
"""Classes that EKS itself creates in a cluster; their volumes are encrypted only where the account's default says so
(EKS user guide at 4d52b4d, kubernetes-versions-standard.adoc: in every new cluster, since 1.30 not as the default)."""
CLASS_ANNOTATION: Final = "volume.beta.kubernetes.io/storage-class"
"""Annotation of a claim that names its class, as spec.storageClassName does."""
NETWORKED: Final = ("csi", "awsElasticBlockStore", "nfs")
"""Sources of persistent volumes that are no part of a node."""
NODE_PROGRAMS: Final = {
    "gitRepo": "a repository whose hooks may run on the node (CVE-2024-10220)",
    "flexVolume": "a volume that a program on the node makes",
}
NOT_SOURCES: Final = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)
"""Fields of a persistent volume that say nothing of where it is."""
