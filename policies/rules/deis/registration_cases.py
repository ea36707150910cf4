"""Cases of registration.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import CONTROLLER, NAMESPACE, REGISTRATION_VARIABLE
from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.deis.charts import CHART, release
from policies.rules.deis.registration import REGISTRATION
from policies.rules.workloads.pods import DEPLOYMENT

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


def _unnamed(image: str, **container: Any) -> Item:
    """A Deployment that can be identified as the controller only by its container."""
    made = {"name": "api", "image": image, "env": [], **container}
    spec = {"template": {"metadata": {}, "spec": {"containers": [made]}}}
    return Item(type=DEPLOYMENT, props={"metadata": {"name": "api", "namespace": NAMESPACE}, "spec": spec})


_PATCH: Final = {
    "metadata": {"name": CONTROLLER, "namespace": NAMESPACE},
    "spec": {"template": {"spec": {"containers": [{"name": CONTROLLER, "env": []}]}}},
}
_CLOSED: Final = {"controller": {"registration_mode": "admin_only"}}
_CLOSED_IN_DRYCC: Final = {"controller": {"registrationMode": "admin_only"}}
_MIRROR: Final = {"chart": "oci://registry.example.org/mirror/workflow", "repositoryOpts": {}}
_VALUE = "values.controller.registration_mode"
_ELSEWHERE: Final = {"valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}


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
        fail(
            "known_by_its_mirrored_image",
            _unnamed("123456789012.dkr.ecr.eu-central-1.amazonaws.com/mirror/hephy-controller:v2.22.0"),
            at=_ENV_AT,
        ),
        fail("known_by_the_image_of_before", _unnamed("quay.io/deis/controller:v2.18.0"), at=_ENV_AT),
        fail(
            "known_by_what_it_runs",
            _unnamed("docker.io/example/api:1.0", command=["gunicorn", "api.wsgi"]),
            at=_ENV_AT,
        ),
        ok("controller_of_something_else", _unnamed("registry.k8s.io/ingress-nginx/controller:v1.14.0")),
        fail(
            "beside_what_runs_before",
            controller({_INIT: [], "spec.template.spec.initContainers.0.restartPolicy": "Always"}),
            at=_INIT_AT,
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
