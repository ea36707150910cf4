"""Readiness of an object, as pulumi-kubernetes's provider/pkg/await waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import HASTE, NO_MATCH, Api
from sandbox.providers.kubernetes.pods import container_faults, pods_told
from sandbox.providers.kubernetes.replacement import at

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 1.5
DEFAULT_TIMEOUT_SECONDS = 600.0
SETTLED_SECONDS = 10 / HASTE
"""A Service is ready when its endpoints have not changed for so long."""
LIMITS = {
    ("", "PersistentVolume"): 300,
    ("", "PersistentVolumeClaim"): 300,
    ("", "ResourceQuota"): 60,
    ("", "Secret"): 5,
}
"""(group, kind) -> seconds that the object is waited for, whatever timeout is given."""
SKIP_AWAIT, TIMEOUT_SECONDS = "pulumi.com/skipAwait", "pulumi.com/timeoutSeconds"
SKIPPING_DELETION = {"DaemonSet", "Deployment", "Job", "Namespace", "Pod", "ReplicationController", "StatefulSet"}
"""Kinds whose deletion is not awaited either when the await is skipped."""
READ = {"DaemonSet", "Deployment", "Ingress", "Job", "Pod", "Service", "StatefulSet"}
"""Kinds whose readiness a refresh looks at."""
Body = Mapping[str, Any]


class NotReady(ProviderError):
    """The object exists, and did not become ready."""


def await_ready(api: Api, body: Body, timeout: float) -> dict[str, Any]:
    """Wait until the object is ready; return the live object.

    Args:
        timeout: seconds set by the program; 0: the annotation's, or ten minutes.

    Raises:
        NotReady: it failed, or the time ran out; the message has the reason and where to look.
    """
    deadline = time.monotonic() + LIMITS.get(group_kind(body), seconds(body, timeout))
    changed, version = time.monotonic(), ""
    for pause in _pauses():
        live = api.get(body)
        if live is None:
            raise NotReady(f"{named(body)} vanished while it was waited for")
        missing = lacking(api, live)
        if missing is None and _targets_pods(live) and not skips_await(live):
            current = str(at(_endpoints(api, live), "metadata.resourceVersion"))
            if current != version:
                changed, version = time.monotonic(), current
            if time.monotonic() - changed < SETTLED_SECONDS:
                missing = "its endpoints have changed just now"
        if missing is None:
            return live
        if time.monotonic() > deadline:
            raise NotReady(f"{named(body)} is not ready in time: {missing}{pods_told(api, live)}")
        time.sleep(pause)
    raise AssertionError("the pauses never end")


def seconds(body: Body, timeout: float) -> float:
    """The timeout of the object."""
    annotated = (at(body, "metadata.annotations") or {}).get(TIMEOUT_SECONDS)
    return timeout or float(annotated or DEFAULT_TIMEOUT_SECONDS)


def skips_await(body: Body) -> bool:
    """Whether the object has the annotation to skip waiting."""
    return (at(body, "metadata.annotations") or {}).get(SKIP_AWAIT) == "true"


def group_kind(body: Body) -> tuple[str, str]:
    """(group, kind) of an object; the core group is empty."""
    return str(body["apiVersion"]).rpartition("/")[0], body["kind"]


def lacking(api: Api, live: Body) -> str | None:
    """The missing conditions of a live object; None when it is ready.

    Raises:
        NotReady: it has failed and will not become ready.
    """
    check = None if skips_await(live) else CHECKS.get(group_kind(live))
    return check(api, live) if check else None


def await_gone(api: Api, body: Body, uid: str | None, timeout: float) -> None:
    """Return once the object, or the object with that UID, is deleted.

    Raises:
        NotReady: it still exists after the timeout; the message has the reason.
    """
    deadline = time.monotonic() + timeout
    for pause in _pauses():
        live = _get_if_served(api, body)
        if live is None or uid not in (None, live["metadata"]["uid"]):
            return
        if time.monotonic() > deadline:
            raise NotReady(f"{named(body)} is still being deleted; it is held by {_holders(live)}")
        time.sleep(pause)


def _get_if_served(api: Api, body: Body) -> dict[str, Any] | None:
    try:
        return api.get(body)
    except ProviderError as fault:
        if fault.code == NO_MATCH:
            return None
        raise


def _holders(live: Body) -> str:
    finalizers = [*(live["metadata"].get("finalizers") or []), *(at(live, "spec.finalizers") or [])]
    messages = [
        condition.get("message", "")
        for condition in at(live, "status.conditions") or []
        if condition["status"] == "True" and condition["type"].startswith("Namespace")
    ]
    return "; ".join([f"finalizers {', '.join(finalizers) or 'unknown'}", *filter(None, messages)])


def _pauses() -> Iterator[float]:
    """Short at first, so that fast objects are fast; longer later, to relieve the API server."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)


