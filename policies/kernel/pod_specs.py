"""Pods in custom resources: every object with containers is treated as a pod spec.

A Deployment has its pod template in one place; custom resources have pod specs anywhere: under `jobTargetRef` (KEDA),
in each of `templates` (Argo Workflows), in `workerGroupSpecs` (Ray), as the steps of a task (Tekton).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.guidelines.workloads import CONTAINER_LISTS
from policies.kernel.value import Value

OTHER_LISTS: Final = ("steps", "sidecars")
"""Lists of containers in Tekton's tasks and in Argo's templates."""
SINGLE: Final = ("container", "script")
"""Containers that stand alone in Argo's templates."""
LISTS: Final = (*CONTAINER_LISTS, *OTHER_LISTS)
LEADING: Final = frozenset({*LISTS, *SINGLE, "spec", "template", "templates"})
"""Fields that may hold pods, so that one that is known later may hold some, too."""


@dataclass(frozen=True)
class Spec:
    """A pod spec."""

    metadata: Value
    spec: Value


@dataclass(frozen=True)
class Found:
    """The content of a value."""

    specs: tuple[Spec, ...]
    unknown: tuple[str, ...]
    """Paths of what may hold more."""
    fields: frozenset[str]
    """The names of all fields."""


def pods_in(value: Value) -> Found:
    """All pod specs in a custom resource. Cached, because policies call it often."""
    return value.remembered(_search)


def _search(value: Value) -> Found:
    specs: list[Spec] = []
    unknown: list[str] = []
    fields: set[str] = set()
    pending: list[tuple[Value | None, str, Value]] = [(None, "", value)]
    while pending:
        holder, key, at = pending.pop()
        if not at.known:
            unknown += [at.path] if key in LEADING else []
        elif at.is_list:
            pending += [(None, key, one) for one in at.items()]
        elif at.is_object:
            inner = at.fields()
            fields |= inner.keys()
            pending += [(at, name, one) for name, one in inner.items()]
            # A template in a patch may change a container without naming its image.
            in_template = holder is not None and holder is not value and key == "spec"
            if _has_containers(inner) or (in_template and not inner.keys().isdisjoint(CONTAINER_LISTS)):
                specs.append(Spec((holder if holder is not None and key == "spec" else at)["metadata"], at))
    return Found(tuple(specs), tuple(unknown), frozenset(fields))


def _has_containers(fields: dict[str, Value]) -> bool:
    lists = (fields[name] for name in LISTS if name in fields)
    single = (fields[name] for name in SINGLE if name in fields)
    return any(map(_is_container, single)) or any(
        _is_container(one) for of in lists if of.known and of.is_list for one in of.items()
    )


def _is_container(value: Value) -> bool:
    """Whether it is an object with an image; an object with other fields only changes an existing container."""
    return value.known and value.is_object and not value["image"].missing


def containers_beside(spec: Value) -> Iterator[Value]:
    """The containers in fields that pods of Kubernetes's own kinds do not have."""
    for name in OTHER_LISTS:
        if spec[name].known and spec[name].is_list:
            yield from filter(_is_container, spec[name].items())
    for name in SINGLE:
        if _is_container(spec[name]):
            yield spec[name]
