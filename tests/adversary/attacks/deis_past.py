"""Attacks past Deis's settings and its router: the controller runs something else, or is reached another way."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import REQUIRED_VARIABLES, SECRET_VARIABLES
from policies.kernel.cases import Item
from tests.adversary.attack import Attack

CODE: Final = "deis-controller-code"
ENVIRONMENT: Final = "deis-controller-environment"
BEHIND: Final = "deis-behind-router"
CONTROLLER: Final = "deis-controller"
IMAGE: Final = "docker.io/hephy/controller:v2.22.0"
_REFERENCE: Final = {"valueFrom": {"secretKeyRef": {"name": "keys", "key": "x"}}}
_ENV: Final[list[dict[str, Any]]] = [
    {"name": name, **(_REFERENCE if name in SECRET_VARIABLES else {"value": "admin_only"})}
    for name in REQUIRED_VARIABLES
]


def _object(
    name: str, why: str, blocked_by: str, type_: str, *, metadata: dict[str, Any], spec: dict[str, Any]
) -> Attack:
    return Attack(
        name=name,
        requirement="DEIS-WL" if blocked_by == BEHIND else "DEIS-REG",
        why=why,
        items=(Item(type=f"kubernetes:{type_}", props={"metadata": metadata, "spec": spec}),),
        blocked_by=blocked_by,
    )


def _controller(
    name: str,
    why: str,
    blocked_by: str = CODE,
    *,
    type_: str = "apps/v1:Deployment",
    app: str = CONTROLLER,
    **container: Any,
) -> Attack:
    """A controller that says that registration is closed."""
    one = {"name": "api", "image": IMAGE, "env": _ENV, **container}
    volumes = [{"name": "code", "configMap": {"name": "code"}}]
    template = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [one], "volumes": volumes}}
    return _object(
        name, why, blocked_by, type_, metadata={"name": "api", "namespace": "deis"}, spec={"template": template}
    )


def _leads(name: str, why: str, type_: str, namespace: str, **spec: Any) -> Attack:
    return _object(name, why, BEHIND, type_, metadata={"name": "api", "namespace": namespace}, spec=spec)


ATTACKS: Final = (
    _controller(
        "mode_that_a_shell_changes",
        "The environment says closed, the shell opens it.",
        command=["sh", "-c", "M=REGISTRATION; eval export ${M}_MODE=enabled; exec gunicorn api.wsgi"],
    ),
    _controller(
        "mode_by_gunicorn",
        "Gunicorn sets variables from one of its own.",
        ENVIRONMENT,
        env=[*_ENV, {"name": "GUNICORN_CMD_ARGS", "value": "--env REGISTRATION_MODE=enabled"}],
    ),
    _controller(
        "modules_from_a_config_map",
        "Python runs code from a ConfigMap before Deis's.",
        ENVIRONMENT,
        env=[*_ENV, {"name": "PYTHONPATH", "value": "/tmp/code"}],
    ),
    _controller(
        "settings_from_a_config_map",
        "The file says that registration is open.",
        volumeMounts=[{"name": "code", "mountPath": "/app/api/settings/production.py", "subPath": "production.py"}],
    ),
    _controller(
        "modules_where_it_starts",
        "Gunicorn takes api.wsgi from its working directory.",
        workingDir="/tmp",
        volumeMounts=[{"name": "code", "mountPath": "/tmp/api"}],
    ),
    _controller(
        "hook_after_the_start",
        "The hook makes an administrator.",
        lifecycle={"postStart": {"exec": {"command": ["python", "/app/manage.py", "createsuperuser"]}}},
    ),
    _controller(
        "probe_that_runs_something",
        "The probe makes an administrator.",
        livenessProbe={"exec": {"command": ["python", "/app/manage.py", "createsuperuser"]}},
    ),
    _controller(
        "variables_of_a_whole_config_map",
        "Anybody who can write the ConfigMap sets variables that nobody reviewed.",
        ENVIRONMENT,
        envFrom=[{"configMapRef": {"name": "settings"}}],
    ),
    _controller(
        "key_that_may_be_missing",
        "Without the Secret the controller signs with a public constant.",
        ENVIRONMENT,
        env=[
            {**one, "valueFrom": {"secretKeyRef": {"name": "keys", "key": "x", "optional": True}}}
            if one["name"] == "DEIS_SECRET_KEY"
            else one
            for one in _ENV
        ],
    ),
    _controller(
        "task_that_serves",
        "A Job is judged as a task, and serves all the same.",
        type_="batch/v1:Job",
        app="migrate",
        command=["gunicorn", "api.wsgi"],
    ),
    _controller(
        "image_under_its_label",
        "The Service sends passwords to a program of the attacker's.",
        image="docker.io/example/phishing:1.0",
    ),
    _controller(
        "closed_mode_of_a_mirror",
        "The mirror's name hides whose image it is.",
        "registration-not-open",
        image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/mirror/hephy-controller:v2.22.0",
        app="api",
        env=[],
    ),
    _leads("another_service", "Past the whitelist.", "core/v1:Service", "deis", selector={"app": CONTROLLER}),
    _leads("service_by_another_label", "Past the whitelist.", "core/v1:Service", "deis", selector={"heritage": "deis"}),
    _leads(
        "other_name_of_the_controller",
        "A routable Service without a whitelist leads to the controller.",
        "core/v1:Service",
        "shop",
        type="ExternalName",
        externalName="deis-controller.deis.svc.cluster.local",
    ),
    _object(
        "balancer_of_the_controller",
        "The whole VPC reaches the controller.",
        BEHIND,
        "core/v1:Service",
        metadata={
            "name": CONTROLLER,
            "namespace": "deis",
            "annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"},
        },
        spec={"type": "LoadBalancer", "selector": {"app": CONTROLLER}, "ports": [{"port": 80}]},
    ),
    _leads(
        "ingress_to_the_controller",
        "Past the whitelist.",
        "networking.k8s.io/v1:Ingress",
        "deis",
        defaultBackend={"service": {"name": CONTROLLER, "port": {"number": 80}}},
    ),
    _leads(
        "route_to_the_controller",
        "Past the whitelist.",
        "gateway.networking.k8s.io/v1:HTTPRoute",
        "shop",
        rules=[{"backendRefs": [{"name": CONTROLLER, "namespace": "deis", "port": 80}]}],
    ),
    _leads(
        "targets_of_the_builder",
        "A load balancer of somebody's own leads to git.",
        "elbv2.k8s.aws/v1beta1:TargetGroupBinding",
        "deis",
        serviceRef={"name": "deis-builder", "port": 2222},
        targetGroupARN="arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/1",
    ),
    _leads(
        "network_policy_for_everybody",
        "Every pod reaches the controller, past the router.",
        "networking.k8s.io/v1:NetworkPolicy",
        "deis",
        podSelector={},
        ingress=[{"from": [{"namespaceSelector": {}}]}],
    ),
)
