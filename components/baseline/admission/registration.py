"""Registration in Deis is open to nobody but an administrator, whoever deploys a controller, and where (DEIS-REG)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import (
    POD_RESOURCES,
    POD_VARIABLES,
    Check,
    Rule,
    literal,
    of,
    of_template,
    read_spec,
)
from policies.guidelines.deis import (
    CHART_WORDS,
    CONTROLLER,
    REGISTRATION_ASSIGNMENT,
    REGISTRATION_MODES,
    REGISTRATION_REMOVAL,
    REGISTRATION_VARIABLE,
    REGISTRATION_WORD,
    SIGNATURE_VARIABLE,
)
from policies.guidelines.workloads import TASKS

JOB_CONTROLLERS: Final = ("system:serviceaccount:kube-system:job-controller", "system:kube-controller-manager")
"""Who makes the pods of Jobs; an owner that anybody may claim proves nothing."""

_RUNS: Final = (
    f"(c.?name.orValue('') == {literal(CONTROLLER)} || c.?image.orValue('').lowerAscii().split('@')[0].matches("
    + literal(f"(?:{'|'.join(CHART_WORDS)}).*/controller(?::[^/]*)?$")
    + f") || c.?env.orValue([]).exists(e, e.name == {literal(SIGNATURE_VARIABLE)}))"
)
"""Whether a container is the controller's, by its name, its image or what it is given."""
_VARIABLE: Final = f"c.?env.orValue([]).filter(e, e.name == {literal(REGISTRATION_VARIABLE)})"
_MODES: Final = literal(REGISTRATION_MODES)
_ASSIGNED: Final = literal(REGISTRATION_ASSIGNMENT + REGISTRATION_WORD)
_CLOSED: Final = literal(f"^{REGISTRATION_ASSIGNMENT}(?:{'|'.join(REGISTRATION_MODES)})$")


def _read_labels(it: str) -> str:
    return of_template(it, "metadata", "labels")


def _read_selector(it: str) -> str:
    return of(it, "spec", "selector", "matchLabels", "app")


def _read_name(it: str) -> str:
    return of(it, "metadata", "name")


REGISTRATION: Final = Rule(
    id="deis-registration",
    requirement="DEIS-REG",
    policies=("registration-not-open",),
    resources=POD_RESOURCES,
    reads=(read_spec, _read_labels, _read_selector, _read_name),
    variables={
        **POD_VARIABLES,
        "ours": f"[{_read_name('object')}, {_read_labels('object')}.?app, {_read_selector('object')}]"
        f".exists(n, n.orValue('') == {literal(CONTROLLER)}) || variables.containers.exists(c, {_RUNS})",
        # A task made of the same image serves nobody.
        "task": f"request.kind.kind in {literal(sorted(TASKS))} || (request.kind.kind == 'Pod'"
        f" && request.userInfo.username in {literal(JOB_CONTROLLERS)} && {of('object', 'metadata', 'ownerReferences')}"
        ".orValue([]).exists(o, o.kind == 'Job' && o.?controller.orValue(false)))",
        "running": f"variables.spec.?containers.orValue([]).filter(c, {_RUNS})",
        "main": "variables.running.size() > 0 ? variables.running : variables.spec.?containers.orValue([])",
    },
    checks=(
        Check(
            holds=f"variables.containers.all(c, {_VARIABLE}"
            f".all(e, !has(e.valueFrom) && e.?value.orValue('') in {_MODES}))",
            message=f"{REGISTRATION_VARIABLE} is one of {', '.join(REGISTRATION_MODES)}, as a text, not from elsewhere",
        ),
        Check(
            holds="variables.containers.all(c, (c.?command.orValue([]) + c.?args.orValue([]))"
            f".all(w, w.findAll({_ASSIGNED}).all(m, m.matches({_CLOSED}))))",
            message=f"no command line sets {REGISTRATION_VARIABLE} to anything but {', '.join(REGISTRATION_MODES)}",
        ),
        Check(
            holds="variables.containers.all(c, !(c.?command.orValue([]) + c.?args.orValue([])).map(w, string(w))"
            f".join(' ').matches({literal(REGISTRATION_REMOVAL)}))",
            message=f"no command line takes {REGISTRATION_VARIABLE} away",
        ),
        Check(
            holds=f"!variables.ours || variables.task || variables.main.all(c, {_VARIABLE}.size() > 0)",
            message=f"Deis's controller is told {REGISTRATION_VARIABLE}: without it, registration is open",
        ),
    ),
)
