"""Configuration and command of Deis's controller: its own code with its own settings only (DEIS-REG).

These are allow-lists, because a mode that is closed in the environment can be opened in many ways: by a shell, an
option of gunicorn in a variable, a hook, a probe, or a file over the image's code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import (
    APPLICATION_CODE,
    CONTROLLER_COMMANDS,
    CONTROLLER_DIRECTORY,
    CONTROLLER_MOUNTS,
    CONTROLLER_VARIABLES,
    LABELLED_IMAGES,
    REGISTRATION_VARIABLE,
    REQUIRED_VARIABLES,
    SECRET_VARIABLES,
    SERVING,
)
from policies.guidelines.workloads import TASKS
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.deis.pods import has_image, helpers, servers, words
from policies.rules.workloads.pods import Pod, each_pod

MOUNTS: Final = re.compile(CONTROLLER_MOUNTS, re.ASCII)
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
SLEEP: Final = frozenset({"sleep"})


def _environment(pod: Pod) -> Iterator[Violation]:
    for container in servers(pod):
        with pod.resource.isolate():
            yield from _complete(container, patch=pod.patch)
        with pod.resource.isolate():
            for variable in container["env"].items():
                name = variable["name"].text() or ""
                if name not in CONTROLLER_VARIABLES:
                    yield violation(variable["name"], name, "a variable that the controller reads, and no debugging")
        yield from _from_elsewhere(pod, container)
    for container in helpers(pod):
        with pod.resource.isolate():
            if any(re.search(APPLICATION_CODE, word.text() or "") for word in words(container)):
                yield from _complete(container, patch=pod.patch)


def _complete(container: Value, *, patch: bool) -> Iterator[Violation]:
    """Every variable with a public default is set, and secrets come from a required Secret."""
    variables = container["env"].items()
    given = {one["name"].text() for one in variables}
    # Registration has its own policy.
    missing = [name for name in REQUIRED_VARIABLES if name not in given and name != REGISTRATION_VARIABLE]
    if missing and not patch:
        yield violation(container, f"no {', '.join(missing)}", "all, since each falls back to something public")
    for one in variables:
        if one["name"].text() in SECRET_VARIABLES:
            reference = one.along("valueFrom", "secretKeyRef")
            if not reference.present or reference["optional"].flag():
                found = "an optional Secret" if reference.present else "a value that many may read, or none"
                yield violation(one, found, "valueFrom.secretKeyRef, of a Secret that has to be there")


def _from_elsewhere(pod: Pod, container: Value) -> Iterator[Violation]:
    with pod.resource.isolate():
        if container["envFrom"].items():
            yield violation(container["envFrom"], "variables from elsewhere, which may be any", "each by its name")


CONTROLLER_ENVIRONMENT = Policy(
    id="deis-controller-environment",
    requirement="DEIS-REG",
    types=WORKLOADS,
    level=MANDATORY,
    severity=CRITICAL,
    description="Deis's controller is given its keys, for which it would use public constants, and no other variables.",
    fix=f"set {', '.join(REQUIRED_VARIABLES[1:])}, the secret ones from Secrets, and nothing that it does not read",
    rule=each_pod(_environment),
)


def _code(pod: Pod) -> Iterator[Violation]:
    for container in servers(pod):
        for check in (_command, _hooks, _probes, _mounts):
            with pod.resource.isolate():
                yield from check(container)
    with pod.resource.isolate():
        yield from _labelled(pod)
    for container in helpers(pod):
        with pod.resource.isolate():
            yield from _runs_to_an_end(pod, container)


def _labelled(pod: Pod) -> Iterator[Violation]:
    """Pods that a Service selects by the controller's or the builder's label run that program, not a task."""
    label = pod.metadata.along("labels", "app")
    image = LABELLED_IMAGES.get(label.text() or "")
    if image is None or pod.patch:
        return
    if pod.kind in TASKS:
        yield violation(label, f"a task with the label of {label.text()}", "a label of its own")
        return
    containers = pod.spec["containers"].items()
    if not any(has_image(one, image) for one in containers) and all(one["image"].text() for one in containers):
        yield violation(label, f"another image with the label of {label.text()}", "its image, or another label")


def _command(container: Value) -> Iterator[Violation]:
    given = tuple(word.text() or "" for word in words(container))
    if given not in CONTROLLER_COMMANDS:
        where = container["command"] if container["command"].present else container["args"]
        allowed = " or ".join(" ".join(one) for one in CONTROLLER_COMMANDS if one)
        # Never the words themselves: they may contain a secret.
        yield violation(where, "a command of its own", f"nothing, or {allowed}")
    directory = container["workingDir"]
    if (directory.text() or CONTROLLER_DIRECTORY) != CONTROLLER_DIRECTORY:
        yield violation(directory, f"{directory.text()}", CONTROLLER_DIRECTORY)


def _hooks(container: Value) -> Iterator[Violation]:
    hooks = container["lifecycle"]
    for name, hook in hooks.fields().items():
        if name == "stopSignal":
            continue
        if name != "preStop" or not hook.fields().keys() <= SLEEP:
            yield violation(hook, "a hook, which may do anything", "none, or preStop.sleep")


def _probes(container: Value) -> Iterator[Violation]:
    for name in PROBES:
        command = container[name]["exec"]
        if command.present:
            yield violation(command, "a command inside the container", "httpGet or tcpSocket")


def _mounts(container: Value) -> Iterator[Violation]:
    for mount in container["volumeMounts"].items():
        path = mount["mountPath"]
        if not MOUNTS.fullmatch(path.text() or ""):
            yield violation(path, f"{path.text()}", "/etc/deis, /tmp or /run/secrets, or a folder in one of them")
    if container["volumeDevices"].items():
        yield violation(container["volumeDevices"], "a device", "none")


def _runs_to_an_end(pod: Pod, container: Value) -> Iterator[Violation]:
    given = words(container)
    if not given and not pod.patch:
        yield violation(container["command"], "nothing (the server)", "a command that runs to an end")
    for word in given:
        if re.search(SERVING, word.text() or "", re.ASCII):
            yield violation(word, "the server", "a command that runs to an end")


CONTROLLER_CODE = Policy(
    id="deis-controller-code",
    requirement="DEIS-REG",
    types=WORKLOADS,
    level=MANDATORY,
    severity=CRITICAL,
    description="Deis's controller runs its image's own code: no other command or hook, and nothing over its files.",
    fix="leave out command, args, workingDir, lifecycle and exec probes; mount below /etc/deis, /tmp and /run/secrets",
    rule=each_pod(_code),
)

POLICIES = (CONTROLLER_ENVIRONMENT, CONTROLLER_CODE)
