"""Kubernetes objects in other wrappers: what makes pods, lists, patches, charts."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from policies.kernel.cases import Item
from policies.kernel.kinds import APPS, NOT_OBJECTS, TEMPLATES, Kind, kind_of
from tests.adversary.transformations.transformation import NOT_APPLICABLE, Items, Transformation, replaced

TEMPLATE: Final = TEMPLATES["Deployment"]
OTHER_OWNERS: Final = {
    "pod": "core/v1:Pod",
    "stateful_set": "apps/v1:StatefulSet",
    "daemon_set": "apps/v1:DaemonSet",
    "replica_set": "apps/v1:ReplicaSet",
    "replication_controller": "core/v1:ReplicationController",
    "job": "batch/v1:Job",
    "cron_job": "batch/v1:CronJob",
    "pod_template": "core/v1:PodTemplate",
    "rollout": "argoproj.io/v1alpha1:Rollout",
    "custom_resource": "operators.example.org/v1:Server",
}
"""What a Deployment's pods may be written as instead."""
OLDER: Final = {"apps/v1": ("apps/v1beta2", "extensions/v1beta1"), "batch/v1": ("batch/v1beta1",)}
REQUIRED: Final[dict[str, dict[str, Any]]] = {
    "Ingress": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    "Service": {"ports": [{"port": 80}]},
}
PARENTS: Final = {
    "in_a_chart": "kubernetes:helm.sh/v4:Chart",
    "in_a_config_file": "kubernetes:yaml/v2:ConfigFile",
    "in_a_config_group": "kubernetes:yaml/v2:ConfigGroup",
    "in_a_component": "shop:index:Shop",
}


def _object(item: Item) -> Kind | None:
    """What kind an item is, if it is an object by itself."""
    kind = kind_of(item.type)
    return kind if kind and not kind.wrapper and kind.group not in NOT_OBJECTS else None


def _api(kind: Kind) -> str:
    return f"{kind.group}/{kind.version}".lstrip("/")


