"""Who may talk to Deis's controller: named ranges, enforced by the router (DEIS-WL).

The router falls back to its own, open defaults where a value is not valid, with nothing but a warning; so a value that
it would not take is a violation, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.deis.charts import CHART, CHARTS, RELEASE, found, is_deis, named, release, told
from policies.guidelines import cidr
from policies.guidelines.deis import (
    CONTROLLER,
    DEFAULT_WHITELIST_ANNOTATION,
    ENFORCE_ANNOTATION,
    NAMESPACE,
    NATIVE_INGRESS_VARIABLE,
    OFF,
    PROXY_CIDRS_ANNOTATION,
    ROUTABLE_LABEL,
    ROUTER,
    WHITELIST_ANNOTATION,
)
from policies.judged import Resource, Violation, breach
from policies.kinds import APPS, CORE_ONLY, SERVICES, WORKLOADS, Kinds
from policies.policy import CRITICAL, MANDATORY, Policy
from policies.values import Value
from policies.workloads.pods import deployment, pods

ROUTERS: Final = Kinds({"Deployment": APPS, "StatefulSet": APPS, "DaemonSet": APPS, "ReplicationController": CORE_ONLY})
ANNOTATED: Final = SERVICES | ROUTERS
RANGES: Final = (WHITELIST_ANNOTATION, DEFAULT_WHITELIST_ANNOTATION, PROXY_CIDRS_ANNOTATION)
TRUE: Final = "true"


class OrCharts:
    """Some kinds, and charts.

    Args:
        kinds: the kinds.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def __contains__(self, type_: object) -> bool:
        return type_ in CHARTS or type_ in self._kinds


def _enforced_by(value: Value) -> Iterator[Violation]:
    if value.text() != TRUE:
        yield breach(value, f"{value.text()}" if value.present else "nothing (false)", TRUE)


def _native_ingress(container: Value) -> Iterator[Violation]:
    for variable in container["env"].items():
        if variable["name"].text() == NATIVE_INGRESS_VARIABLE:
            source = variable["valueFrom"]
            yield from _router_there(variable["value"] if source.known and not source.present else source)


def _router_there(value: Value) -> Iterator[Violation]:
    if not value.known or (value.is_object or (value.text() or "").lower() not in OFF):
        yield breach(value, "no router, and with it no whitelist", "false")


