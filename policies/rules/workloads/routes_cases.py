"""Cases of routes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.balancer_tls import PORTS
from policies.rules.workloads.routes import ROUTE_PORTS, SCHEME

_INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
_TCP: Final = "kubernetes:gateway.networking.k8s.io/v1alpha2:TCPRoute"
_BACKEND: Final = "spec.defaultBackend.service.port.number"


def _ingress(port: Any, class_: str = "nginx", type_: str = _INGRESS, **annotations: Any) -> Item:
    return Item(
        type=type_,
        props={
            "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
            "spec": {
                "ingressClassName": class_,
                "defaultBackend": {"service": {"name": "web", "port": {"number": port}}},
            },
        },
    )


def _route(port: Any, type_: str = _TCP) -> Item:
    backend = {"name": "web", "port": port}
    return Item(type=type_, props={"metadata": {"name": "web"}, "spec": {"rules": [{"backendRefs": [backend]}]}})


def _of(type_: str, **spec: Any) -> Item:
    return Item(type=f"kubernetes:{type_}", props={"metadata": {"name": "web"}, "spec": spec})


CASES: dict[str, tuple[Case, ...]] = {
    ROUTE_PORTS.id: (
        ok("web", _ingress(80)),
        ok("web_of_a_gateway", _route(8080, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")),
        ok("search_inside", _ingress(9200, "alb")),
        ok("asks_who_it_is", _ingress(5601), settings={"ports": ["5601"]}),
        ok("service_named_like_a_port", _of("elbv2.k8s.aws/v1beta1:TargetGroupBinding", serviceRef={"name": "22"})),
        fail("search", _ingress(9200), at=_BACKEND),
        fail("search_by_text", _ingress("9200"), at=_BACKEND),
        fail("public_search", _ingress(9200, "alb", **{SCHEME: "internet-facing"}), at=_BACKEND),
        fail("patch", _ingress(5432, type_=f"{_INGRESS}Patch"), at=_BACKEND),
        fail(
            "listens_for_ssh",
            _ingress(80, "alb", **{SCHEME: "internet-facing", PORTS: '[{"HTTPS": 443}, {"HTTPS": 22}]'}),
            at=f'metadata.annotations["{PORTS}"][1].HTTPS',
        ),
        fail("database", _route(5432), at="spec.rules[0].backendRefs[0].port"),
        fail(
            "gateway_for_ssh",
            _of("gateway.networking.k8s.io/v1:Gateway", listeners=[{"name": "ssh", "port": 22}]),
            at="spec.listeners[0].port",
        ),
        fail(
            "targets",
            _of("elbv2.k8s.aws/v1beta1:TargetGroupBinding", serviceRef={"name": "db", "port": 3306}),
            at="spec.serviceRef.port",
        ),
        fail(
            "route_of_traefik",
            _of("traefik.io/v1alpha1:IngressRouteTCP", routes=[{"services": [{"name": "db", "port": 6379}]}]),
            at="spec.routes[0].services[0].port",
        ),
        fail(
            "in_a_list",
            Item(
                type="kubernetes:core/v1:List",
                props={"items": [{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **_ingress(22).props}]},
            ),
            at=f"items[0].{_BACKEND}",
        ),
        unknown("port_decided_later", _ingress(UNKNOWN)),
        unknown("routes_decided_later", _route(UNKNOWN)),
    ),
}
