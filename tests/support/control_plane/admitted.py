"""The pack's cases as objects that a real API server accepts, so that both can evaluate the same objects."""

from __future__ import annotations

import copy
import json
from typing import Any

from components.deis.images import Images
from policies.guidelines.deis import NAMESPACE, ROUTER
from policies.guidelines.eks import KUBERNETES_NAMESPACES
from policies.guidelines.workloads import WORKLOADS
from policies.kernel.cases import UNKNOWN, Case
from policies.kernel.kinds import kind_of
from sandbox.providers.kubernetes.api import Api, ApiError

Body = dict[str, Any]
IMAGE = f"registry.k8s.io/pause:3.10@sha256:{'0' * 64}"
TEMPLATES = {one.kind: one.template for one in WORKLOADS}
RBAC = "rbac.authorization.k8s.io"
SERVED = {("", "v1"), ("apps", "v1"), ("batch", "v1"), (RBAC, "v1"), ("storage.k8s.io", "v1")}
SELECTED = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
EPHEMERAL = "ephemeralContainers"
CASES_NAMESPACE = "cases"
NOT_IN_A_NAMESPACE = ("Namespace", "ClusterRole", "ClusterRoleBinding", "StorageClass", "PersistentVolume")


def served(case: Case) -> bool:
    """Whether the case is a single object that a server accepts: no patch, list or chart, and no unknown values."""
    kind = kind_of(case.items[0].type)
    whole = kind is not None and not kind.wrapper and (kind.group, kind.version) in SERVED
    return whole and UNKNOWN not in json.dumps(case.items[0].props, default=str)


def completed(case: Case, *, images: bool) -> Body:
    """The case's object with the server's required fields; `images`: whether its images are evaluated."""
    (item,) = case.items
    kind = kind_of(item.type)
    assert kind is not None
    body: Body = copy.deepcopy(dict(item.props))
    body |= {"apiVersion": f"{kind.group}/{kind.version}".removeprefix("/"), "kind": kind.kind}
    metadata = body["metadata"] = {"name": "case", **(body.get("metadata") or {})}
    if kind.kind == "Namespace":
        metadata["name"] = "case"
    if kind.kind in NOT_IN_A_NAMESPACE:
        metadata.pop("namespace", None)
    # The cases' own namespace is closed by its labels; only the rules should decide here.
    elif not (
        metadata.get("namespace") == NAMESPACE
        or (kind.group == RBAC and metadata.get("namespace") in KUBERNETES_NAMESPACES)
    ):
        metadata["namespace"] = CASES_NAMESPACE
    if kind.kind in TEMPLATES:
        _complete_workload(body, images=images)
    if kind.kind == "Service":
        _complete_service(body["spec"])
    if kind.kind == "PersistentVolume":
        _complete_volume(body["spec"])
    if kind.kind.endswith("Binding"):
        _complete_binding(body)
    return body


def _complete_volume(spec: Body) -> None:
    spec.setdefault("capacity", {"storage": "1Gi"})
    spec.setdefault("accessModes", ["ReadWriteOnce"])
    if "csi" in spec:
        spec["csi"].setdefault("volumeHandle", "vol-1")
    if "local" in spec:
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node"]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}


def _complete_binding(body: Body) -> None:
    body["roleRef"]["apiGroup"] = RBAC
    for subject in body.get("subjects") or []:
        if subject["kind"] != "ServiceAccount":
            subject["apiGroup"] = RBAC
            subject.pop("namespace", None)


def _complete_service(spec: Body) -> None:
    for index, port in enumerate(spec.setdefault("ports", [{"port": 80}])):
        port["name"] = f"port-{index}"
    if spec.get("type", "ClusterIP") != "LoadBalancer":
        # The server refuses them on other kinds.
        spec.pop("loadBalancerSourceRanges", None)


def _complete_workload(body: Body, *, images: bool) -> None:
    kind = body["kind"]
    template = body
    for key in TEMPLATES[kind]:
        template = template.setdefault(key, {})
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels.setdefault("case", "yes")
    spec = template.setdefault("spec", {})
    spec.setdefault("containers", [{}])
    # In Deis's namespace, the router's label requires the router's image.
    image = Images().reference("router") if labels.get("app") == ROUTER else IMAGE
    _complete_pod(spec, image=None if images else image)
    if kind in SELECTED:
        body["spec"]["selector"] = {"matchLabels": dict(labels)}
    if kind == "StatefulSet":
        body["spec"]["serviceName"] = "case"
    if kind in ("Job", "CronJob"):
        spec["restartPolicy"] = "Never"
    if kind == "CronJob":
        body["spec"]["schedule"] = "0 0 1 1 *"


def _complete_pod(spec: Body, *, image: str | None) -> None:
    for name in ("containers", "initContainers", EPHEMERAL):
        for index, container in enumerate(spec.get(name) or []):
            container.setdefault("name", f"{name.lower()}-{index}")
            if image and "/" not in container.get("image", ""):
                container["image"] = image
            if container.get("env") is None:
                container.pop("env", None)
            if container.get("securityContext", {}).get("privileged"):
                # The server refuses the combination.
                container["securityContext"].pop("allowPrivilegeEscalation", None)
    if "hostProcess" in json.dumps(spec):
        # The server accepts it only together with the node's network, and without Linux-only fields.
        spec["hostNetwork"] = True
        spec.get("securityContext", {}).pop("runAsUser", None)
        spec.get("securityContext", {}).pop("seccompProfile", None)


def refusal(api: Api, body: Body) -> str:
    """The server's errors for the object; empty if it accepts it. At most a pod for ephemeral containers remains."""
    try:
        if body["kind"] == "Pod" and EPHEMERAL in body["spec"]:
            _add(api, body)
        else:
            # As `kubectl create` does: server-side apply would refuse some of the objects as malformed.
            api.request("POST", api.path(body).rpartition("/")[0], body, {"dryRun": "All"})
    except ApiError as fault:
        return str(fault)
    return ""


def _add(api: Api, body: Body) -> None:
    """Add the ephemeral containers to a running pod."""
    before = copy.deepcopy(body)
    before["metadata"]["name"] += "-running"
    added = before["spec"].pop(EPHEMERAL)
    api.apply(before)
    path = f"{api.path(before)}/ephemeralcontainers"
    patch = {"spec": {EPHEMERAL: added}}
    api.request("PATCH", path, patch, {"dryRun": "All"}, "application/strategic-merge-patch+json")
