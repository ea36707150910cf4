"""When an object is ready, as the real provider waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import NO_MATCH, Api
from sandbox.providers.kubernetes.replacement import at

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 1.5
SKIP_AWAIT, TIMEOUT_SECONDS = "pulumi.com/skipAwait", "pulumi.com/timeoutSeconds"
Body = Mapping[str, Any]


class NotReady(ProviderError):
    """The object exists, and did not become ready."""


def await_ready(api: Api, body: Body, timeout: float) -> dict[str, Any]:
    """The live object once it is ready.

    Raises:
        NotReady: it failed, or the time ran out; the message says what is missing and where to look.
    """
    annotations = at(body, "metadata.annotations") or {}
    deadline = time.monotonic() + float(annotations.get(TIMEOUT_SECONDS) or timeout)
    for pause in _pauses():
        live = api.get(body)
        if live is None:
            raise NotReady(f"{named(body)} vanished while it was waited for")
        missing = lacking(api, live)
        if missing is None:
            return live
        if time.monotonic() > deadline:
            raise NotReady(f"{named(body)} is not ready in time: {missing}{_pods_told(api, live)}")
        time.sleep(pause)
    raise AssertionError("the pauses never end")


def lacking(api: Api, live: Body) -> str | None:
    """What a live object still lacks; None when it is ready.

    Raises:
        NotReady: it has failed and will not become ready.
    """
    if (at(live, "metadata.annotations") or {}).get(SKIP_AWAIT) == "true":
        return None
    check = CHECKS.get((str(live["apiVersion"]).rpartition("/")[0], live["kind"]))
    return check(api, live) if check else None


def await_gone(api: Api, body: Body, uid: str | None, timeout: float) -> None:
    """Returns once the object, or the one of that UID, is gone.

    Raises:
        NotReady: it is still there when the time is up; the message says what holds it.
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
    told = [
        condition.get("message", "")
        for condition in at(live, "status.conditions") or []
        if condition["status"] == "True" and condition["type"].startswith("Namespace")
    ]
    return "; ".join([f"finalizers {', '.join(finalizers) or 'unknown'}", *filter(None, told)])


def _pauses() -> Iterator[float]:
    """Short at first, so that quick things are quick; longer later, so that the API server can work."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)


def _seen(live: Body) -> bool:
    """Whether the controller has seen the latest change."""
    return (at(live, "status.observedGeneration") or 0) >= live["metadata"]["generation"]


def _conditions(live: Body) -> dict[str, dict[str, Any]]:
    return {condition["type"]: condition for condition in at(live, "status.conditions") or []}


def _deployment(api: Api, live: Body) -> str | None:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    if not _seen(live):
        return "its controller has not seen the change yet"
    progress = _conditions(live).get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        raise NotReady(f"{named(live)}: {progress.get('message')}{_pods_told(api, live)}")
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
            f"{named(live)} failed: {failed.get('reason')}: {failed.get('message')}{_pods_told(api, live)};"
            f" see `kubectl logs -n {live['metadata']['namespace']} job/{live['metadata']['name']}`"
        )
    return None if conditions.get("Complete", {}).get("status") == "True" else "it has not completed"


def _service(api: Api, live: Body) -> str | None:
    spec, metadata = live["spec"], live["metadata"]
    if spec.get("type") == "ExternalName":
        return None
    if spec.get("type") == "LoadBalancer" and not at(live, "status.loadBalancer.ingress"):
        return "its load balancer has no address"
    # A headless service, or one whose endpoints others make, is not waited for.
    if not spec.get("selector") or spec.get("clusterIP") == "None":
        return None
    label = f"kubernetes.io/service-name={metadata['name']}"
    slices = api.list("discovery.k8s.io/v1", "EndpointSlice", metadata["namespace"], label)
    ready = any(at(endpoint, "conditions.ready") for piece in slices for endpoint in piece.get("endpoints") or [])
    return None if ready else f"no ready pod matches its selector (annotate {SKIP_AWAIT}: 'true' if pods come later)"


def _ingress(api: Api, live: Body) -> str | None:
    return None if at(live, "status.loadBalancer.ingress") else "it has no address"


def _pod(api: Api, live: Body) -> str | None:
    phase = at(live, "status.phase")
    if phase == "Failed":
        raise NotReady(f"{named(live)} failed{_container_faults(live)}")
    ready = _conditions(live).get("Ready", {}).get("status") == "True"
    return None if phase == "Succeeded" or ready else f"it is not Ready{_container_faults(live)}"


def _namespace(api: Api, live: Body) -> str | None:
    return None if at(live, "status.phase") == "Active" else "it is not Active"


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


def _definition(api: Api, live: Body) -> str | None:
    established = _conditions(live).get("Established", {}).get("status") == "True"
    return None if established else "its API is not served yet"


CHECKS: dict[tuple[str, str], Callable[[Api, Body], str | None]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("batch", "Job"): _job,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
}
"""(group, kind) -> what is missing until the object is ready, or None. Other kinds are ready when they exist."""


def _pods_told(api: Api, live: Body) -> str:
    """What the pods of a controller say about themselves."""
    labels = at(live, "spec.selector.matchLabels")
    if not labels or live["kind"] not in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
        return ""
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = api.list("v1", "Pod", live["metadata"]["namespace"], selector)
    told = dict.fromkeys(f"pod {pod['metadata']['name']}{fault}" for pod in pods if (fault := _container_faults(pod)))
    return "".join(f"; {line}" for line in list(told)[:3])


def _container_faults(pod: Body) -> str:
    """Why a pod does not run, in the words of its status: never what its log says, which may hold secrets."""
    told = [
        f"{condition['reason']}: {condition.get('message', '')}"
        for condition in at(pod, "status.conditions") or []
        if condition["type"] == "PodScheduled" and condition["status"] == "False" and condition.get("reason")
    ]
    for container in [*(at(pod, "status.initContainerStatuses") or []), *(at(pod, "status.containerStatuses") or [])]:
        waiting, ended = at(container, "state.waiting") or {}, at(container, "state.terminated") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            told.append(f"container {container['name']}: {waiting['reason']}")
        elif ended.get("exitCode"):
            told.append(f"container {container['name']}: {ended.get('reason')}, exit code {ended['exitCode']}")
    if not told and at(pod, "status.reason"):
        told.append(f"{at(pod, 'status.reason')}: {at(pod, 'status.message') or ''}")
    return f" ({'; '.join(told)})" if told else ""


def named(body: Body) -> str:
    """`Kind namespace/name`."""
    metadata = body["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{body['kind']} {place}{metadata['name']}"