def _enforced(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        values = resource.props["values"]
        given = list(found(values, (ENFORCE_ANNOTATION,)))
        yield from resource.each(given, _enforced_by)
        if is_deis(resource):
            place, said = told(resource, "router", "deployment_annotations", ENFORCE_ANNOTATION)
            if not said:
                yield from _enforced_by(place)
            yield from resource.each(found(values, (NATIVE_INGRESS_VARIABLE.lower(),)), _router_there)
        return
    for pod in pods(resource):
        yield from resource.each(pod.containers(), _native_ingress)
    for router in named(ROUTERS.objects(resource), ROUTER):
        with resource.apart():
            value = router.value.along("metadata", "annotations", ENFORCE_ANNOTATION)
            if not router.patch or not value.known or value.present:
                yield from _enforced_by(value)
    for service in named(SERVICES.objects(resource), CONTROLLER):
        with resource.apart():
            annotations, labels = service.value.along("metadata", "annotations"), service.value["metadata"]["labels"]
            value = annotations[WHITELIST_ANNOTATION]
            routable = labels[ROUTABLE_LABEL].text() == TRUE
            if routable and not service.patch and not value.text():
                yield breach(value, "nothing", "the ranges that may talk to the controller")


ENFORCED = Policy(
    id="whitelist-enforced",
    requirement="DEIS-WL",
    types=OrCharts(ANNOTATED | WORKLOADS),
    level=MANDATORY,
    severity=CRITICAL,
    description="Deis's router enforces whitelists, and the controller has one.",
    fix=f"annotate the Deployment {ROUTER} with {ENFORCE_ANNOTATION}: 'true', and the Service {CONTROLLER} with "
    f"{WHITELIST_ANNOTATION}; of a chart, router.deployment_annotations in values",
    rule=_enforced,
)


def _ranges(resource: Resource) -> Iterator[Value]:
    """Every annotation that lists ranges, of an object or in the values of a chart."""
    if resource.type in CHARTS:
        yield from found(resource.props["values"], RANGES)
        return
    for one in ANNOTATED.objects(resource):
        with resource.apart():
            annotations = one.value.along("metadata", "annotations")
            yield from (annotations[key] for key in RANGES)


def _not_everyone(resource: Resource) -> Iterator[Violation]:
    wide = resource.settings["allowWide"].flag()
    widest = int(resource.settings["widestPrefix"].number() or cidr.WIDEST_PREFIX)

    def judged(value: Value) -> Iterator[Violation]:
        text = value.text()
        if text is None:
            return
        # The proxies are balancers of ours, in whole subnets; the others are people somewhere.
        prefix = cidr.WIDEST_PREFIX if PROXY_CIDRS_ANNOTATION in value.path else widest
        for fault in cidr.whitelist_faults(cidr.split(text), allow_wide=wide, widest_prefix=prefix):
            yield breach(value, fault, "IPv4 ranges of those who need it, with commas and nothing else between them")

    yield from resource.each(_ranges(resource), judged)
    if resource.type == RELEASE and is_deis(resource):
        # What they add is rendered inside the provider, and seen nowhere.
        for name in ("valueYamlFiles", "postrender"):
            with resource.apart():
                given = resource.props[name]
                if given.present and not (given.is_list and not given.items()):
                    yield breach(given, "annotations from elsewhere, which may be any", "values, where they are seen")


NOT_EVERYONE = Policy(
    id="whitelist-not-everyone",
    requirement="DEIS-WL",
    types=OrCharts(ANNOTATED),
    level=MANDATORY,
    severity=CRITICAL,
    description="A whitelist names who needs it: never everyone, whole or in parts, and nothing that the router skips.",
    fix="name the office, the VPN and the runners; wider ranges need allowWide in this policy's configuration",
    rule=_not_everyone,
    settings={
        "allowWide": {
            "type": "boolean",
            "default": False,
            "description": f"Take entries wider than widestPrefix, or more than {cidr.MOST_ENTRIES} of them.",
        },
        "widestPrefix": {
            "type": "integer",
            "minimum": cidr.WIDEST_PREFIX,
            "maximum": 32,
            "default": cidr.WIDEST_PREFIX,
            "description": "Shortest prefix that an entry may have, the proxies' aside; a larger number is stricter.",
        },
    },
)

POLICIES = (ENFORCED, NOT_EVERYONE)

_OFFICE: Final = "203.0.113.0/24,198.51.100.7"
_ROUTER: Final[dict[str, Any]] = {
    "metadata": {
        "name": ROUTER,
        "namespace": NAMESPACE,
        "annotations": {
            ENFORCE_ANNOTATION: TRUE,
            DEFAULT_WHITELIST_ANNOTATION: _OFFICE,
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
    "spec": {"ports": [{"port": 80}]},
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


def _native(value: str) -> Item:
    return deployment({"containers.0.env": [{"name": NATIVE_INGRESS_VARIABLE, "value": value}]})


_ENFORCING: Final = {"deployment_annotations": {ENFORCE_ANNOTATION: TRUE}}
_IN_CHART: Final = f'values.router.deployment_annotations["{ENFORCE_ANNOTATION}"]'
_PATCHED = "kubernetes:apps/v1:DeploymentPatch"
_VALUES = "values.router.deployment_annotations"

CASES: dict[str, tuple[Case, ...]] = {
    ENFORCED.id: (
        ok("router_enforces", _router()),
        ok("controller_with_list", _service()),
        ok("controller_not_reachable_yet", _service({("metadata", "labels", ROUTABLE_LABEL): OMITTED, _METADATA: {}})),
        ok("another_deployment", _router({"metadata.name": "web", "spec.template.metadata": {}, _METADATA: {}})),
        ok("patch_of_something_else", _router({_on(ENFORCE_ANNOTATION): OMITTED}, _PATCHED)),
        ok("chart_that_enforces", _chart({ENFORCE_ANNOTATION: TRUE})),
        fail("omitted_is_off", _router({_on(ENFORCE_ANNOTATION): OMITTED}), at=_at(ENFORCE_ANNOTATION)),
        fail("no_annotations", _router({_METADATA: OMITTED}), at=_at(ENFORCE_ANNOTATION)),
        fail("off", _router({_on(ENFORCE_ANNOTATION): "false"}), at=_at(ENFORCE_ANNOTATION)),
        fail("word_that_the_router_skips", _router({_on(ENFORCE_ANNOTATION): "yes"}), at=_at(ENFORCE_ANNOTATION)),
        fail("patch_that_ends_it", _router({_on(ENFORCE_ANNOTATION): "false"}, _PATCHED), at=_at(ENFORCE_ANNOTATION)),
        fail("controller_without_list", _service({_METADATA: OMITTED}), at=_at(WHITELIST_ANNOTATION)),
        fail("chart_by_default", release({}), at=f'{_VALUES}["{ENFORCE_ANNOTATION}"]'),
        fail("chart_off", _chart({ENFORCE_ANNOTATION: False}), at=f'{_VALUES}["{ENFORCE_ANNOTATION}"]'),
        fail("chart_in_the_wrong_place", release({"annotations": {ENFORCE_ANNOTATION: TRUE}}), at=_IN_CHART),
        ok("chart_of_the_router", release({"deployment_annotations": {ENFORCE_ANNOTATION: TRUE}}, {"chart": "router"})),
        fail(
            "chart_without_a_router",
            release({"router": _ENFORCING, "global": {"experimental_native_ingress": True}}),
            at="values.global.experimental_native_ingress",
        ),
        ok("with_its_router", _native("false")),
        fail("without_a_router", _native("true"), at="spec.template.spec.containers[0].env[0].value"),
        fail("router_by_its_pods", _router({"metadata.name": "edge", _METADATA: {}}), at=_at(ENFORCE_ANNOTATION)),
        fail(
            "another_service_of_the_controller",
            _service({"metadata.name": "api", "spec.selector": {"app": CONTROLLER}, _METADATA: {}}),
            at=_at(WHITELIST_ANNOTATION),
        ),
        unknown("decided_later", _router({_on(ENFORCE_ANNOTATION): UNKNOWN})),
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
