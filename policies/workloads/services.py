"""Policies about what is reached from outside a cluster, and where volumes of a cluster lie (AWS-SG, DEIS-WL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.guidelines.deis import NAMESPACE, ROUTER, ROUTER_HEALTH_PORT, ROUTER_PUBLIC_PORTS
from policies.guidelines.exposure import (
    EXTERNAL_TYPES,
    INTERNAL,
    INTERNAL_SCHEME,
    INTERNAL_VALUES,
    SCHEME,
    SOURCES,
    TYPE,
    WIDEST_IPV4,
)
from policies.judged import Resource, Violation, breach
from policies.kinds import SERVICES, Kinds, Object
from policies.network.rules import is_public, is_wide, network
from policies.policy import HIGH, MANDATORY, MEDIUM, Policy
from policies.values import Value

SERVICE: Final = "kubernetes:core/v1:Service"
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
STORAGE_CLASSES: Final = Kinds({"StorageClass": frozenset({"storage.k8s.io"})})
EBS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})


def _exposure(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(SERVICES.objects(resource), lambda service: _exposed(resource, service))


def _exposed(resource: Resource, service: Object) -> Iterator[Violation]:
    spec = service.value["spec"]
    with resource.apart():
        addresses = spec["externalIPs"]
        if addresses.items():
            yield breach(addresses, "addresses that anybody can claim", "none (CVE-2020-8554)")
    kind = spec["type"].text()
    if kind == "NodePort" and not resource.settings["nodePorts"].flag() and not _of_deis(service):
        yield breach(spec["type"], "NodePort", "ClusterIP behind an ingress, or an internal LoadBalancer")
    # A patch that does not name the type may be one of a balancer.
    if kind == "LoadBalancer" or (service.patch and kind is None):
        with resource.apart():
            yield from _balancer(resource, service)


def _of_deis(service: Object) -> bool:
    """Whether it is Deis's router, whose three ports are behind a balancer that whitelists guard, and no other port."""
    ports = {int(port["port"].number() or 0) for port in service.value["spec"]["ports"].items()}
    return (service.namespace.text(), service.name.text()) == (
        NAMESPACE,
        ROUTER,
    ) and ports <= ROUTER_PUBLIC_PORTS.keys()


def _balancer(resource: Resource, service: Object) -> Iterator[Violation]:
    """A load balancer is internal, or says whom it answers to."""
    annotations, spec = service.value.along("metadata", "annotations"), service.value["spec"]
    if _is_internal(annotations, spec):
        return
    ranges = spec["loadBalancerSourceRanges"]
    listed = ranges.items()
    if not listed:
        noted = annotations[SOURCES]
        listed = [Value(part.strip(), noted.path) for part in (noted.text() or "").split(",") if noted.present]
    if not listed and (spec["type"].present or any(annotations[key].present for key in (SCHEME, INTERNAL))):
        yield breach(ranges, "nothing (everyone)", f"ranges of /{WIDEST_IPV4} or narrower, or an internal balancer")
    for source in listed:
        with resource.apart():
            found = network(source)
            if found is None or (is_public(found) and is_wide(found)):
                yield breach(source, f"{found or 'nothing'}", f"a range of /{WIDEST_IPV4} or narrower")


def _is_internal(annotations: Value, spec: Value) -> bool:
    """Whether a balancer is internal whichever controller makes it."""
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


def _volumes(resource: Resource) -> Iterator[Violation]:
    def check(one: Object) -> Iterator[Violation]:
        given = one.value.along("parameters", "encrypted")
        # The driver takes no other spelling for a yes.
        if one.value["provisioner"].text() in EBS and given.text() != "true":
            yield breach(given, f"{given.text()}" if given.present else "nothing (false)", "true")

    yield from resource.each(STORAGE_CLASSES.objects(resource), check)


STORAGE = Policy(
    id="storage-class-encrypted",
    requirement="INH-4",
    types=STORAGE_CLASSES,
    level=MANDATORY,
    severity=MEDIUM,
    description="Volumes that a cluster makes are encrypted.",
    fix='set parameters.encrypted to "true", and kmsKeyId to a key of yours',
    rule=_volumes,
)

POLICIES = (EXPOSURE, STORAGE)

