"""Cases of behind_router.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, ROUTER
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.deis.behind_router import BEHIND_ROUTER

_SERVICE: Final = "kubernetes:core/v1:Service"
_INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
_NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
_APP: Final = "spec.selector.app"


def _service(name: str, namespace: str = NAMESPACE, type_: str = _SERVICE, **spec: Any) -> Item:
    return Item(type=type_, props={"metadata": {"name": name, "namespace": namespace}, "spec": spec})


def _selecting(app: str, name: str = "", **spec: Any) -> Item:
    return _service(name or app, selector={"app": app}, **spec)


def _ingress(service: str, namespace: str = "shop") -> Item:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    return _service("web", namespace, _INGRESS, defaultBackend=backend)


def _policy(app: str | None, *peers: dict[str, Any], namespace: str = NAMESPACE) -> Item:
    selector = {"matchLabels": {"app": app}} if app else {}
    return _service("allow", namespace, _NETWORK_POLICY, podSelector=selector, ingress=[{"from": list(peers)}])


def _route(service: str, namespace: str = "shop") -> Item:
    backend = {"name": service, "namespace": "deis", "port": 80}
    return _service("web", namespace, _ROUTE, rules=[{"backendRefs": [backend]}])


def _ports(text: str) -> Item:
    # As a patch: admission rules read no ConfigMaps, whose texts are too long for them.
    return Item(type="kubernetes:core/v1:ConfigMapPatch", props={"metadata": {"name": "tcp"}, "data": {"8000": text}})


_PODS: Final = {"podSelector": {"matchLabels": {"app": ROUTER}}}
_BLOCK: Final = {"ipBlock": {"cidr": "10.40.0.0/20"}}
_FROM: Final = "spec.ingress[0].from[0]"

CASES: dict[str, tuple[Case, ...]] = {
    BEHIND_ROUTER.id: (
        ok("controller", _selecting(CONTROLLER, type="ClusterIP")),
        ok("builder", _selecting(BUILDER)),
        ok("router", _selecting(ROUTER, type="NodePort")),
        ok("another_part", _selecting("deis-monitor-influxdb", "deis-monitor-influxapi")),
        ok("service_elsewhere", _service("web", "shop", selector={"app": "web"}, type="ClusterIP")),
        ok("database_elsewhere", _service("db", "shop", type="ExternalName", externalName="db.example.org")),
        ok("ingress", _ingress("web")),
        ok("route", _route("web")),
        ok("router_to_controller", _policy(CONTROLLER, _PODS)),
        ok("balancer_to_router", _policy(ROUTER, _BLOCK)),
        ok("policy_elsewhere", _policy(None, _BLOCK, namespace="shop")),
        ok("ports_of_another", _ports("shop/web:8000")),
        ok("written_about", _ports(CONTROLLER)),
        ok("watched", _service("deis", "monitoring", "kubernetes:monitoring.coreos.com/v1:PodMonitor", app=CONTROLLER)),
        fail(
            "balancer_of_the_controller",
            _selecting(CONTROLLER, type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"]),
            at="metadata.name",
        ),
        fail("another_service", _selecting(CONTROLLER, "api"), at=_APP),
        fail("by_another_label", _service("api", selector={"heritage": "deis"}), at=_APP),
        fail("without_a_selector", _service("api"), at=_APP),
        fail(
            "another_name",
            _service("api", "shop", type="ExternalName", externalName="deis-controller.deis.svc.cluster.local"),
            at="spec.externalName",
        ),
        fail("ingress_to_it", _ingress(CONTROLLER), at="spec.defaultBackend.service.name"),
        fail("ingress_beside_the_router", _ingress("web", NAMESPACE), at="metadata.namespace"),
        fail("route_to_it", _route(BUILDER), at="spec.rules[0].backendRefs[0].name"),
        fail(
            "targets",
            _service("t", NAMESPACE, "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", serviceRef={"name": "web"}),
            at="metadata.namespace",
        ),
        fail(
            "route_of_somebody_s_kind",
            _service("web", "shop", "kubernetes:example.org/v1:Foo", upstream="http://deis-controller.deis:80/v2"),
            at="spec.upstream",
        ),
        fail("table_of_ports", _ports("deis/deis-controller:80"), at="data.8000"),
        fail("from_everybody", _policy(CONTROLLER), at="spec.ingress[0].from"),
        fail("from_everywhere", _policy(None, {"namespaceSelector": {}}), at=f"{_FROM}.namespaceSelector"),
        fail("from_the_vpc", _policy(BUILDER, _BLOCK), at=f"{_FROM}.ipBlock"),
        fail("pods_to_the_router", _policy(ROUTER, _PODS), at=_FROM),
        unknown("selector_decided_later", _service(CONTROLLER, selector=UNKNOWN)),
        unknown("route_decided_later", _route(UNKNOWN)),
    ),
}
