"""Which fields Kubernetes does not let anyone change: a change of one replaces the object."""

from __future__ import annotations

from typing import Any

POD_CONTROLLERS = {"Deployment", "DaemonSet", "ReplicaSet"}
STATEFUL_SET_MUTABLE = {
    "replicas", "template", "updateStrategy", "ordinals", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    "revisionHistoryLimit",
}  # fmt: skip
JOB_IMMUTABLE = ("selector", "template", "completionMode", "manualSelector", "podReplacementPolicy")


def forcing_fields(kind: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Paths of the immutable fields in which two bodies of a kind differ."""
    paths = ["kind", "apiVersion", "metadata.name", "metadata.namespace"]
    if kind in POD_CONTROLLERS:
        paths.append("spec.selector")
    elif kind == "StatefulSet":
        named = {*(old.get("spec") or {}), *(new.get("spec") or {})}
        paths += [f"spec.{field}" for field in sorted(named - STATEFUL_SET_MUTABLE)]
    elif kind == "Job":
        paths += [f"spec.{field}" for field in JOB_IMMUTABLE]
    elif kind in ("Secret", "ConfigMap"):
        paths += ["type", "immutable"] if kind == "Secret" else ["immutable"]
        if old.get("immutable"):
            paths += ["data", "stringData", "binaryData"]
    elif kind in ("RoleBinding", "ClusterRoleBinding"):
        paths.append("roleRef")
    elif kind == "Service":
        paths.append("spec.clusterIP")
    elif kind == "PersistentVolumeClaim":
        paths += ["spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode", "spec.selector"]
    elif kind == "StorageClass":
        paths += ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]
    elif kind == "Pod":
        paths.append("spec")
    return [path for path in paths if at(old, path) != at(new, path)]


def at(body: dict[str, Any], path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = body
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
