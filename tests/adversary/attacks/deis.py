"""Attacks on Deis: registration, whitelists, routes, passwords that everybody knows."""

from __future__ import annotations

import base64
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack
from tests.adversary.attacks.workloads import pod, serves

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
CONTROLLER: Final = "hephy/controller:v2.24.3"
CHART: Final = {"chart": "workflow", "repositoryOpts": {"repo": "https://charts.teamhephy.com"}}
CHARTS: Final = "kubernetes:helm.sh/v4:Chart"
WHITELIST: Final = "router.deis.io/whitelist"
MINIO: Final = "gbstrOvotMMcg2sMfGUhA5a6Et/EI5ALtIHsobYk"
"""The key in Deis's public chart of MinIO."""


def _attack(requirement: str, name: str, why: str, blocked_by: str, type_: str, **props: Any) -> Attack:
    item = Item(type=type_, props=props)
    return Attack(name=name, requirement=requirement, why=why, items=(item,), blocked_by=blocked_by)


def _controller(name: str, why: str, owner: str, *variables: dict[str, Any], type_: str = DEPLOYMENT) -> Attack:
    spec = serves(pod(container={"name": "app", "image": CONTROLLER, "env": list(variables)}))
    metadata = {"name": owner, "namespace": "deis"}
    return _attack("DEIS-REG", name, why, "registration-not-open", type_, metadata=metadata, spec=spec)


def _service(name: str, why: str, blocked_by: str, requirement: str = "DEIS-WL", **annotations: str) -> Attack:
    metadata = {
        "name": "deis-controller" if blocked_by != "deis-routes" else "shop",
        "namespace": "deis" if blocked_by != "deis-routes" else "shop",
        "labels": {"router.deis.io/routable": "true"},
        "annotations": {f"router.deis.io/{key}": value for key, value in annotations.items()},
    }
    spec = {"selector": {"app": "deis-controller"}, "ports": [{"port": 80}]}
    return _attack(requirement, name, why, blocked_by, "kubernetes:core/v1:Service", metadata=metadata, spec=spec)


ATTACKS: Final = (
    _controller(
        "registration_that_is_open",
        "Everybody registers, and the first is an administrator.",
        "deis-controller",
        {"name": "REGISTRATION_MODE", "value": "enabled"},
    ),
    _controller("registration_by_default", "Left out, the mode is open.", "deis-controller"),
    _controller(
        "controller_under_another_name",
        "The image is the controller's, whatever it is called.",
        "billing",
        {"name": "REGISTRATION_MODE", "value": "enabled"},
        type_="kubernetes:apps/v1:StatefulSet",
    ),
    _controller(
        "registration_in_a_rollout",
        "An operator makes the controller's pods.",
        "deis-controller",
        {"name": "REGISTRATION_MODE", "value": "enabled"},
        type_="kubernetes:argoproj.io/v1alpha1:Rollout",
    ),
    _attack(
        "DEIS-REG",
        "registration_in_a_chart",
        "The chart's default is open.",
        "registration-not-open",
        CHARTS,
        **CHART,
        values={"controller": {"registration_mode": "enabled"}},
    ),
    _attack(
        "DEIS-REG",
        "password_that_everybody_knows",
        "The key of the object storage is in the public chart.",
        "no-default-credentials",
        "kubernetes:core/v1:Secret",
        metadata={"name": "objectstorage-keyfile", "namespace": "deis"},
        data={"secretkey": base64.b64encode(MINIO.encode()).decode()},
    ),
    _service("controller_for_everybody", "No whitelist at all.", "whitelist-enforced", whitelist=""),
    _service(
        "whitelist_in_two_halves",
        "Two halves of the Internet are all of it.",
        "whitelist-not-everyone",
        whitelist="0.0.0.0/1,128.0.0.0/1",
    ),
    _service(
        "whitelist_that_the_router_skips",
        "The router ignores a list with an error in it, and lets everybody in.",
        "whitelist-not-everyone",
        whitelist="203.0.113.0/24; 198.51.100.0/24",
    ),
    _service(
        "route_of_the_controller",
        "An application's Service takes the controller's name, and its passwords.",
        "deis-routes",
        domains="shop,DEIS.apps.example.org",
    ),
    _service(
        "text_for_nginx",
        "The annotation is written into nginx's configuration.",
        "deis-routes",
        domains="shop",
        proxyLocations="/ { alias /etc/; }",
    ),
    _attack(
        "DEIS-WL",
        "router_that_believes_clients",
        "Clients write their own address into X-Forwarded-For.",
        "whitelist-enforced",
        DEPLOYMENT,
        metadata={
            "name": "deis-router",
            "namespace": "deis",
            "annotations": {
                "router.deis.io/nginx.enforceWhitelists": "true",
                "router.deis.io/nginx.useProxyProtocol": "false",
            },
        },
        spec=serves(pod()),
    ),
    _attack(
        "DEIS-WL",
        "no_router_at_all",
        "Without the router nobody reads a whitelist.",
        "whitelist-enforced",
        DEPLOYMENT,
        metadata={"name": "deis-controller", "namespace": "deis"},
        spec=serves(
            pod(
                container={
                    "image": CONTROLLER,
                    "env": [
                        {"name": "REGISTRATION_MODE", "value": "disabled"},
                        {"name": "EXPERIMENTAL_NATIVE_INGRESS", "value": "true"},
                    ],
                }
            )
        ),
    ),
    _attack(
        "TLS-CFG",
        "router_of_tls_1_0",
        "A patch lets the router speak TLS 1.0.",
        "router-tls-modern",
        "kubernetes:apps/v1:DeploymentPatch",
        metadata={
            "name": "deis-router",
            "namespace": "deis",
            "annotations": {"router.deis.io/nginx.ssl.protocols": "TLSv1 TLSv1.2"},
        },
    ),
    _attack(
        "TLS-CFG",
        "parameters_that_everybody_has",
        "One computation breaks every router with the chart's parameters.",
        "shared-dh-parameters",
        CHARTS,
        **CHART,
        values={},
    ),
)
