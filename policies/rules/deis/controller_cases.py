"""Cases of controller.py."""

from __future__ import annotations

import copy
from typing import Any, Final

from policies.guidelines.deis import REGISTRATION_VARIABLE, REQUIRED_VARIABLES, SECRET_VARIABLES
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.deis.controller import CONTROLLER_CODE, CONTROLLER_ENVIRONMENT
from policies.rules.deis.registration_cases import controller
from policies.rules.workloads.pods import DEPLOYMENT, deployment

_FROM_SECRET: Final[dict[str, Any]] = {"valueFrom": {"secretKeyRef": {"name": "keys", "key": "x"}}}


def _variable(name: str) -> dict[str, Any]:
    value = "admin_only" if name == REGISTRATION_VARIABLE else "x"
    return {"name": name, **(_FROM_SECRET if name in SECRET_VARIABLES else {"value": value})}


def _complete() -> list[dict[str, Any]]:
    return copy.deepcopy([_variable(name) for name in REQUIRED_VARIABLES])


_COMPLETE: Final = _complete()
_SPEC: Final = "spec.template.spec"
_MAIN, _AT = f"{_SPEC}.containers.0", f"{_SPEC}.containers[0]"
_INIT, _INIT_AT = f"{_SPEC}.initContainers.0", f"{_SPEC}.initContainers[0]"
_KEY: Final = REQUIRED_VARIABLES.index("DEIS_SECRET_KEY")
_JOB: Final = "kubernetes:batch/v1:Job"
_MIGRATE: Final = ["python", "/app/manage.py", "migrate"]


def _with(changes: dict[Any, Any] | None = None, type_: str = DEPLOYMENT) -> Item:
    """A valid controller, with changes of its container."""
    own = {f"{_MAIN}.{key}": value for key, value in (changes or {}).items()}
    own[f"{_SPEC}.volumes"] = [
        {"name": "v", "emptyDir": {}},
        {"name": "d", "persistentVolumeClaim": {"claimName": "d"}},
    ]
    if type_ == _JOB:
        own["spec.template.metadata.labels"] = {"app": "deis-migrate"}
    return controller(
        {f"{_MAIN}.env": _complete(), f"{_INIT}.command": _MIGRATE, f"{_INIT}.env": _complete(), **own}, type_=type_
    )


def _env(*more: dict[str, Any]) -> Item:
    return _with({"env": [*_COMPLETE, *more]})


def _task(command: list[str] | None, env: list[dict[str, Any]], type_: str = _JOB) -> Item:
    changes = {"env": env, "command": command if command is not None else OMITTED}
    return _with({key: value for key, value in changes.items() if value is not OMITTED}, type_)


def _mounted(path: str) -> Item:
    return _with({"volumeMounts": [{"name": "v", "mountPath": "/tmp"}, {"name": "v", "mountPath": path}]})  # noqa: S108


def _patch(**container: Any) -> Item:
    spec = {"template": {"spec": {"containers": [{"name": "deis-controller", **container}]}}}
    return Item(type=f"{DEPLOYMENT}Patch", props={"metadata": {"name": "deis-controller"}, "spec": spec})


