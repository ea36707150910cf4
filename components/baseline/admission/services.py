"""No Service opens node ports, claims external addresses, or makes a public load balancer (AWS-SG)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, literal, of
from policies.guidelines.deis import NAMESPACE, ROUTER, ROUTER_PUBLIC_PORTS
from policies.guidelines.exposure import (
    ADMIN_PORTS,
    EXTERNAL_TYPES,
    INTERNAL,
    INTERNAL_SCHEME,
    INTERNAL_VALUES,
    PRIVATE,
    SCHEME,
    SOURCES,
    TYPE,
    WIDEST_IPV4,
    WIDEST_IPV6,
)

_OF_DEIS: Final = (
    f"request.namespace == {literal(NAMESPACE)} && variables.name == {literal(ROUTER)}"
    f" && variables.spec.?ports.orValue([]).all(p, p.port in {literal(sorted(ROUTER_PUBLIC_PORTS))})"
)
"""Its three ports are behind a balancer that whitelists guard."""
_SCHEME: Final = f"variables.annotations[?{literal(SCHEME)}]"
_INTERNAL: Final = (
    f"({_SCHEME}.orValue({literal(INTERNAL_SCHEME)}) == {literal(INTERNAL_SCHEME)}"
    f" && (variables.annotations[?{literal(INTERNAL)}].orValue('') in {literal(INTERNAL_VALUES)}"
    f" || ({_SCHEME}.hasValue() && (variables.spec.?loadBalancerClass.hasValue()"
    f" || variables.annotations[?{literal(TYPE)}].orValue('') in {literal(EXTERNAL_TYPES)}))))"
)
"""Whichever controller makes the balancer."""
_PRIVATE: Final = f"{literal(PRIVATE)}.exists(p, cidr(p).containsCIDR(r))"
_NARROW: Final = f"cidr(r).prefixLength() >= (cidr(r).ip().family() == 4 ? {WIDEST_IPV4} : {WIDEST_IPV6})"

_ADMIN: Final = literal(sorted(ADMIN_PORTS))


def _read_spec(it: str) -> str:
    return of(it, "spec")


def _read_annotations(it: str) -> str:
    return of(it, "metadata", "annotations")


SERVICES: Final = Rule(
    id="service-exposure",
    requirement="AWS-SG",
    policies=("service-exposure",),
    resources={"": ["services"]},
    reads=(_read_spec, _read_annotations),
    variables={
        "name": f"{of('object', 'metadata', 'name')}.orValue('')",
        "spec": f"{_read_spec('object')}.orValue({{}})",
        "type": "variables.spec.?type.orValue('ClusterIP')",
        "annotations": f"{_read_annotations('object')}.orValue({{}})",
        "listed": "variables.spec.?loadBalancerSourceRanges.orValue([]).size() > 0"
        " ? variables.spec.loadBalancerSourceRanges"
        f" : variables.annotations[?{literal(SOURCES)}].orValue('').split(',').map(r, r.trim())",
        "ranges": "variables.listed.map(r, r.contains('/') ? r : r + (r.contains(':') ? '/128' : '/32'))",
    },
    checks=(
        Check(
            holds="variables.spec.?externalIPs.orValue([]).size() == 0",
            message="no Service claims addresses that are not its own (externalIPs, CVE-2020-8554)",
        ),
        Check(
            holds=f"variables.type != 'NodePort' || {_OF_DEIS}",
            message="no Service opens ports of the nodes: use ClusterIP behind an ingress, or an internal LoadBalancer",
        ),
        Check(
            holds=f"variables.type != 'LoadBalancer' || {_INTERNAL}"
            f" || variables.ranges.all(r, isCIDR(r) && ({_PRIVATE} || {_NARROW}))",
            message=f"a load balancer is internal ({INTERNAL}: 'true'), or names loadBalancerSourceRanges of"
            f" /{WIDEST_IPV4} or narrower",
            found="variables.listed.join(', ')",
        ),
        Check(
            holds=f"variables.type != 'LoadBalancer' || {_INTERNAL} || variables.spec.?ports.orValue([]).all(p,"
            f" !(p.port in {_ADMIN}) && !(p.?targetPort.orValue(p.port) in {_ADMIN}))",
            message="a load balancer that is not internal leads to no port of administration or of data",
        ),
    ),
)
