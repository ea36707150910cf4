"""Cases of whitelist.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import (
    CONTROLLER,
    DEFAULT_WHITELIST_ANNOTATION,
    ENFORCE_ANNOTATION,
    NAMESPACE,
    NATIVE_INGRESS_VARIABLES,
    PROXY_CIDRS_ANNOTATION,
    PROXY_PROTOCOL_ANNOTATION,
    ROUTABLE_LABEL,
    ROUTER,
    WHITELIST_ANNOTATION,
)
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.deis.charts import CHART, release
from policies.rules.deis.whitelist import ENFORCED, NOT_EVERYONE, TRUE
from policies.rules.workloads.pods import deployment

_OFFICE: Final = "203.0.113.0/24,198.51.100.7"
_ROUTER: Final[dict[str, Any]] = {
    "metadata": {
        "name": ROUTER,
        "namespace": NAMESPACE,
        "annotations": {
            ENFORCE_ANNOTATION: TRUE,
            DEFAULT_WHITELIST_ANNOTATION: _OFFICE,
            PROXY_PROTOCOL_ANNOTATION: TRUE,
            PROXY_CIDRS_ANNOTATION: "10.40.0.0/20",
        },
    },
    "spec": {"template": {"metadata": {"labels": {"app": ROUTER}}, "spec": {"containers": [{"name": ROUTER}]}}},
}
_SERVICE: Final[dict[str, Any]] = {
    "metadata": {
        "name": CONTROLLER,
        "namespace": NAMESPACE,
        "labels": {ROUTABLE_LABEL: TRUE},
        "annotations": {WHITELIST_ANNOTATION: _OFFICE},
    },
    "spec": {"selector": {"app": CONTROLLER}, "ports": [{"port": 80}]},
}
_METADATA = "metadata.annotations"


def _on(key: str) -> tuple[str, ...]:
    return ("metadata", "annotations", key)


def _at(key: str) -> str:
    return f'metadata.annotations["{key}"]'


def _router(changes: dict[Any, Any] | None = None, type_: str = "kubernetes:apps/v1:Deployment") -> Item:
    return Item(type=type_, props=changed(_ROUTER, changes or {}))


def _service(changes: dict[Any, Any] | None = None, type_: str = "kubernetes:core/v1:Service") -> Item:
    return Item(type=type_, props=changed(_SERVICE, changes or {}))


def _listed(ranges: str) -> Item:
    return _service({_on(WHITELIST_ANNOTATION): ranges})


def _chart(annotations: dict[str, Any]) -> Item:
    return release({"router": {"deployment_annotations": annotations}}, type_=CHART)


def _native(value: str, name: str = NATIVE_INGRESS_VARIABLES[0]) -> Item:
    return deployment({"containers.0.env": [{"name": name, "value": value}]})


_TRUE_ADDRESSES: Final = {
    ENFORCE_ANNOTATION: TRUE,
    PROXY_PROTOCOL_ANNOTATION: TRUE,
    PROXY_CIDRS_ANNOTATION: "10.40.0.0/20",
}
_ENFORCING: Final = {"deployment_annotations": _TRUE_ADDRESSES}
_IN_CHART: Final = f'values.router.deployment_annotations["{ENFORCE_ANNOTATION}"]'
_PATCHED = "kubernetes:apps/v1:DeploymentPatch"
_VALUES = "values.router.deployment_annotations"

CASES: dict[str, tuple[Case, ...]] = {
    ENFORCED.id: (
        ok("router_enforces", _router()),
        ok("controller_with_list", _service()),
        ok("controller_not_reachable_yet", _service({("metadata", "labels", ROUTABLE_LABEL): OMITTED, _METADATA: {}})),
        ok("another_deployment", _router({"metadata.name": "web", "spec.template.metadata": {}, _METADATA: {}})),
        ok("patch_of_something_else", _router({_METADATA: OMITTED}, _PATCHED)),
        ok("chart_that_enforces", _chart(_TRUE_ADDRESSES)),
        fail(
            "addresses_that_clients_claim",
            _router({_on(PROXY_PROTOCOL_ANNOTATION): OMITTED}),
            at=_at(PROXY_PROTOCOL_ANNOTATION),
        ),
        fail("no_proxy_header", _router({_on(PROXY_PROTOCOL_ANNOTATION): "false"}), at=_at(PROXY_PROTOCOL_ANNOTATION)),
        fail("proxies_of_10_8", _router({_on(PROXY_CIDRS_ANNOTATION): OMITTED}), at=_at(PROXY_CIDRS_ANNOTATION)),
        fail("proxies_left_empty", _router({_on(PROXY_CIDRS_ANNOTATION): ""}), at=_at(PROXY_CIDRS_ANNOTATION)),
        fail(
            "chart_with_addresses_that_clients_claim",
            _chart({ENFORCE_ANNOTATION: TRUE, PROXY_CIDRS_ANNOTATION: "10.40.0.0/20"}),
            at=f'{_VALUES}["{PROXY_PROTOCOL_ANNOTATION}"]',
        ),
        fail(
            "chart_with_proxies_of_10_8",
            _chart({ENFORCE_ANNOTATION: TRUE, PROXY_PROTOCOL_ANNOTATION: TRUE}),
            at=f'{_VALUES}["{PROXY_CIDRS_ANNOTATION}"]',
        ),
        fail("omitted_is_off", _router({_on(ENFORCE_ANNOTATION): OMITTED}), at=_at(ENFORCE_ANNOTATION)),
        fail("no_annotations", _router({_METADATA: OMITTED}), at=_at(ENFORCE_ANNOTATION)),
        fail("off", _router({_on(ENFORCE_ANNOTATION): "false"}), at=_at(ENFORCE_ANNOTATION)),
        fail("word_that_the_router_skips", _router({_on(ENFORCE_ANNOTATION): "yes"}), at=_at(ENFORCE_ANNOTATION)),
        fail("patch_that_ends_it", _router({_on(ENFORCE_ANNOTATION): "false"}, _PATCHED), at=_at(ENFORCE_ANNOTATION)),
        fail("controller_without_list", _service({_METADATA: OMITTED}), at=_at(WHITELIST_ANNOTATION)),
        fail("chart_by_default", release({}), at=f'{_VALUES}["{ENFORCE_ANNOTATION}"]'),
        fail("chart_off", _chart({ENFORCE_ANNOTATION: False}), at=f'{_VALUES}["{ENFORCE_ANNOTATION}"]'),
        fail("chart_in_the_wrong_place", release({"annotations": {ENFORCE_ANNOTATION: TRUE}}), at=_IN_CHART),
        ok("chart_of_the_router", release(_ENFORCING, {"chart": "router"})),
        fail(
            "chart_without_a_router",
            release({"router": _ENFORCING, "global": {"experimental_native_ingress": True}}),
            at="values.global.experimental_native_ingress",
        ),
        ok("with_its_router", _native("false")),
        fail(
            "without_a_router_by_its_later_name",
            _native("true", NATIVE_INGRESS_VARIABLES[1]),
            at="spec.template.spec.containers[0].env[0].value",
        ),
        fail("without_a_router", _native("true"), at="spec.template.spec.containers[0].env[0].value"),
        fail("router_by_its_pods", _router({"metadata.name": "edge", _METADATA: {}}), at=_at(ENFORCE_ANNOTATION)),
        fail(
            "another_service_of_the_controller",
            _service({"metadata.name": "api", "spec.selector": {"app": CONTROLLER}, _METADATA: {}}),
            at=_at(WHITELIST_ANNOTATION),
        ),
        unknown("decided_later", _router({_on(ENFORCE_ANNOTATION): UNKNOWN})),
        unknown("proxies_decided_later", _router({_on(PROXY_CIDRS_ANNOTATION): UNKNOWN})),
    ),
    NOT_EVERYONE.id: (
        ok("offices", _service()),
        ok("router", _router()),
        ok("no_list", _service({_METADATA: {}})),
        ok("wide_because_asked_for", _listed("10.0.0.0/8"), settings={"allowWide": True}),
        fail("everyone", _listed("0.0.0.0/0"), at=_at(WHITELIST_ANNOTATION)),
        fail("two_halves", _listed("0.0.0.0/1,128.0.0.0/1"), at=_at(WHITELIST_ANNOTATION)),
        fail(
            "four_quarters_though_wide_is_allowed",
            _listed("0.0.0.0/2,64.0.0.0/2,128.0.0.0/2,192.0.0.0/2"),
            at=_at(WHITELIST_ANNOTATION),
            settings={"allowWide": True},
        ),
        ok("as_wide_as_may_be", _listed("203.0.113.0/24"), settings={"widestPrefix": 24}),
        fail(
            "wider_than_configured",
            _listed("203.0.112.0/23"),
            at=_at(WHITELIST_ANNOTATION),
            settings={"widestPrefix": 24},
        ),
        fail("very_wide", _listed("203.0.0.0/8"), at=_at(WHITELIST_ANNOTATION)),
        fail("no_range", _listed("office"), at=_at(WHITELIST_ANNOTATION)),
        fail("ipv6_voids_the_list", _listed("203.0.113.0/24,2001:db8::/32"), at=_at(WHITELIST_ANNOTATION)),
        fail("comma_too_many", _listed("203.0.113.0/24,"), at=_at(WHITELIST_ANNOTATION)),
        fail("empty", _listed(""), at=_at(WHITELIST_ANNOTATION)),
        fail(
            "everyone_by_default",
            _router({_on(DEFAULT_WHITELIST_ANNOTATION): "0.0.0.0/0"}),
            at=_at(DEFAULT_WHITELIST_ANNOTATION),
        ),
        fail(
            "proxy_headers_of_everyone",
            _router({_on(PROXY_CIDRS_ANNOTATION): "0.0.0.0/0"}),
            at=_at(PROXY_CIDRS_ANNOTATION),
        ),
        fail(
            "patch",
            _router({_on(DEFAULT_WHITELIST_ANNOTATION): "0.0.0.0/0"}, _PATCHED),
            at=_at(DEFAULT_WHITELIST_ANNOTATION),
        ),
        fail(
            "chart",
            _chart({DEFAULT_WHITELIST_ANNOTATION: "0.0.0.0/0"}),
            at=f'{_VALUES}["{DEFAULT_WHITELIST_ANNOTATION}"]',
        ),
        ok("release_without_files", release({}, {"valueYamlFiles": []})),
        fail("release_with_files", release({}, {"valueYamlFiles": [{"path": "deis.yaml"}]}), at="valueYamlFiles"),
        fail("release_that_is_changed_later", release({}, {"postrender": "./patch.sh"}), at="postrender"),
        fail(
            "chart_with_a_list_of_them",
            release({"services": [{WHITELIST_ANNOTATION: "0.0.0.0/0"}]}),
            at=f'values.services[0]["{WHITELIST_ANNOTATION}"]',
        ),
        unknown("decided_later", _listed(UNKNOWN)),
    ),
}