_BALANCER: Final[dict[str, Any]] = {
    "metadata": {"name": "web", "namespace": "shop", "annotations": {}},
    "spec": {"type": "LoadBalancer", "ports": [{"port": 443}], "loadBalancerSourceRanges": ["203.0.113.0/24"]},
}
_RANGES: Final = "spec.loadBalancerSourceRanges"


def _on(key: str) -> tuple[str, ...]:
    return ("metadata", "annotations", key)


def _service(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=SERVICE, props=changed(_BALANCER, changes or {}))


def _router(*ports: int) -> Item:
    made = {"metadata.name": ROUTER, "metadata.namespace": NAMESPACE, "spec.type": "NodePort"}
    return _service({**made, "spec.ports": [{"port": port} for port in ports]})


def _annotated(key: str, value: str, changes: dict[Any, Any] | None = None) -> Item:
    return _service({("metadata", "annotations", key): value, _RANGES: OMITTED, **(changes or {})})


def _patch(changes: dict[Any, Any]) -> Item:
    made = {"metadata": {"name": "web", "annotations": {}}, "spec": {}}
    return Item(type=f"{SERVICE}Patch", props=changed(made, changes))


def _class(**parameters: str) -> Item:
    return Item(type=STORAGE_CLASS, props={"provisioner": "ebs.csi.aws.com", "parameters": parameters})


CASES: dict[str, tuple[Case, ...]] = {
    EXPOSURE.id: (
        ok("inside", _service({"spec.type": "ClusterIP", _RANGES: OMITTED})),
        ok("office", _service()),
        ok("internal", _annotated(INTERNAL, "true")),
        ok("internal_of_a_class", _annotated(SCHEME, "internal", {"spec.loadBalancerClass": "service.k8s.aws/nlb"})),
        ok("internal_of_a_type", _annotated(SCHEME, "internal", {_on(TYPE): "external"})),
        ok("patch_of_something_else", _patch({"metadata.labels": {"team": "web"}})),
        ok("patch_that_closes", _patch({_RANGES: ["203.0.113.0/24"]})),
        fail("internal_to_a_controller_that_may_not_be_there", _annotated(SCHEME, "internal"), at=_RANGES),
        fail("both_ways", _annotated(INTERNAL, "true", {_on(SCHEME): "internet-facing"}), at=_RANGES),
        fail("patched_ranges", _patch({_RANGES: ["0.0.0.0/0"]}), at=f"{_RANGES}[0]"),
        fail("patched_to_face_the_internet", _patch({_on(SCHEME): "internet-facing"}), at=_RANGES),
        ok("office_by_annotation", _annotated(SOURCES, "203.0.113.0/24, 198.51.100.7/32")),
        ok("node_port_asked_for", _service({"spec.type": "NodePort"}), settings={"nodePorts": True}),
        ok("router_of_deis", _router(*ROUTER_PUBLIC_PORTS)),
        fail("router_of_deis_with_its_status", _router(443, ROUTER_HEALTH_PORT), at="spec.type"),
        fail("node_port", _service({"spec.type": "NodePort"}), at="spec.type"),
        fail("foreign_address", _service({"spec.externalIPs": ["8.8.8.8"]}), at="spec.externalIPs"),
        fail("everyone_by_default", _service({_RANGES: OMITTED}), at=_RANGES),
        fail("everyone", _service({_RANGES: ["203.0.113.0/24", "0.0.0.0/0"]}), at=f"{_RANGES}[1]"),
        fail("everyone_by_annotation", _annotated(SOURCES, "0.0.0.0/0"), at=f'metadata.annotations["{SOURCES}"]'),
        fail("halves", _service({_RANGES: ["0.0.0.0/1", "128.0.0.0/1"]}), at=f"{_RANGES}[0]"),
        fail("public_scheme", _annotated(SCHEME, "internet-facing"), at=_RANGES),
        unknown("ranges_decided_later", _service({_RANGES: [UNKNOWN]})),
        unknown("type_decided_later", _service({"spec.type": UNKNOWN})),
    ),
    STORAGE.id: (
        ok("encrypted", _class(type="gp3", encrypted="true")),
        ok("another_driver", Item(type=STORAGE_CLASS, props={"provisioner": "efs.csi.aws.com"})),
        fail("omitted", _class(type="gp3"), at="parameters.encrypted"),
        unknown("decided_later", _class(encrypted=UNKNOWN)),
    ),
}
