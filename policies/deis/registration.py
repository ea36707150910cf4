"""Who may make an account: nobody but an administrator (DEIS-REG).

The controller's own default is open registration, so a mode that is missing is an open one, and a mode that comes from
somewhere else (a config map, a secret, another variable) cannot be told to be closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.deis.charts import CHART, CHARTS, found, is_controller, is_deis, is_drycc, release, runs_controller, told
from policies.guidelines.deis import (
    CONTROLLER,
    NAMESPACE,
    OPEN_REGISTRATION,
    REGISTRATION_ASSIGNMENT,
    REGISTRATION_MODES,
    REGISTRATION_REMOVAL,
    REGISTRATION_VALUE_KEYS,
    REGISTRATION_VARIABLE,
    REGISTRATION_WORD,
)
from policies.guidelines.workloads import TASKS
from policies.judged import Resource, Violation, breach
from policies.kinds import WORKLOADS
from policies.policy import CRITICAL, MANDATORY, Policy
from policies.values import Value
from policies.workloads.pods import DEPLOYMENT, Pod, pods

REQUIRED: Final = " or ".join(REGISTRATION_MODES)
IN_COMMAND: Final = re.compile(rf"{REGISTRATION_ASSIGNMENT}({REGISTRATION_WORD})", re.ASCII)
TAKEN_AWAY: Final = re.compile(REGISTRATION_REMOVAL, re.ASCII)
BELOW_CONTROLLER: Final = re.compile(r"controller(?:\"\])?\.\w+$")


class Types:
    """Everything that makes pods, and charts."""

    def __contains__(self, type_: object) -> bool:
        return type_ in CHARTS or type_ in WORKLOADS


def _mode(value: Value) -> Iterator[Violation]:
    mode = value.text()
    if mode not in REGISTRATION_MODES:
        yield breach(value, f"{mode}" if mode else f"nothing ({OPEN_REGISTRATION})", REQUIRED)


def _container(container: Value) -> Iterator[Violation]:
    """What a container says about registration, in its environment or on its command line."""
    for variable in container["env"].items():
        if variable["name"].text() == REGISTRATION_VARIABLE:
            source = variable["valueFrom"]
            if not source.known or source.present:
                yield breach(source, "a value from elsewhere, which may be anything", f"the text {REQUIRED}")
            else:
                yield from _mode(variable["value"])
    words = [*container["command"].items(), *container["args"].items()]
    if TAKEN_AWAY.search(" ".join(part.text() or "" for part in words)):
        where = next(part for part in words if REGISTRATION_VARIABLE in (part.text() or ""))
        yield breach(where, f"no {REGISTRATION_VARIABLE} ({OPEN_REGISTRATION})", f"{REGISTRATION_VARIABLE}: {REQUIRED}")
    for part in words:
        for given in IN_COMMAND.findall(part.text() or ""):
            if given not in REGISTRATION_MODES:
                yield breach(
                    part, f"{REGISTRATION_VARIABLE}={given}", f"{REGISTRATION_VARIABLE}={REGISTRATION_MODES[0]}"
                )


def _says_mode(container: Value) -> bool:
    """Whether a mode is given in a container; what is not known may be one, and is judged when it is known."""
    return any(variable["name"].text() == REGISTRATION_VARIABLE for variable in container["env"].items())


def _pod(pod: Pod) -> Iterator[Violation]:
    yield from pod.resource.each(pod.containers(), _container)
    # A task made of the same image serves nobody.
    if pod.patch or pod.kind in TASKS or not is_controller(pod):
        return
    main = [one for one in pod.spec["containers"].items() if runs_controller(one)] or pod.spec["containers"].items()
    for container in main:
        with pod.resource.apart():
            if not _says_mode(container):
                said = f"no {REGISTRATION_VARIABLE} ({OPEN_REGISTRATION})"
                yield breach(container["env"], said, f"{REGISTRATION_VARIABLE}: {REQUIRED}")


def _chart(resource: Resource) -> Iterator[Violation]:
    values = resource.props["values"]
    given = list(found(values, REGISTRATION_VALUE_KEYS))
    if not is_deis(resource):
        # A chart of another name may still hold Deis; only what its controller is told is judged.
        yield from resource.each([one for one in given if BELOW_CONTROLLER.search(one.path)], _mode)
        return
    yield from resource.each(given, _mode)
    # Of the two names, Drycc's chart alone reads the second.
    keys = REGISTRATION_VALUE_KEYS if is_drycc(resource) else REGISTRATION_VALUE_KEYS[:1]
    places = [told(resource, "controller", key) for key in keys]
    if not any(said for _, said in places):
        yield breach(places[0][0], f"nothing ({OPEN_REGISTRATION})", REQUIRED)


def _registration(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        yield from _chart(resource)
    else:
        yield from resource.each(pods(resource), _pod)


REGISTRATION = Policy(
    id="registration-not-open",
    requirement="DEIS-REG",
    types=Types(),
    level=MANDATORY,
    severity=CRITICAL,
    description="Registration in Deis is open to nobody but an administrator, and that is said where it can be read.",
    fix=f"set {REGISTRATION_VARIABLE} to {REGISTRATION_MODES[0]} in the environment of {CONTROLLER}; "
    f"of a chart, controller.{REGISTRATION_VALUE_KEYS[0]} in values",
    rule=_registration,
)

POLICIES = (REGISTRATION,)

_ENV: Final = [
    {"name": REGISTRATION_VARIABLE, "value": "admin_only"},
    {"name": "DEIS_DATABASE_USER", "value": "deis"},
]
_CONTROLLER: Final[dict[str, Any]] = {
    "metadata": {"name": CONTROLLER, "namespace": NAMESPACE},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": CONTROLLER}},
            "spec": {
                "initContainers": [{"name": "migrate", "image": "docker.io/hephy/controller:v2.22.0", "env": _ENV}],
                "containers": [{"name": CONTROLLER, "image": "docker.io/hephy/controller:v2.22.0", "env": _ENV}],
            },
        }
    },
}
_MAIN, _INIT = "spec.template.spec.containers.0.env", "spec.template.spec.initContainers.0.env"
_ENV_AT, _INIT_AT = "spec.template.spec.containers[0].env", "spec.template.spec.initContainers[0].env"


def controller(changes: dict[Any, Any] | None = None, *, type_: str = DEPLOYMENT) -> Item:
    """Deis's controller with changes."""
    return Item(type=type_, props=changed(_CONTROLLER, changes or {}))


