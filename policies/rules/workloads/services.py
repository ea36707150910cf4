"""A policy about what a Service exposes outside the cluster (AWS-SG, DEIS-WL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import NAMESPACE, ROUTER, ROUTER_PUBLIC_PORTS
from policies.guidelines.exposure import (
    EXTERNAL_TYPES,
    INTERNAL,
    INTERNAL_SCHEME,
    INTERNAL_VALUES,
    SCHEME,
    SOURCES,
    TYPE,
    WIDEST_IPV4,
    admin_ports,
)
from policies.kernel.kinds import SERVICES, Object
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.network.security_group_rules import is_public, is_wide, network

SERVICE: Final = "kubernetes:core/v1:Service"
PORTS: Final = ("port", "targetPort")
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"


def _exposure(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(SERVICES.objects(resource), lambda service: _exposed(resource, service))


def _exposed(resource: Resource, service: Object) -> Iterator[Violation]:
    spec = service.value["spec"]
    with resource.isolate():
        addresses = spec["externalIPs"]
        if addresses.items():
            yield violation(addresses, "addresses that anybody can claim", "none (CVE-2020-8554)")
    kind = spec["type"].text()
    if kind == "NodePort" and not resource.settings["nodePorts"].flag() and not _of_deis(service):
        yield violation(spec["type"], "NodePort", "ClusterIP behind an ingress, or an internal LoadBalancer")
    # A patch without a type may be for a load balancer.
    if kind == "LoadBalancer" or (service.patch and kind is None):
        with resource.isolate():
            yield from _balancer(resource, service)


def _of_deis(service: Object) -> bool:
    """Whether it is Deis's router, with exactly its three ports, behind a whitelisted load balancer."""
    ports = {int(port["port"].number() or 0) for port in service.value["spec"]["ports"].items()}
    return (service.namespace.text(), service.name.text()) == (
        NAMESPACE,
        ROUTER,
    ) and ports <= ROUTER_PUBLIC_PORTS.keys()


def _balancer(resource: Resource, service: Object) -> Iterator[Violation]:
    """Check that a load balancer is internal, or restricts its sources."""
    annotations, spec = service.value.along("metadata", "annotations"), service.value["spec"]
    if _is_internal(annotations, spec):
        return
    for port in spec["ports"].items():
        for name in PORTS:
            with resource.isolate():
                text = port[name].text() or ""
                if named := admin_ports(int(text), int(text)) if text.isdecimal() else "":
                    yield violation(port[name], f"{named} outside the VPC", "an internal balancer, reached by the VPN")
    ranges = spec["loadBalancerSourceRanges"]
    listed = ranges.items()
    if not listed:
        noted = annotations[SOURCES]
        listed = [Value(part.strip(), noted.path) for part in (noted.text() or "").split(",") if noted.present]
    if not listed and (spec["type"].present or any(annotations[key].present for key in (SCHEME, INTERNAL))):
        yield violation(ranges, "nothing (everyone)", f"ranges of /{WIDEST_IPV4} or narrower, or an internal balancer")
    for source in listed:
        with resource.isolate():
            found = network(source)
            if found is None or (is_public(found) and is_wide(found)):
                yield violation(source, f"{found or 'nothing'}", f"a range of /{WIDEST_IPV4} or narrower")


def _is_internal(annotations: Value, spec: Value) -> bool:
    """Whether a load balancer is internal with every controller."""
    scheme, internal = annotations[SCHEME].text(), annotations[INTERNAL].text()
    if scheme not in (None, INTERNAL_SCHEME):
        return False
    if internal in INTERNAL_VALUES:
        return True
    elsewhere = spec["loadBalancerClass"].text() or annotations[TYPE].text() in EXTERNAL_TYPES
    return scheme == INTERNAL_SCHEME and bool(elsewhere)


EXPOSURE = Policy(
    id="service-exposure",
    requirement="AWS-SG",
    types=SERVICES,
    level=MANDATORY,
    severity=HIGH,
    description="No Service opens ports of the nodes, claims foreign addresses, or makes a balancer for everyone.",
    fix=f"annotate the Service with {INTERNAL}: 'true' (of {SCHEME}: {INTERNAL_SCHEME}, EKS's own controller knows "
    "nothing: it goes with loadBalancerClass), or name loadBalancerSourceRanges",
    rule=_exposure,
    settings={
        "nodePorts": {
            "type": "boolean",
            "default": False,
            "description": "Let Services of type NodePort pass, for balancers that are made outside of Kubernetes.",
        }
    },
)

POLICIES = (EXPOSURE,)
