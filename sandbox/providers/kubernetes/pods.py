"""The reasons in the status of pods that do not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.kubernetes.api import Api
from sandbox.providers.kubernetes.replacement import at

Body = Mapping[str, Any]


def pods_told(api: Api, live: Body) -> str:
    """The reasons of a controller's pods."""
    labels = at(live, "spec.selector.matchLabels")
    if not labels or live["kind"] not in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
        return ""
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = api.list("v1", "Pod", live["metadata"]["namespace"], selector)
    reasons = dict.fromkeys(f"pod {pod['metadata']['name']}{fault}" for pod in pods if (fault := container_faults(pod)))
    return "".join(f"; {line}" for line in list(reasons)[:3])


def container_faults(pod: Body) -> str:
    """Why a pod does not run, from its status: never from its log, which may contain secrets."""
    reasons = [
        f"{condition['reason']}: {condition.get('message', '')}"
        for condition in at(pod, "status.conditions") or []
        if condition["type"] == "PodScheduled" and condition["status"] == "False" and condition.get("reason")
    ]
    for container in [*(at(pod, "status.initContainerStatuses") or []), *(at(pod, "status.containerStatuses") or [])]:
        waiting, ended = at(container, "state.waiting") or {}, at(container, "state.terminated") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            reasons.append(f"container {container['name']}: {waiting['reason']}")
        elif ended.get("exitCode"):
            reasons.append(f"container {container['name']}: {ended.get('reason')}, exit code {ended['exitCode']}")
    if not reasons and at(pod, "status.reason"):
        reasons.append(f"{at(pod, 'status.reason')}: {at(pod, 'status.message') or ''}")
    return f" ({'; '.join(reasons)})" if reasons else ""
