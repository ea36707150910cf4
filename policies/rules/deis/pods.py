"""Pods of Deis's controller: how they are identified, under any name, and which of their containers serve."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import (
    CONTROLLER,
    CONTROLLER_IMAGE,
    CONTROLLER_MENTION,
    SIGNATURE_VARIABLES,
)
from policies.guidelines.workloads import TASKS
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod

_MENTION: Final = re.compile(CONTROLLER_MENTION, re.ASCII)


def has_image(container: Value, pattern: str) -> bool:
    """Whether the known part of the name of a container's image matches a pattern."""
    image = container["image"]
    return _fits(str(image.scalar() or "") if image.known else "", pattern)


@functools.lru_cache(maxsize=4096)
def _fits(image: str, pattern: str) -> bool:
    name = re.sub(r":[^/]*$", "", image.lower().split("@")[0])
    return re.search(pattern, name, re.ASCII) is not None


def words(container: Value) -> list[Value]:
    """Command and arguments of a container."""
    return [*container["command"].items(), *container["args"].items()]


def is_named(pod: Pod, name: str) -> bool:
    """Whether the pod has a name: its own, its owner's, or the label that a Service selects."""
    names = [pod.owner.along("metadata", "name"), pod.metadata.along("labels", "app")]
    names += [pod.owner.along("spec", "selector", "matchLabels", "app")]
    return any(one.known and one.scalar() == name for one in names)


def runs_controller(container: Value) -> bool:
    """Whether a container is the controller, by its name, image, environment or command line."""
    name = container["name"]
    if (name.known and name.scalar() == CONTROLLER) or has_image(container, CONTROLLER_IMAGE):
        return True
    variables = [one["name"] for one in container["env"].items()] if container["env"].is_list else []
    if any(one.known and one.scalar() in SIGNATURE_VARIABLES for one in variables):
        return True
    lists = [container[name] for name in ("command", "args")]
    said = [one for each in lists if each.is_list for one in each.items() if one.known]
    return any(_MENTION.search(str(one.scalar())) for one in said)


def servers(pod: Pod) -> Iterator[Value]:
    """The containers that serve Deis's API; containers that run to completion do not."""
    if pod.kind in TASKS:
        return
    containers = pod.spec["containers"].items()
    running = [one for one in containers if runs_controller(one)]
    yield from running or (containers if is_named(pod, CONTROLLER) else ())
    # Sidecars are init containers that keep running.
    for one in pod.spec["initContainers"].items():
        if runs_controller(one) and one["restartPolicy"].text() == "Always":
            yield one


def helpers(pod: Pod) -> Iterator[Value]:
    """The containers with the controller's image that run to completion: tasks and init containers."""
    for name in ("containers", "initContainers") if pod.kind in TASKS else ("initContainers",):
        for one in pod.spec[name].items():
            if runs_controller(one) and one["restartPolicy"].text() != "Always":
                yield one