CASES: dict[str, tuple[Case, ...]] = {
    CONTROLLER_ENVIRONMENT.id: (
        ok("complete", _with()),
        ok("more_that_it_reads", _env({"name": "GUNICORN_WORKERS", "value": "5"})),
        ok("another_deployment", deployment({"containers.0.env": [{"name": "PYTHONPATH", "value": "/x"}]})),
        ok("task_that_reads_certificates", _task(["python", "-c", "print(1)"], [])),
        ok("task_that_migrates", _task(_MIGRATE, _COMPLETE)),
        ok("patch_of_something_else", _patch(image="hephy/controller:v2.22.0")),
        fail("fallbacks", _with({"env": _COMPLETE[:1]}), at=_AT),
        fail(
            "key_in_plain_text",
            _with({f"env.{_KEY}": {"name": "DEIS_SECRET_KEY", "value": "x"}}),
            at=f"{_AT}.env[{_KEY}]",
        ),
        fail(
            "key_that_may_be_missing",
            _with({f"env.{_KEY}.valueFrom.secretKeyRef.optional": True}),
            at=f"{_AT}.env[{_KEY}]",
        ),
        fail("debugging", _env({"name": "DEIS_DEBUG", "value": "false"}), at=f"{_AT}.env[{len(_COMPLETE)}].name"),
        fail(
            "options_of_gunicorn",
            _env({"name": "GUNICORN_CMD_ARGS", "value": "--env REGISTRATION_MODE=enabled"}),
            at=f"{_AT}.env[{len(_COMPLETE)}].name",
        ),
        fail(
            "another_api_server",
            _env({"name": "KUBERNETES_SERVICE_HOST", "value": "x"}),
            at=f"{_AT}.env[{len(_COMPLETE)}].name",
        ),
        fail("all_of_a_secret", _with({"envFrom": [{"secretRef": {"name": "settings"}}]}), at=f"{_AT}.envFrom"),
        fail("task_without_keys", _task(_MIGRATE, _COMPLETE[:1]), at=_AT),
        fail("patch_that_debugs", _patch(env=[{"name": "DEIS_DEBUG", "value": "1"}]), at=f"{_AT}.env[0].name"),
        unknown("made_with_it", _with({"env": UNKNOWN})),
    ),
    CONTROLLER_CODE.id: (
        ok("image_s_own", _with()),
        ok("gunicorn", _with({"command": ["gunicorn", "-c", "/app/deis/gunicorn/config.py"], "args": ["api.wsgi"]})),
        ok("another_deployment", deployment({"containers.0.command": ["sh", "-c", "serve"]})),
        ok("waits_for_its_end", _with({"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}})),
        ok("probe", _with({"livenessProbe": {"httpGet": {"path": "/healthz", "port": 8000}}})),
        ok("roots_of_the_database", _mounted("/etc/deis/database")),
        ok("task_that_migrates", _task(_MIGRATE, _COMPLETE)),
        ok("patch_of_something_else", _patch(env=[])),
        fail("shell", _with({"command": ["sh", "-c", "REGISTRATION_MODE=enabled exec gunicorn"]}), at=f"{_AT}.command"),
        fail(
            "taken_away_by_env", _with({"command": ["env", "-u", "REGISTRATION_MODE", "gunicorn"]}), at=f"{_AT}.command"
        ),
        fail("arguments", _with({"args": ["gunicorn", "--env", "X=1", "api.wsgi"]}), at=f"{_AT}.args"),
        fail("modules_of_another_place", _with({"workingDir": "/tmp"}), at=f"{_AT}.workingDir"),  # noqa: S108
        fail(
            "after_the_start",
            _with({"lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", "x"]}}}}),
            at=f"{_AT}.lifecycle.postStart",
        ),
        fail(
            "before_the_end",
            _with({"lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "x"]}}}}),
            at=f"{_AT}.lifecycle.preStop",
        ),
        fail(
            "probe_that_runs_something",
            _with({"startupProbe": {"exec": {"command": ["x"]}}}),
            at=f"{_AT}.startupProbe.exec",
        ),
        fail("other_code", _mounted("/app/api"), at=f"{_AT}.volumeMounts[1].mountPath"),
        fail("other_code_in_other_words", _mounted("/tmp/../app"), at=f"{_AT}.volumeMounts[1].mountPath"),  # noqa: S108
        fail("other_libraries", _mounted("/usr/local/lib/python3.6"), at=f"{_AT}.volumeMounts[1].mountPath"),
        fail("device", _with({"volumeDevices": [{"name": "d", "devicePath": "/dev/x"}]}), at=f"{_AT}.volumeDevices"),
        fail("task_that_serves", _task(["gunicorn", "api.wsgi"], _COMPLETE), at=f"{_AT}.command[0]"),
        fail("task_by_default", _task(None, _COMPLETE), at=f"{_AT}.command"),
        fail("patch_that_runs_a_shell", _patch(command=["sh"]), at=f"{_AT}.command"),
        fail(
            "task_that_a_service_finds",
            Item(
                type=_JOB,
                props={
                    "spec": {
                        "template": {
                            "metadata": {"labels": {"app": "deis-builder"}},
                            "spec": {"containers": [{"image": "hephy/builder:v2.13.7"}]},
                        }
                    }
                },
            ),
            at="spec.template.metadata.labels.app",
        ),
        fail(
            "another_image_with_its_label",
            deployment(metadata={"labels": {"app": "deis-controller"}}),
            at="spec.template.metadata.labels.app",
        ),
        fail(
            "another_image_with_the_builder_s_label",
            deployment(metadata={"labels": {"app": "deis-builder"}}),
            at="spec.template.metadata.labels.app",
        ),
        ok(
            "builder_of_a_mirror",
            deployment(
                {"containers.0.image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/paas/builder:v2.13.7"},
                metadata={"labels": {"app": "deis-builder"}},
            ),
        ),
        ok(
            "builder",
            deployment(
                {"containers.0.image": "docker.io/hephy/builder:v2.13.7"}, metadata={"labels": {"app": "deis-builder"}}
            ),
        ),
        unknown("command_decided_later", _with({"command": UNKNOWN})),
    ),
}
