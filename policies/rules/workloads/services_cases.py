"""Cases of services.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import NAMESPACE, ROUTER, ROUTER_HEALTH_PORT, ROUTER_PUBLIC_PORTS
from policies.guidelines.exposure import INTERNAL, SCHEME, SOURCES, TYPE
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.workloads.services import EXPOSURE, SERVICE

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
    made: dict[str, Any] = {"metadata.name": ROUTER, "metadata.namespace": NAMESPACE, "spec.type": "NodePort"}
    made["spec.selector"] = {"app": ROUTER}
    return _service({**made, "spec.ports": [{"port": port} for port in ports]})


def _annotated(key: str, value: str, changes: dict[Any, Any] | None = None) -> Item:
    return _service({("metadata", "annotations", key): value, _RANGES: OMITTED, **(changes or {})})


def _patch(changes: dict[Any, Any]) -> Item:
    made = {"metadata": {"name": "web", "annotations": {}}, "spec": {}}
    return Item(type=f"{SERVICE}Patch", props=changed(made, changes))


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
        ok("database_inside", _annotated(INTERNAL, "true", {"spec.ports": [{"port": 5432}]})),
        fail("ssh_for_the_office", _service({"spec.ports": [{"port": 22}]}), at="spec.ports[0].port"),
        fail(
            "database_behind_443",
            _service({"spec.ports": [{"port": 443, "targetPort": 5432}]}),
            at="spec.ports[0].targetPort",
        ),
        fail("foreign_address", _service({"spec.externalIPs": ["8.8.8.8"]}), at="spec.externalIPs"),
        fail("everyone_by_default", _service({_RANGES: OMITTED}), at=_RANGES),
        fail("everyone", _service({_RANGES: ["203.0.113.0/24", "0.0.0.0/0"]}), at=f"{_RANGES}[1]"),
        fail("everyone_by_annotation", _annotated(SOURCES, "0.0.0.0/0"), at=f'metadata.annotations["{SOURCES}"]'),
        fail("halves", _service({_RANGES: ["0.0.0.0/1", "128.0.0.0/1"]}), at=f"{_RANGES}[0]"),
        fail("public_scheme", _annotated(SCHEME, "internet-facing"), at=_RANGES),
        unknown("ranges_decided_later", _service({_RANGES: [UNKNOWN]})),
        unknown("type_decided_later", _service({"spec.type": UNKNOWN})),
    ),
}
