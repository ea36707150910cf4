"""What makes pods in Kubernetes, and where each kind describes them (INH-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A kind that is a pod, or makes some."""

    kind: str
    resource: str
    """Its name in paths of the API."""
    group: str = ""
    template: tuple[str, ...] = ("spec", "template")
    """Fields that lead to the description of the pod: an object with metadata and spec."""


WORKLOADS: Final = (
    Workload(kind="Pod", resource="pods", template=()),
    Workload(kind="PodTemplate", resource="podtemplates", template=("template",)),
    Workload(kind="ReplicationController", resource="replicationcontrollers"),
    Workload(kind="Deployment", resource="deployments", group="apps"),
    Workload(kind="StatefulSet", resource="statefulsets", group="apps"),
    Workload(kind="DaemonSet", resource="daemonsets", group="apps"),
    Workload(kind="ReplicaSet", resource="replicasets", group="apps"),
    Workload(kind="Job", resource="jobs", group="batch"),
    Workload(kind="CronJob", resource="cronjobs", group="batch", template=("spec", "jobTemplate", "spec", "template")),
)
"""Everything that makes pods, in the versions that Kubernetes serves."""
CONTAINER_LISTS: Final = ("containers", "initContainers", "ephemeralContainers")
EPHEMERAL: Final = "pods/ephemeralcontainers"
"""The subresource by which containers come into a pod that runs."""
TASKS: Final = frozenset({"Job", "CronJob"})
"""What runs to an end, and serves nobody."""
