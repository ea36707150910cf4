"""Only the router, which enforces the whitelists, reaches Deis's controller and builder (DEIS-WL).

A Service of another type or name, an Ingress, a Gateway route or an open network policy bypasses the whitelists.
Manually written endpoints are refused as a type (resource-type-allowlist).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import GUARDED, GUARDED_MENTION, NAMESPACE, NAMING_GROUPS, ROUTER
from policies.guidelines.exposure import WIDEST_IPV4
from policies.kernel.kinds import CONFIG_MAPS, NETWORK_POLICIES, SERVICES, Object, kind_of, listed_types
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.network.security_group_rules import network
from policies.rules.workloads.routes import Routes, objects

ROUTES: Final = Routes()
MENTION: Final = re.compile(GUARDED_MENTION, re.ASCII)
ONLY_ROUTER: Final = f"nothing: only {ROUTER} leads there"
INSIDE: Final = "pods of the same namespace, by a podSelector"


class Types:
    """Kinds that can route to a Service or a pod, including third-party kinds, which may."""

    def __contains__(self, type_: object) -> bool:
        return any(type_ in kinds for kinds in (SERVICES, NETWORK_POLICIES, CONFIG_MAPS, ROUTES)) or _foreign(type_)


def _foreign(type_: object) -> bool:
    kind = kind_of(type_) if isinstance(type_, str) else None
    return kind is not None and kind.custom and kind.group not in NAMING_GROUPS


def _behind(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(SERVICES.objects(resource), _service)
    yield from resource.each(NETWORK_POLICIES.objects(resource), lambda one: _network_policy(resource, one))
    yield from resource.each(
        CONFIG_MAPS.objects(resource), lambda one: _mentions(resource, one.value["data"], slash=True)
    )
    if resource.type in ROUTES:
        yield from resource.each(objects(resource), lambda one: _route(resource, one))
    for spec in _foreign_specs(resource):
        yield from _mentions(resource, spec)


def _foreign_specs(resource: Resource) -> Iterator[Value]:
    """The specs of objects of other groups, including lists."""
    kind = kind_of(resource.type)
    single = kind is not None and kind.wrapper != "List"
    for one, type_ in [(resource.props, resource.type)] if single else listed_types(resource):
        with resource.isolate():
            if _foreign(type_) and type_ not in ROUTES:
                yield one["spec"]


def _service(service: Object) -> Iterator[Violation]:
    spec, name = service.value["spec"], service.name
    app, kind = spec["selector"]["app"], spec["type"]
    if app.text() in GUARDED and app.text() != name.text():
        yield violation(app, f"another way to {app.text()}", ONLY_ROUTER)
    elif (
        service.namespace.text() == NAMESPACE and not service.patch and kind.text() != "ExternalName" and not app.text()
    ):
        # Pods have several labels, and manually written endpoints may be any pod's.
        yield violation(app, "nothing", "the label app, by which Deis tells its parts apart")
    if name.text() in GUARDED and kind.text() not in (None, "ClusterIP"):
        yield violation(name, f"a Service of type {kind.text()}, past the router's whitelists", "ClusterIP")
    if MENTION.fullmatch(spec["externalName"].text() or ""):
        yield violation(spec["externalName"], "another name of it", ONLY_ROUTER)


def _network_policy(resource: Resource, one: Object) -> Iterator[Violation]:
    if one.namespace.text() != NAMESPACE:
        return
    selected = one.value.along("spec", "podSelector", "matchLabels", "app").text()
    if selected is not None and selected not in (*GUARDED, ROUTER):
        return
    for rule in one.value.along("spec", "ingress").items():
        with resource.isolate():
            peers = rule["from"].items()
            if not peers:
                yield violation(rule["from"], "nothing (everybody)", INSIDE)
            for peer in peers:
                with resource.isolate():
                    yield from _peer(peer, of_router=selected == ROUTER)


def _peer(peer: Value, *, of_router: bool) -> Iterator[Violation]:
    if peer["namespaceSelector"].present:
        yield violation(peer["namespaceSelector"], "pods of other namespaces", INSIDE)
    elif peer["ipBlock"].present and not of_router:
        yield violation(peer["ipBlock"], "addresses outside the cluster", INSIDE)
    elif of_router:
        # The router trusts the PROXY header of every client that reaches it.
        found = network(peer.along("ipBlock", "cidr"))
        if found is None or found.prefixlen < WIDEST_IPV4:
            yield violation(peer, f"{found or 'pods'}", "the ranges of the load balancer's subnets")


def _route(resource: Resource, one: Object) -> Iterator[Violation]:
    if one.namespace.text() == NAMESPACE:
        yield violation(one.namespace, f"a {one.kind} beside the router", ONLY_ROUTER)
    else:
        yield from _mentions(resource, one.value["spec"])


def _mentions(resource: Resource, holder: Value, *, slash: bool = False) -> Iterator[Violation]:
    """References to controller or builder; `slash`: only as `namespace/service:port`, the format of port tables."""
    for leaf in holder.walk():
        with resource.isolate():
            text = leaf.scalar()
            if isinstance(text, str) and MENTION.fullmatch(text) and (not slash or re.match(r"[\w-]+/", text)):
                yield violation(leaf, text, ONLY_ROUTER)


BEHIND_ROUTER = Policy(
    id="deis-behind-router",
    requirement="DEIS-WL",
    types=Types(),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nothing leads to Deis's controller and builder but its router: no Service, Ingress, route or policy.",
    fix=f"leave it to {ROUTER}; a Service in {NAMESPACE} selects the pods of one part by the label app",
    rule=_behind,
)

POLICIES = (BEHIND_ROUTER,)
