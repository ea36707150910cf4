"""Access to Deis's controller: named ranges, enforced by the router (DEIS-WL).

If a value is invalid, the router falls back to its own open defaults with only a warning; so an invalid value is a
violation, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines import cidr
from policies.guidelines.deis import (
    CONTROLLER,
    DEFAULT_WHITELIST_ANNOTATION,
    NATIVE_INGRESS_KEYS,
    NATIVE_INGRESS_VARIABLES,
    OFF,
    PROXY_CIDRS_ANNOTATION,
    ROUTABLE_LABEL,
    ROUTER,
    ROUTER_SWITCHES,
    WHITELIST_ANNOTATION,
)
from policies.kernel.kinds import APPS, CORE_ONLY, SERVICES, WORKLOADS, Kinds
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.deis.charts import CHARTS, RELEASE, found, is_deis, named, told
from policies.rules.workloads.pods import pods

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
        yield violation(value, f"{value.text()}" if value.present else "nothing (false)", TRUE)


def _named_proxies(value: Value) -> Iterator[Violation]:
    if not value.text():
        yield violation(value, "nothing (10.0.0.0/8)", "the ranges of the load balancer's subnets")


ROUTER_RULES: Final = {**dict.fromkeys(ROUTER_SWITCHES, _enforced_by), PROXY_CIDRS_ANNOTATION: _named_proxies}
"""Annotation of the router -> what it must be."""


def _native_ingress(container: Value) -> Iterator[Violation]:
    for variable in container["env"].items():
        if variable["name"].text() in NATIVE_INGRESS_VARIABLES:
            source = variable["valueFrom"]
            yield from _router_there(variable["value"] if source.missing else source)


def _router_there(value: Value) -> Iterator[Violation]:
    if not value.known or (value.is_object or (value.text() or "").lower() not in OFF):
        yield violation(value, "no router, and with it no whitelist", "false")


def _enforced(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        values = resource.props["values"]
        for key, rule in ROUTER_RULES.items():
            yield from resource.each(found(values, (key,)), rule)
            if is_deis(resource):
                place, said = told(resource, "router", "deployment_annotations", key)
                if not said:
                    yield from rule(place)
        if is_deis(resource):
            yield from resource.each(found(values, NATIVE_INGRESS_KEYS), _router_there)
        return
    for pod in pods(resource):
        yield from resource.each(pod.containers(), _native_ingress)
    for router in named(ROUTERS.objects(resource), ROUTER):
        for key, rule in ROUTER_RULES.items():
            with resource.isolate():
                value = router.value.along("metadata", "annotations", key)
                if not router.patch or not value.missing:
                    yield from rule(value)
    for service in named(SERVICES.objects(resource), CONTROLLER):
        with resource.isolate():
            annotations, labels = service.value.along("metadata", "annotations"), service.value["metadata"]["labels"]
            value = annotations[WHITELIST_ANNOTATION]
            routable = labels[ROUTABLE_LABEL].text() == TRUE
            if routable and not service.patch and not value.text():
                yield violation(value, "nothing", "the ranges that may talk to the controller")


ENFORCED = Policy(
    id="whitelist-enforced",
    requirement="DEIS-WL",
    types=OrCharts(ANNOTATED | WORKLOADS),
    level=MANDATORY,
    severity=CRITICAL,
    description="Deis's router enforces whitelists on the client's true address, and the controller has one.",
    fix=f"annotate the Deployment {ROUTER} with {' and '.join(ROUTER_SWITCHES)}: 'true' and {PROXY_CIDRS_ANNOTATION}: "
    f"the load balancer's subnets, and the Service {CONTROLLER} with {WHITELIST_ANNOTATION}; of a chart, "
    "router.deployment_annotations in values",
    rule=_enforced,
)


def _ranges(resource: Resource) -> Iterator[Value]:
    """Every annotation that lists ranges, of an object or in the values of a chart."""
    if resource.type in CHARTS:
        yield from found(resource.props["values"], RANGES)
        return
    for one in ANNOTATED.objects(resource):
        with resource.isolate():
            annotations = one.value.along("metadata", "annotations")
            yield from (annotations[key] for key in RANGES)


def _not_everyone(resource: Resource) -> Iterator[Violation]:
    wide = resource.settings["allowWide"].flag()
    widest = int(resource.settings["widestPrefix"].number() or cidr.WIDEST_PREFIX)

    def judged(value: Value) -> Iterator[Violation]:
        text = value.text()
        if text is None:
            return
        # The proxies are our load balancers, in whole subnets; the others are users.
        prefix = cidr.WIDEST_PREFIX if PROXY_CIDRS_ANNOTATION in value.path else widest
        for fault in cidr.whitelist_faults(cidr.split(text), allow_wide=wide, widest_prefix=prefix):
            yield violation(value, fault, "IPv4 ranges of those who need it, with commas and nothing else between them")

    yield from resource.each(_ranges(resource), judged)
    if resource.type == RELEASE and is_deis(resource):
        # Their additions are rendered inside the provider, and not visible here.
        for name in ("valueYamlFiles", "postrender"):
            with resource.isolate():
                given = resource.props[name]
                if given.present and not (given.is_list and not given.items()):
                    yield violation(
                        given, "annotations from elsewhere, which may be any", "values, where they are seen"
                    )


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