def _typed(kind: Kind, props: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": _api(kind), "kind": kind.kind, **props}


def _owner(target: str) -> Callable[[Item], Items]:
    """The pod of a Deployment in something else that makes pods."""

    def change(item: Item) -> Items:
        kind, goal = _object(item), f"kubernetes:{target}"
        if kind is None or kind.kind != "Deployment":
            return NOT_APPLICABLE
        template: Any = item.props
        for key in TEMPLATE:
            template = template.get(key) if isinstance(template, Mapping) else None
        if not isinstance(template, Mapping):
            return NOT_APPLICABLE
        metadata = item.props.get("metadata", {})
        name = target.rpartition(":")[2]
        made: dict[str, Any] = dict(template)
        if name == "Pod":
            # A pod's own labels are its owner's template's.
            own = template.get("metadata", {})
            if not isinstance(metadata, Mapping) or not isinstance(own, Mapping):
                return NOT_APPLICABLE
            made["metadata"] = {**own, **{key: metadata[key] for key in ("name", "namespace") if key in metadata}}
            return replaced(item, made, type_=goal)
        for key in reversed(TEMPLATES.get(name, TEMPLATE)):
            made = {key: made}
        return replaced(item, {**made, "metadata": metadata}, type_=goal)

    return change


def _older(item: Item) -> Items:
    kind = _object(item)
    versions = OLDER.get(_api(kind), ()) if kind else ()
    if kind is None or not versions:
        return NOT_APPLICABLE
    props = {key: value for key, value in item.props.items() if key != "apiVersion"}
    return replaced(item, props, type_=f"kubernetes:{versions[-1]}:{kind.kind}")


def _in_list(item: Item) -> Items:
    kind = _object(item)
    if kind is None:
        return NOT_APPLICABLE
    return replaced(item, {"items": [_typed(kind, item.props)]}, type_="kubernetes:core/v1:List")


def _in_list_of_kind(item: Item) -> Items:
    kind = _object(item)
    # Items of such a list need not name their kind.
    return replaced(item, {"items": [dict(item.props)]}, type_=f"{item.type}List") if kind else NOT_APPLICABLE


def _patch(item: Item) -> Items:
    """A patch with all that the API requires; what lacks some of it could not be made at all."""
    kind = _object(item)
    props, specs = _templates(item)
    if kind is None or (kind.kind in TEMPLATES and not all(_has_images(spec) for spec in specs or [{}])):
        return NOT_APPLICABLE
    for key, value in REQUIRED.get(kind.kind, {"selector": {}} if kind.group in APPS else {}).items():
        spec = props.setdefault("spec", {})
        if isinstance(spec, dict):
            spec.setdefault(key, value)
    return replaced(item, _typed(kind, props), type_=f"{item.type}Patch")


def _has_images(spec: dict[str, Any]) -> bool:
    containers = spec.get("containers")
    return bool(containers) and all(isinstance(one, dict) and "image" in one for one in containers or ())


def _typed_out(item: Item) -> Items:
    kind = _object(item)
    return replaced(item, _typed(kind, item.props)) if kind else NOT_APPLICABLE


def _under(parent: str) -> Callable[[Item], Items]:
    def change(item: Item) -> Items:
        if kind_of(item.type) is None or item.urn:
            return NOT_APPLICABLE
        return (dataclasses.replace(item, urn=f"urn:pulumi:test::cases::{parent}${item.type}::{item.name}"),)

    return change


def _templates(item: Item) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A copy of an item's properties, and in it the spec of the pod."""
    props = copy.deepcopy(dict(item.props))
    kind = _object(item)
    if kind is None or kind.kind not in TEMPLATES:
        return props, []
    spec: Any = props
    for key in (*TEMPLATES[kind.kind], "spec"):
        spec = spec.get(key) if isinstance(spec, dict) else None
    return props, [spec] if isinstance(spec, dict) and isinstance(spec.get("containers"), list) else []


def _first_beside(item: Item) -> Items:
    """Another container before those that are there, as a sidecar's injection may put it."""
    props, specs = _templates(item)
    for spec in specs:
        if not all(isinstance(one, dict) for one in spec["containers"]) or not spec["containers"]:
            return NOT_APPLICABLE
        # A copy of the last one: it breaks nothing that the others do not.
        spec["containers"] = [{**copy.deepcopy(spec["containers"][-1]), "name": "first"}, *spec["containers"]]
    return replaced(item, props)


def _init_container(item: Item) -> Items:
    """All containers run as sidecars, which start first."""
    props, specs = _templates(item)
    for spec in specs:
        if not all(isinstance(one, dict) for one in spec["containers"]) or "initContainers" in spec:
            return NOT_APPLICABLE
        spec["initContainers"] = [
            {**copy.deepcopy(one), "restartPolicy": "Always", "name": f"side-{one.get('name')}"}
            for one in spec["containers"]
        ]
    return replaced(item, props)


KUBERNETES: Final = (
    *(
        Transformation(name=f"{name}_instead_of_deployment", why="It makes the same pods.", change=_owner(target))
        for name, target in OTHER_OWNERS.items()
    ),
    Transformation(name="older_api_version", why="A group's versions hold the same object.", change=_older),
    Transformation(
        name="in_a_list",
        why="Manifests hold lists, though the provider makes none of them as a whole.",
        change=_in_list,
    ),
    Transformation(
        name="in_a_list_of_its_kind", why="As a List; its items need not name their kind.", change=_in_list_of_kind
    ),
    Transformation(
        name="as_a_patch",
        why="Server-side apply makes what is not there (pulumi-kubernetes, provider/pkg/await/await.go).",
        change=_patch,
    ),
    Transformation(name="kind_written_out", why="The provider fills in kind and apiVersion.", change=_typed_out),
    *(
        Transformation(name=name, why="A parent changes nothing of its children.", change=_under(parent))
        for name, parent in PARENTS.items()
    ),
    Transformation(name="second_container", why="A pod has all of its containers.", change=_first_beside),
    Transformation(name="sidecar_too", why="Init containers run with the pod's rights.", change=_init_container),
)