def _seen(live: Body) -> bool:
    """Whether the controller has observed the latest change."""
    return (at(live, "status.observedGeneration") or 0) >= live["metadata"]["generation"]


def _conditions(live: Body) -> dict[str, dict[str, Any]]:
    return {condition["type"]: condition for condition in at(live, "status.conditions") or []}


def _deployment(api: Api, live: Body) -> str | None:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    if not _seen(live):
        return "its controller has not seen the change yet"
    progress = _conditions(live).get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        raise NotReady(f"{named(live)}: {progress.get('message')}{pods_told(api, live)}")
    available = min(status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    old = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return None if available >= wanted and old <= 0 else f"{available} of {wanted} replicas are available"


def _stateful_set(api: Api, live: Body) -> str | None:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    ready = min(status.get("updatedReplicas", 0), status.get("readyReplicas", 0))
    current = status.get("currentRevision") == status.get("updateRevision") or ready >= wanted
    return None if _seen(live) and current and ready >= wanted else f"{ready} of {wanted} replicas are ready"


def _daemon_set(api: Api, live: Body) -> str | None:
    status = live.get("status") or {}
    wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    current = status.get("updatedNumberScheduled", 0) >= wanted
    return None if _seen(live) and current and ready >= wanted else f"{ready} of {wanted} pods are ready"


def _job(api: Api, live: Body) -> str | None:
    conditions = _conditions(live)
    failed = conditions.get("Failed", {})
    if failed.get("status") == "True":
        raise NotReady(
            f"{named(live)} failed: {failed.get('reason')}: {failed.get('message')}{pods_told(api, live)};"
            f" see `kubectl logs -n {live['metadata']['namespace']} job/{live['metadata']['name']}`"
        )
    return None if conditions.get("Complete", {}).get("status") == "True" else "it has not completed"


def _targets_pods(live: Body) -> bool:
    spec = live.get("spec") or {}
    selects = live["kind"] == "Service" and bool(spec.get("selector"))
    return selects and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None"


def _endpoints(api: Api, live: Body) -> dict[str, Any] | None:
    names = {key: live["metadata"][key] for key in ("name", "namespace")}
    return api.get({"apiVersion": "v1", "kind": "Endpoints", "metadata": names})


def _service(api: Api, live: Body) -> str | None:
    """Ready with an address, if it has a load balancer, and without selected pods that are not ready."""
    if at(live, "spec.type") == "LoadBalancer" and not at(live, "status.loadBalancer.ingress"):
        return "its load balancer has no address"
    if not _targets_pods(live):
        return None
    endpoints = _endpoints(api, live)
    if endpoints is None:
        return "its endpoints are not known yet"
    pending = any(subset.get("notReadyAddresses") for subset in endpoints.get("subsets") or [])
    return "pods that its selector matches are not ready" if pending else None


def _ingress(api: Api, live: Body) -> str | None:
    return None if at(live, "status.loadBalancer.ingress") else "it has no address"


def _pod(api: Api, live: Body) -> str | None:
    phase = at(live, "status.phase")
    if phase == "Failed":
        raise NotReady(f"{named(live)} failed{container_faults(live)}")
    ready = _conditions(live).get("Ready", {}).get("status") == "True"
    return None if phase == "Succeeded" or ready else f"it is not Ready{container_faults(live)}"


def _quota(api: Api, live: Body) -> str | None:
    return None if at(live, "status.hard") == at(live, "spec.hard") else "its controller has not counted yet"


def _volume(api: Api, live: Body) -> str | None:
    return None if at(live, "status.phase") in ("Available", "Bound") else "it is neither available nor bound"


def _token(api: Api, live: Body) -> str | None:
    issued = live.get("type") != "kubernetes.io/service-account-token" or live.get("data")
    return None if issued else "it holds no token"


def _claim(api: Api, live: Body) -> str | None:
    """Bound, or waiting for its first consumer, which comes later."""
    if at(live, "status.phase") == "Bound":
        return None
    name = at(live, "spec.storageClassName")
    found = (
        api.get({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}})
        if name
        else None
    )
    later = found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"
    return None if later else "it is not bound to a volume"


CHECKS: dict[tuple[str, str], Callable[[Api, Body], str | None]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("", "PersistentVolume"): _volume,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "ResourceQuota"): _quota,
    ("", "Secret"): _token,
    ("", "Service"): _service,
}
"""(group, kind) -> what is missing until the object is ready, or None. Other kinds are ready when they exist."""


def named(body: Body) -> str:
    """`Kind namespace/name`."""
    metadata = body["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{body['kind']} {place}{metadata['name']}"
