"""Only the router reaches Deis's controller and builder, also for administrators (DEIS-WL)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.deis_accounts import IN_APPLICATION
from components.baseline.admission.rule import Check, Rule, literal, of
from components.baseline.admission.writers import IS_SYSTEM, USER
from policies.guidelines.deis import (
    ENDPOINT_CONTROLLERS,
    GUARDED,
    GUARDED_MENTION,
    NAMESPACE,
    ROUTER,
)
from policies.guidelines.exposure import ROUTES, WIDEST_IPV4

_OURS: Final = f"request.namespace == {literal(NAMESPACE)}"
_APP: Final = "variables.spec.?selector.?app.orValue('')"
_TYPE: Final = "variables.spec.?type.orValue('ClusterIP')"
_GUARDED: Final = literal(GUARDED)
_HAND: Final = f"request.kind.kind in ['Endpoints', 'EndpointSlice'] && !({USER} in {literal(ENDPOINT_CONTROLLERS)})"
_OF_DEIS: Final = f"e.?targetRef.?namespace.orValue('') == {literal(NAMESPACE)}"
_SELECTED: Final = "variables.spec.?podSelector.?matchLabels.?app.orValue('')"


def _resource(kind: str) -> str:
    """The name of a kind in API paths."""
    name = kind.lower()
    return f"{name}es" if name.endswith("s") else f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _read_metadata(it: str) -> str:
    return of(it, "metadata", "labels")


def _read_spec(it: str) -> str:
    return of(it, "spec")


def _read_addresses(it: str) -> str:
    return f"[{of(it, 'endpoints')}, {of(it, 'subsets')}]"


ENFORCED: Final = ("PolicyEndpoint", "ClusterPolicyEndpoint")

BEHIND_ROUTER: Final = Rule(
    id="deis-behind-router",
    requirement="DEIS-WL",
    policies=("deis-behind-router",),
    resources={
        **{
            group: ["*"] if kinds is None else [_resource(kind) for kind in sorted(kinds)]
            for group, kinds in ROUTES.items()
        },
        "": ["services", "endpoints", "bindings", "pods/binding"],
        "discovery.k8s.io": ["endpointslices"],
        "networking.k8s.aws": ["*"],
        "networking.k8s.io": ["ingresses", "networkpolicies"],
    },
    versions=("*",),
    reads=(_read_spec, _read_metadata, _read_addresses),
    variables={
        "name": f"{of('object', 'metadata', 'name')}.orValue('')",
        "spec": f"{_read_spec('object')}.orValue({{}})",
        "rules": f"{_OURS} && request.kind.kind == 'NetworkPolicy' && {_SELECTED} in {literal(['', *GUARDED, ROUTER])}"
        " ? variables.spec.?ingress.orValue([]) : []",
        "endpoints": f"{of('object', 'endpoints')}.orValue([])",
        "subsets": f"{of('object', 'subsets')}.orValue([])",
    },
    checks=(
        Check(
            holds=f"request.kind.kind != 'Service' || !({_APP} in {_GUARDED}) || variables.name == {_APP}",
            message="no other Service selects the pods of Deis's controller or builder",
        ),
        Check(
            holds=f"request.kind.kind != 'Service' || !(variables.name in {_GUARDED}) || {_TYPE} == 'ClusterIP'",
            message="the Services of Deis's controller and builder are ClusterIP: whitelists are the router's",
        ),
        Check(
            holds=f"request.kind.kind != 'Service' || !({_OURS}) || {_TYPE} == 'ExternalName' || {_APP} != ''",
            message=f"a Service in {NAMESPACE} selects the pods of one part, by the label app",
        ),
        Check(
            holds="request.kind.kind != 'Service'"
            f" || !variables.spec.?externalName.orValue('').matches({literal(GUARDED_MENTION)})",
            message="no Service is another name of Deis's controller or builder",
        ),
        Check(
            # The router routes to the pods of an application's Service, and the controller lets the router in.
            holds=f"!({_HAND}) || (!({_OURS}) && !({IN_APPLICATION}) && !variables.endpoints.exists(e, {_OF_DEIS})"
            " && !variables.subsets.exists(s, (s.?addresses.orValue([]) + s.?notReadyAddresses.orValue([]))"
            f".exists(e, {_OF_DEIS})))",
            message="nobody but Kubernetes writes the addresses of the pods of Deis and of its applications",
        ),
        Check(
            holds=f"!({_OURS}) || request.kind.kind in ['Service', 'Endpoints', 'EndpointSlice', 'NetworkPolicy']"
            f" || {IS_SYSTEM}",
            message=f"in {NAMESPACE}, only {ROUTER} leads to pods: no Ingress, Gateway, route or binding by others",
        ),
        Check(
            # The VPC CNI's agents enforce these policies unchanged (aws/amazon-vpc-cni-k8s, charts/aws-vpc-cni).
            holds=f"!(request.kind.kind in {literal(ENFORCED)}) || {IS_SYSTEM}",
            message="what nodes enforce of network policies is EKS's to write",
        ),
        Check(
            holds="variables.rules.all(r, r.?from.orValue([]).size() > 0 && r.from.all(p, !has(p.namespaceSelector)"
            f" && ({_SELECTED} == {literal(ROUTER)} ? has(p.ipBlock) && isCIDR(p.ipBlock.cidr)"
            f" && cidr(p.ipBlock.cidr).prefixLength() >= {WIDEST_IPV4} : !has(p.ipBlock))))",
            message=f"in {NAMESPACE}, network policies let in pods of it, and to the router the load balancer's ranges",
        ),
    ),
)
