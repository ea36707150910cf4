"""The default StorageClass: EKS marks none as the default, so a claim without a class would wait forever (INH-4)."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as k8s

STORAGE_CLASS: Final = "encrypted"


def make_storage_class(name: str, *, opts: pulumi.ResourceOptions) -> None:
    """Make the default StorageClass: encrypted gp3 volumes, in the zone where their pod is placed."""
    k8s.storage.v1.StorageClass(
        f"{name}-storage",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=STORAGE_CLASS, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
        ),
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        allow_volume_expansion=True,
        volume_binding_mode="WaitForFirstConsumer",
        opts=opts,
    )
