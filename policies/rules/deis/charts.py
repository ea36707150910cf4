"""Installations of Deis: one of its charts, or objects with its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.guidelines.deis import DRYCC, UMBRELLA, is_deis_chart
from policies.kernel.cases import Item, changed
from policies.kernel.kinds import CHART, RELEASE, Object
from policies.kernel.resource import Resource
from policies.kernel.value import Value

OLD_CHART: Final = "kubernetes:helm.sh/v3:Chart"
CHARTS: Final = frozenset({RELEASE, CHART, OLD_CHART, "kubernetes:helm.sh/v2:Chart"})
"""What a Chart renders is judged as objects, too; its values are judged before anything is rendered."""
APP_LABELS: Final = (
    ("metadata", "labels", "app"),
    ("spec", "selector", "app"),
    ("spec", "selector", "matchLabels", "app"),
    ("spec", "template", "metadata", "labels", "app"),
)
"""Where an object says whose it is, or whom it is about."""


def is_deis(resource: Resource) -> bool:
    """Whether a chart is one of Deis's, by the name of the chart, repository, release or namespace.

    Raises:
        NotKnownError: the chart is not known yet.
    """
    props = resource.props
    repository, name = props.along("repositoryOpts", "repo"), props["name"]
    source = repository.text() or "" if repository.known else ""
    if is_deis_chart(props["chart"].text() or "", source) or (name.known and is_deis_chart(name.text() or "")):
        return True
    # In a mirror, only this distinguishes it from another chart called workflow.
    namespace = props["namespace"]
    return _chart_name(resource) == UMBRELLA and namespace.known and is_deis_chart(namespace.text() or "")


def is_drycc(resource: Resource) -> bool:
    """Whether a chart of Deis is that of its successor."""
    repository = resource.props.along("repositoryOpts", "repo")
    return DRYCC in f"{resource.props['chart'].text()} {repository.text() if repository.known else ''}".lower()


def _chart_name(resource: Resource) -> str:
    """The name of a chart, without the path and version in its reference."""
    last = (resource.props["chart"].text() or "").rstrip("/").rsplit("/", 1)[-1]
    return re.split(r"-v?\d|:", last)[0]


def told(resource: Resource, component: str, *keys: str) -> tuple[Value, list[Value]]:
    """The path at which a chart of Deis reads a value of a component, and the value there.

    A chart that is neither the umbrella nor the component's own may contain either at any depth.
    """
    values, name = resource.props["values"], _chart_name(resource)
    place = values.along(*keys) if name == component else values.along(component, *keys)
    if name in (component, UMBRELLA):
        return place, [] if place.missing else [place]
    end = place.path.removeprefix(values.path)
    return place, [one for one in found(values, (keys[-1],)) if one.path.endswith(end)]


def found(values: Value, keys: tuple[str, ...]) -> Iterator[Value]:
    """All values of one of the keys, at any depth; charts are nested in other charts.

    Raises:
        NotKnownError: none of the values is known yet.
    """
    pending = [values] if values.present else []
    while pending:
        holder = pending.pop()
        if holder.is_list:
            pending += holder.items()
        if not holder.is_object:
            continue
        for key, value in holder.fields().items():
            if key in keys:
                yield value
            if value.known:
                pending.append(value)


def named(objects: Iterator[Object], name: str) -> Iterator[Object]:
    """The objects with a name, or with that name as `app` label: their own, their pods' or their selector's."""
    for one in objects:
        if one.name.text() == name or any(_labels_app(one.value, path, name) for path in APP_LABELS):
            yield one


def _labels_app(value: Value, path: tuple[str, ...], name: str) -> bool:
    for key in path:
        if not value.is_object:
            return False
        value = value[key]
    return value.known and value.scalar() == name


def release(values: dict[str, Any], changes: dict[Any, Any] | None = None, *, type_: str = RELEASE) -> Item:
    """A release of Hephy's chart, for cases."""
    props = {"chart": "workflow", "repositoryOpts": {"repo": "https://charts.teamhephy.com"}, "values": values}
    return Item(type=type_, props=changed(props, changes or {}))
