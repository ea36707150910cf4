"""When an object is ready, as the real provider waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import Api

POLL_SECONDS = 0.25
SKIP_AWAIT, TIMEOUT_SECONDS = "pulumi.com/skipAwait", "pulumi.com/timeoutSeconds"


class NotReady(ProviderError):
    """The object exists, and did not become ready."""


def await_ready(api: Api, body: dict[str, Any], timeout: float) -> dict[str, Any]:
    """The live object once it is ready.

    Raises:
        NotReady: it failed, or the time ran out; the message says what is missing and where to look.
    """
    annotations = body["metadata"].get("annotations") or {}
    ready = CHECKS.get(body["kind"])
    deadline = time.monotonic() + float(annotations.get(TIMEOUT_SECONDS) or timeout)
    while True:
        live = api.get(body)
        if live is None:
            raise NotReady(f"{_named(body)} vanished while it was waited for")
        missing = None if ready is None or annotations.get(SKIP_AWAIT) == "true" else ready(api, live)
        if missing is None:
            return live
        if time.monotonic() > deadline:
            raise NotReady(f"{_named(body)} is not ready in time: {missing}")
        time.sleep(POLL_SECONDS)


def await_gone(api: Api, body: dict[str, Any], uid: str | None, timeout: float) -> None:
    """Returns once the object, or the one of that UID, is gone.

    Raises:
        NotReady: it is still there when the time is up; the message names the finalizers that hold it.
    """
    deadline = time.monotonic() + timeout
    while (live := api.get(body)) is not None and uid in (None, live["metadata"]["uid"]):
        if time.monotonic() > deadline:
            held = ", ".join(live["metadata"].get("finalizers") or []) or "nothing named"
            raise NotReady(f"{_named(body)} is still being deleted; it is held by {held}")
        time.sleep(POLL_SECONDS)


def _deployment(api: Api, live: dict[str, Any]) -> str | None:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    for condition in status.get("conditions") or []:
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            raise NotReady(f"{_named(live)}: {condition.get('message')}")
    if status.get("observedGeneration", 0) < live["metadata"]["generation"]:
        return "its controller has not seen the change yet"
    available = min(status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    old = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return None if available >= wanted and old <= 0 else f"{available} of {wanted} replicas are available"


def _stateful_set(api: Api, live: dict[str, Any]) -> str | None:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    ready = min(status.get("updatedReplicas", status.get("readyReplicas", 0)), status.get("readyReplicas", 0))
    seen = status.get("observedGeneration", 0) >= live["metadata"]["generation"]
    return None if seen and ready >= wanted else f"{ready} of {wanted} replicas are ready"


def _daemon_set(api: Api, live: dict[str, Any]) -> str | None:
    status = live.get("status") or {}
    wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    seen = status.get("observedGeneration", 0) >= live["metadata"]["generation"]
    current = status.get("updatedNumberScheduled", 0) >= wanted
    return None if seen and current and ready >= wanted else f"{ready} of {wanted} pods are ready"


def _job(api: Api, live: dict[str, Any]) -> str | None:
    for condition in (live.get("status") or {}).get("conditions") or []:
        if condition["status"] != "True":
            continue
        if condition["type"] == "Complete":
            return None
        if condition["type"] == "Failed":
            place = live["metadata"]["namespace"]
            raise NotReady(
                f"{_named(live)} failed: {condition.get('reason')}: {condition.get('message')};"
                f" see `kubectl logs -n {place} job/{live['metadata']['name']}`"
            )
    return "it has not completed"


def _service(api: Api, live: dict[str, Any]) -> str | None:
    spec = live["spec"]
    if spec.get("type") == "ExternalName":
        return None
    if spec.get("type") == "LoadBalancer" and not ((live.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        return "its load balancer has no address"
    if not spec.get("selector") or spec.get("clusterIP") == "None":
        return None
    named = f"kubernetes.io/service-name%3D{live['metadata']['name']}"
    slices = api.list("discovery.k8s.io/v1", "EndpointSlice", live["metadata"]["namespace"], {"labelSelector": named})
    ready = any(
        (endpoint.get("conditions") or {}).get("ready") for piece in slices for endpoint in piece.get("endpoints") or []
    )
    return None if ready else f"no ready pod matches its selector (annotate {SKIP_AWAIT} if pods come later)"


def _pod(api: Api, live: dict[str, Any]) -> str | None:
    status = live.get("status") or {}
    if status.get("phase") == "Failed":
        raise NotReady(f"{_named(live)} failed: {status.get('reason') or status.get('message') or 'see its log'}")
    conditions = {condition["type"]: condition["status"] for condition in status.get("conditions") or []}
    return None if status.get("phase") == "Succeeded" or conditions.get("Ready") == "True" else "it is not Ready"


def _namespace(api: Api, live: dict[str, Any]) -> str | None:
    return None if (live.get("status") or {}).get("phase") == "Active" else "it is not Active"


CHECKS: dict[str, Callable[[Api, dict[str, Any]], str | None]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Service": _service,
    "Pod": _pod,
    "Namespace": _namespace,
}
"""Kind -> what is missing until the object is ready; None when nothing is. Other kinds are ready when they exist."""


def _named(body: dict[str, Any]) -> str:
    metadata = body["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{body['kind']} {place}{metadata['name']}"
