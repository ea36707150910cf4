"""A policy about the target ports of Ingresses, Gateways and similar kinds (AWS-SG)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.exposure import INTERNAL_SCHEME, PORT_FIELDS, PUBLIC_PORT, ROUTES, admin_ports
from policies.kernel.kinds import Kind, Object, kind_of
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.balancer_tls import ALB, CLASS, PORTS, PREFIX

SCHEME: Final = f"{PREFIX}scheme"
ACTIONS: Final = f"{PREFIX}actions."
ADDRESS: Final = re.compile(r"[\w.-]+:(\d{1,5})", re.ASCII)
"""A Service and its port in one text, as some kinds have it."""


@functools.lru_cache(maxsize=4096)
def _leads(kind: Kind | None) -> bool:
    if kind is None or kind.group not in ROUTES:
        return False
    kinds = ROUTES[kind.group]
    return kinds is None or kind.kind in kinds


class Routes:
    """Kinds that route external traffic to Services, as objects, patches and lists."""

    def __contains__(self, type_: object) -> bool:
        kind = kind_of(type_) if isinstance(type_, str) else None
        # A list of any kind may contain one.
        return _leads(kind) or (kind is not None and kind.kind == "" and kind.wrapper == "List")


def objects(resource: Resource) -> Iterator[Object]:
    """The objects of these kinds in a resource."""
    kind = kind_of(resource.type)
    if kind is None:
        return
    if kind.wrapper != "List":
        yield Object(kind.kind, resource.props, kind)
        return
    for item in resource.props["items"].items():
        with resource.isolate():
            group, _, version = (item["apiVersion"].text() or f"{kind.group}/{kind.version}").rpartition("/")
            if _leads(Kind(group, version, item["kind"].text() or kind.kind, "")):
                yield Object(item["kind"].text() or kind.kind, item, kind)


def _leaves(value: Value, key: str = "") -> Iterator[tuple[str, Value]]:
    """All leaves below, with the name of their field."""
    if value.known and value.is_object:
        for name, inner in value.fields().items():
            yield from _leaves(inner, name)
    elif value.is_list:
        for one in value.items():
            yield from _leaves(one, key)
    else:
        yield key, value


def _port(key: str, leaf: Value) -> int | None:
    """The port of a leaf; None if it has none.

    Raises:
        NotKnownError: not known yet.
    """
    if key in PORT_FIELDS:
        text = leaf.text() or ""
        return int(text) if text.isascii() and text.isdecimal() else None
    # An unknown value may be a whole object with ports in it.
    found = ADDRESS.fullmatch(leaf.text() or "")
    return int(found[1]) if found else None


def _internal(one: Object) -> bool:
    """Whether it is an Ingress of the AWS Load Balancer Controller with an internal load balancer."""
    annotations = one.value.along("metadata", "annotations")
    of_class = one.value.along("spec", "ingressClassName").text() or annotations[CLASS].text()
    return of_class == ALB and annotations[SCHEME].text() in (None, INTERNAL_SCHEME)


def _noted(resource: Resource, annotations: Value) -> Iterator[tuple[str, Value]]:
    """The JSON content of annotations: protocols with ports, and actions."""
    for key, value in annotations.fields().items():
        if key == PORTS or key.startswith(ACTIONS):
            with resource.isolate():
                for name, leaf in _leaves(value.document()):
                    yield "port" if key == PORTS else name, leaf


def _routes(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(objects(resource), lambda one: _route(resource, one))


def _route(resource: Resource, one: Object) -> Iterator[Violation]:
    if one.kind == "Ingress" and not one.patch and _internal(one):
        return
    allowed = {port.text() for port in resource.settings["ports"].items()}
    for key, leaf in (*_leaves(one.value["spec"]), *_noted(resource, one.value.along("metadata", "annotations"))):
        with resource.isolate():
            port = _port(key, leaf)
            named = admin_ports(port, port) if port is not None else ""
            if named and str(port) not in allowed:
                yield violation(leaf, named, PUBLIC_PORT)


ROUTE_PORTS: Final = Policy(
    id="route-no-admin-ports",
    requirement="AWS-SG VPN-MFA",
    types=Routes(),
    level=MANDATORY,
    severity=CRITICAL,
    description="No Ingress, Gateway or route leads to a port of administration, whichever port it listens on.",
    fix=f"reach it through the VPN, or by an internal balancer ({SCHEME}: {INTERNAL_SCHEME} under the class {ALB})",
    rule=_routes,
    settings={
        "ports": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[0-9]+$"},
            "default": [],
            "description": "Such ports that routes may lead to all the same, because what is behind asks who it is.",
        }
    },
)

POLICIES: Final = (ROUTE_PORTS,)
