"""Only administrators can register users in Deis, in every namespace and for every deployed controller (DEIS-REG)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import (
    PLACE,
    POD_RESOURCES,
    POD_VARIABLES,
    Check,
    Rule,
    literal,
    of,
    of_template,
    read_spec,
)
from components.baseline.admission.writers import USER
from components.system_accounts import account
from policies.guidelines.deis import (
    APPLICATION_CODE,
    CONTROLLER,
    CONTROLLER_COMMANDS,
    CONTROLLER_DIRECTORY,
    CONTROLLER_IMAGE,
    CONTROLLER_MENTION,
    CONTROLLER_MOUNTS,
    CONTROLLER_VARIABLES,
    LABELLED_IMAGES,
    NAMESPACE,
    REGISTRATION_MODES,
    REGISTRATION_VARIABLE,
    REQUIRED_VARIABLES,
    ROUTER,
    ROUTER_IMAGE,
    SECRET_VARIABLES,
    SERVING,
    SIGNATURE_VARIABLES,
)
from policies.guidelines.workloads import TASKS

JOB_CONTROLLERS: Final = (account("job-controller"), "system:kube-controller-manager")
"""Who makes the pods of Jobs; an owner that anybody may claim proves nothing."""


def _image(pattern: str) -> str:
    """CEL: whether the name of a container's image, without tag and digest, matches a pattern."""
    name = "c.?image.orValue('').lowerAscii().split('@')[0].split('/').map(p, p.split(':')[0]).join('/')"
    return f"{name}.matches({literal(pattern)})"


_WORDS: Final = "(c.?command.orValue([]) + c.?args.orValue([]))"
_RUNS: Final = (
    f"(c.?name.orValue('') == {literal(CONTROLLER)}"
    f" || {_image(CONTROLLER_IMAGE)}"
    f" || c.?env.orValue([]).exists(e, e.name in {literal(SIGNATURE_VARIABLES)})"
    f" || {_WORDS}.exists(w, w.matches({literal(CONTROLLER_MENTION)})))"
)
"""Whether a container is the controller's, by its name, its image, its environment or its command line."""
_VARIABLE: Final = f"c.?env.orValue([]).filter(e, e.name == {literal(REGISTRATION_VARIABLE)})"
_MODES: Final = literal(REGISTRATION_MODES)
_KEYS: Final = [name for name in REQUIRED_VARIABLES if name != REGISTRATION_VARIABLE]
_COMPLETE: Final = (
    f"({literal(_KEYS)}.all(k, c.?env.orValue([]).exists(e, e.name == k))"
    f" && c.?env.orValue([]).filter(e, e.name in {literal(SECRET_VARIABLES)})"
    ".all(e, e.?valueFrom.?secretKeyRef.hasValue() && !e.valueFrom.secretKeyRef.?optional.orValue(false)))"
)
"""Whether it has every key, and the secret ones from a Secret that has to be there."""
_PROBES: Final = " && ".join(
    f"!c.?{name}.?exec.hasValue()" for name in ("livenessProbe", "readinessProbe", "startupProbe")
)


def _read_labels(it: str) -> str:
    return of_template(it, "metadata", "labels")


def _read_selector(it: str) -> str:
    return of(it, "spec", "selector", "matchLabels", "app")


def _read_name(it: str) -> str:
    return of(it, "metadata", "name")


