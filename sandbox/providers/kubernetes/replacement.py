"""The changes of an update, and those that replace the object, as in the real provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

IDENTITY: tuple[Path, ...] = (("metadata", "name"), ("metadata", "namespace"))
POD_MUTABLE = ("activeDeadlineSeconds", "tolerations")
VOLUME_SOURCES = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
)  # fmt: skip
FORCING: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("", "PersistentVolume"): tuple(f"spec.{source}" for source in VOLUME_SOURCES),
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName",
    ),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}  # fmt: skip
"""(group, kind) -> fields a change of which replaces the object. Pods, and the data below, are treated apart."""
DATA: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "ConfigMap"): ("binaryData", "data"),
    ("", "Secret"): ("data", "stringData"),
}
"""By default new data is a new object, so that pods which refer to an automatic name are rolled."""


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """Paths at which two bodies differ. Lists count as one value, absent and null as the same."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*new, *old]):
            if not key.startswith("__"):
                yield from differences(old.get(key), new.get(key), (*path, key))
    elif isinstance(new, Mapping) and old is None and new:
        yield from differences({}, new, path)
    elif isinstance(old, Mapping) and new is None and old:
        yield from differences(old, {}, path)
    elif old != new and not (old in ({}, None) and new in ({}, None)):
        yield path


def forces(body: Mapping[str, Any], path: Path, *, mutable_data: bool, patch: bool = False) -> bool:
    """Whether a change at the path replaces the object.

    Args:
        body: the new inputs.
        path: path of the difference from the old inputs.
        mutable_data: whether the provider changes the data of this kind in place.
        patch: whether the resource is a patch, whose object stays unless the patch names another object.
    """
    if patch:
        return path in IDENTITY
    kind = (str(body["apiVersion"]).rpartition("/")[0], str(body["kind"]))
    if kind == ("", "Pod") and path[0] == "spec":
        return path[1] not in POD_MUTABLE if len(path) > 1 else False
    paths = [*IDENTITY, *(tuple(field.split(".")) for field in FORCING.get(kind, ()))]
    if kind in DATA and (not mutable_data or body.get("immutable") is True):
        paths += [(field,) for field in DATA[kind]]
    return any(path[: len(forcing)] == forcing for forcing in paths)


def shown(path: Path) -> str:
    """The path in the engine's format: `metadata.annotations["pulumi.com/skipAwait"]`."""
    text = path[0]
    for key in path[1:]:
        text += f".{key}" if re.fullmatch(r"\w+", key) else f'["{key}"]'
    return text


def at(body: Any, path: str) -> Any:
    """The value at a dotted path; None if there is none."""
    value: Any = body
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