def _with(mode: Any) -> Item:
    return controller({_MAIN: [{"name": REGISTRATION_VARIABLE, **mode}]})


_PATCH: Final = {
    "metadata": {"name": CONTROLLER, "namespace": NAMESPACE},
    "spec": {"template": {"spec": {"containers": [{"name": CONTROLLER, "env": []}]}}},
}
_CLOSED: Final = {"controller": {"registration_mode": "admin_only"}}
_CLOSED_IN_DRYCC: Final = {"controller": {"registrationMode": "admin_only"}}
_MIRROR: Final = {"chart": "oci://registry.example.org/mirror/workflow", "repositoryOpts": {}}
_VALUE = "values.controller.registration_mode"
_ELSEWHERE: Final = {"valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}
_COMMAND: Final = ["sh", "-c", "REGISTRATION_MODE=enabled exec gunicorn"]


def _patch(mode: str) -> Item:
    env = [{"name": REGISTRATION_VARIABLE, "value": mode}]
    return Item(type=f"{DEPLOYMENT}Patch", props=changed(_PATCH, {_MAIN: env}))


CASES: dict[str, tuple[Case, ...]] = {
    REGISTRATION.id: (
        ok("admin_only", controller()),
        ok("disabled", _with({"value": "disabled"})),
        ok("another_deployment", Item(type=DEPLOYMENT, props={"metadata": {"name": "web"}, "spec": {}})),
        ok("task_of_the_same_image", Item(type="kubernetes:batch/v1:Job", props=changed(_CONTROLLER, {_MAIN: []}))),
        ok("patch_that_closes", _patch("disabled")),
        ok("patch_of_something_else", _patch("admin_only")),
        ok("chart_closed", release(_CLOSED)),
        ok("another_chart", release({}, {"chart": "nginx", "repositoryOpts.repo": "https://example.org"})),
        fail("open", _with({"value": "enabled"}), at=f"{_ENV_AT}[0].value"),
        fail("omitted_is_open", controller({_MAIN: []}), at=_ENV_AT),
        fail("no_environment_at_all", controller({_MAIN: None}), at=_ENV_AT),
        fail("from_a_config_map", _with(_ELSEWHERE), at=f"{_ENV_AT}[0].valueFrom"),
        fail("from_another_variable", _with({"value": "$(MODE)"}), at=f"{_ENV_AT}[0].value"),
        fail("empty_is_open", _with({"value": ""}), at=f"{_ENV_AT}[0].value"),
        fail("misspelt", _with({"value": "adminonly"}), at=f"{_ENV_AT}[0].value"),
        fail(
            "given_twice",
            controller({_MAIN: [*_ENV, {"name": REGISTRATION_VARIABLE, "value": "enabled"}]}),
            at=f"{_ENV_AT}[2].value",
        ),
        fail(
            "init_container",
            controller({_INIT: [{"name": REGISTRATION_VARIABLE, "value": "enabled"}]}),
            at=f"{_INIT_AT}[0].value",
        ),
        fail(
            "on_the_command_line",
            controller({"spec.template.spec.containers.0.command": _COMMAND}),
            at="spec.template.spec.containers[0].command[2]",
        ),
        fail(
            "taken_away_on_the_command_line",
            controller({"spec.template.spec.containers.0.command": ["sh", "-c", "unset REGISTRATION_MODE; gunicorn"]}),
            at="spec.template.spec.containers[0].command[2]",
        ),
        fail(
            "taken_away_by_env",
            controller({"spec.template.spec.containers.0.command": ["env", "-u", "REGISTRATION_MODE", "gunicorn"]}),
            at="spec.template.spec.containers[0].command[2]",
        ),
        fail(
            "known_by_what_it_is_given",
            controller(
                {
                    "metadata.name": "api",
                    "spec.template.metadata": {},
                    "spec.template.spec.containers.0.name": "api",
                    "spec.template.spec.containers.0.image": "registry.k8s.io/mirror/api:1",
                    _MAIN: [{"name": "DEIS_SECRET_KEY", "value": "x"}],
                }
            ),
            at=_ENV_AT,
        ),
        fail(
            "known_by_its_image",
            controller(
                {
                    "metadata.name": "api",
                    "spec.template.metadata": {},
                    "spec.template.spec.containers.0.name": "api",
                    _MAIN: [],
                }
            ),
            at=_ENV_AT,
        ),
        fail("stateful_set", controller({_MAIN: []}, type_="kubernetes:apps/v1:StatefulSet"), at=_ENV_AT),
        fail("old_api", controller({_MAIN: []}, type_="kubernetes:extensions/v1beta1:Deployment"), at=_ENV_AT),
        fail("patch_that_opens", _patch("enabled"), at=f"{_ENV_AT}[0].value"),
        fail("chart_by_default", release({}), at=_VALUE),
        fail("chart_without_values", release({}, {"values": None}), at=_VALUE),
        fail("chart_open", release({"controller": {"registration_mode": "enabled"}}), at=_VALUE),
        fail("chart_closed_in_the_wrong_place", release({"registration_mode": "admin_only"}), at=_VALUE),
        fail("chart_closed_one_chart_too_deep", release({"workflow": _CLOSED}), at=_VALUE),
        fail("chart_closed_by_a_name_that_it_does_not_read", release(_CLOSED_IN_DRYCC), at=_VALUE),
        ok("chart_of_drycc", release(_CLOSED_IN_DRYCC, {"repositoryOpts.repo": "oci://registry.drycc.cc/charts"})),
        ok("chart_of_the_controller", release({"registration_mode": "admin_only"}, {"chart": "controller"})),
        ok("chart_around_it", release({"paas": _CLOSED}, {"chart": "./hephy-and-more"})),
        fail("chart_of_a_mirror", release({}, {**_MIRROR, "namespace": "deis"}), at=_VALUE),
        ok("workflow_of_somebody_else", release({}, _MIRROR)),
        fail(
            "chart_under_an_alias",
            release({"deis-controller": {"registration_mode": "enabled"}}, {"chart": "./ours", "repositoryOpts": {}}),
            at='values["deis-controller"].registration_mode',
        ),
        fail(
            "chart_v4",
            release({}, {"repositoryOpts": {}, "chart": "oci://example.org/hephy/workflow"}, type_=CHART),
            at=_VALUE,
        ),
        fail(
            "chart_within_a_chart",
            release(
                {"paas": {"controller": {"registration_mode": "enabled"}}}, {"chart": "./ours", "repositoryOpts": {}}
            ),
            at="values.paas.controller.registration_mode",
        ),
        unknown("mode_decided_later", _with({"value": UNKNOWN})),
        unknown("environment_decided_later", controller({_MAIN: UNKNOWN})),
        unknown("chart_decided_later", release({}, {"chart": UNKNOWN})),
        unknown("all_values_decided_later", release({}, {"values": UNKNOWN})),
        unknown("controller_decided_later", release({"controller": UNKNOWN})),
        unknown("chart_values_decided_later", release({"controller": {"registration_mode": UNKNOWN}})),
    ),
}
