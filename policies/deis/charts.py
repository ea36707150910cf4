"""Deis as it is installed: by one of its charts, or as objects that bear its names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import Item, changed
from policies.guidelines.deis import CONTROLLER, is_deis_chart
from policies.judged import Resource
from policies.kinds import RELEASE, Object
from policies.values import Value
from policies.workloads.pods import Pod

CHART: Final = "kubernetes:helm.sh/v4:Chart"
OLD_CHART: Final = "kubernetes:helm.sh/v3:Chart"
CHARTS: Final = frozenset({RELEASE, CHART, OLD_CHART, "kubernetes:helm.sh/v2:Chart"})
"""What a Chart renders is judged as objects, too; its values are judged before anything is rendered."""


def is_deis(resource: Resource) -> bool:
    """Whether a chart is one of Deis's, by its own name, its repository's or its release's.

    Raises:
        NotKnownError: which chart it is will be known later.
    """
    props = resource.props
    repository, name = props.along("repositoryOpts", "repo"), props["name"]
    source = repository.text() or "" if repository.known else ""
    return is_deis_chart(props["chart"].text() or "", source) or (name.known and is_deis_chart(name.text() or ""))


def found(values: Value, keys: tuple[str, ...]) -> Iterator[Value]:
    """Every value below that stands under one of the keys, at any depth; charts are nested in other charts.

    Raises:
        NotKnownError: nothing of the values is known yet.
    """
    pending = [values] if values.present else []
    while pending:
        holder = pending.pop()
        if not holder.is_object:
            continue
        for key, value in holder.fields().items():
            if key in keys:
                yield value
            if value.known:
                pending.append(value)


def is_controller(pod: Pod) -> bool:
    """Whether the pod runs Deis's controller, by any of the names that it goes by."""
    names = [pod.owner.along("metadata", "name"), pod.metadata.along("labels", "app")]
    names += [pod.owner.along("spec", "selector", "matchLabels", "app")]
    if any(name.known and name.scalar() == CONTROLLER for name in names):
        return True
    return any(runs_controller(container) for container in pod.containers())


def runs_controller(container: Value) -> bool:
    """Whether a container is the controller's, by its name or its image."""
    name, image = container["name"], container["image"]
    if name.known and name.scalar() == CONTROLLER:
        return True
    parts = str(image.scalar() or "").lower().split("@")[0].split("/") if image.known else [""]
    return parts[-1].split(":")[0] == "controller" and is_deis_chart("/".join(parts[:-1]))


def named(objects: Iterator[Object], name: str) -> Iterator[Object]:
    """The objects of a name, or with that name as their `app` label."""
    for one in objects:
        labels = one.value.along("metadata", "labels", "app")
        if one.name.text() == name or (labels.known and labels.scalar() == name):
            yield one


def release(values: dict[str, Any], changes: dict[Any, Any] | None = None, *, type_: str = RELEASE) -> Item:
    """A release of Hephy's chart, for cases."""
    props = {"chart": "workflow", "repositoryOpts": {"repo": "https://charts.teamhephy.com"}, "values": values}
    return Item(type=type_, props=changed(props, changes or {}))