REGISTRATION: Final = Rule(
    id="deis-registration",
    requirement="DEIS-REG",
    policies=("registration-not-open", "deis-controller-environment", "deis-controller-code"),
    resources=POD_RESOURCES,
    reads=(read_spec, _read_labels, _read_selector, _read_name),
    variables={
        **POD_VARIABLES,
        "named": f"[{_read_name('object')}, {_read_labels('object')}.?app, {_read_selector('object')}]"
        f".exists(n, n.orValue('') == {literal(CONTROLLER)})",
        # A Job with the same image serves no requests.
        "task": f"request.kind.kind in {literal(sorted(TASKS))} || (request.kind.kind == 'Pod'"
        f" && {USER} in {literal(JOB_CONTROLLERS)} && {of('object', 'metadata', 'ownerReferences')}"
        ".orValue([]).exists(o, o.kind == 'Job' && o.?controller.orValue(false)))",
        "label": f"{_read_labels('object')}.?app.orValue('')",
        "main": "variables.spec.?containers.orValue([])",
        "first": "variables.spec.?initContainers.orValue([])",
        "running": f"variables.main.filter(c, {_RUNS})",
        "before": f"variables.first.filter(c, {_RUNS})",
        # Sidecars are init containers that keep running.
        "servers": "variables.task ? [] : (variables.running.size() > 0 ? variables.running"
        " : (variables.named ? variables.main : []))"
        " + variables.before.filter(c, c.?restartPolicy.orValue('') == 'Always')",
        "helpers": "(variables.task ? variables.running : [])"
        " + variables.before.filter(c, c.?restartPolicy.orValue('') != 'Always')",
    },
    checks=(
        Check(
            holds=f"variables.containers.all(c, {_VARIABLE}"
            f".all(e, !has(e.valueFrom) && e.?value.orValue('') in {_MODES}))",
            message=f"{REGISTRATION_VARIABLE} is one of {', '.join(REGISTRATION_MODES)}, as a text, not from elsewhere",
        ),
        Check(
            holds=f"variables.servers.all(c, {_VARIABLE}.size() > 0)",
            message=f"Deis's controller is told {REGISTRATION_VARIABLE}: without it, registration is open",
        ),
        Check(
            holds=f"variables.servers.all(c, {_COMPLETE}) && variables.helpers.all(c, {_COMPLETE}"
            f" || !{_WORDS}.exists(w, w.matches({literal(APPLICATION_CODE)})))",
            message=f"Deis's controller has {', '.join(_KEYS)}, the secret ones from Secrets",
        ),
        Check(
            holds="variables.servers.all(c, c.?envFrom.orValue([]).size() == 0"
            f" && c.?env.orValue([]).all(e, e.name in {literal(sorted(CONTROLLER_VARIABLES))}))",
            message="Deis's controller has no variables that it does not read, and no debugging",
        ),
        Check(
            holds=f"variables.servers.all(c, {_WORDS} in {literal(CONTROLLER_COMMANDS)}"
            f" && c.?workingDir.orValue({literal(CONTROLLER_DIRECTORY)}) in {literal(['', CONTROLLER_DIRECTORY])})",
            message="Deis's controller runs the command of its image, where that runs it",
        ),
        Check(
            holds=f"variables.servers.all(c, {_PROBES} && !c.?lifecycle.?postStart.hasValue()"
            " && ['exec', 'httpGet', 'tcpSocket'].all(k, !(k in c.?lifecycle.?preStop.orValue({}))))",
            message="Deis's controller has no hooks or probes that run commands",
        ),
        Check(
            holds="variables.servers.all(c, c.?volumeDevices.orValue([]).size() == 0 && c.?volumeMounts.orValue([])"
            f".all(m, m.mountPath.matches({literal(CONTROLLER_MOUNTS)})))",
            message="nothing is mounted over the code of Deis's controller, or over its libraries",
        ),
        *(
            Check(
                holds=f"variables.label != {literal(name)} || (!variables.task"
                f" && variables.main.exists(c, {_image(pattern)}))",
                message=f"pods with the label of {name}, which its Service selects, run its image, and are no task",
            )
            for name, pattern in LABELLED_IMAGES.items()
        ),
        Check(
            # The controller's and the builder's network policies admit it by its label.
            holds=f"variables.label != {literal(ROUTER)} || {PLACE} != {literal(NAMESPACE)}"
            f" || (!variables.task && variables.main.exists(c, {_image(ROUTER_IMAGE)}))",
            message=f"pods with the label of {ROUTER}, which controller and builder let in, run its image",
        ),
        Check(
            holds=f"variables.helpers.all(c, {_WORDS}.size() > 0"
            f" && !{_WORDS}.exists(w, w.matches({literal(SERVING)})))",
            message="a task with the image of Deis's controller runs to an end, and does not serve",
        ),
    ),
)
