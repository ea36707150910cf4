"""A policy about targets of internet-facing load balancers: no administrative or database port (AWS-SG).

The target port matters, not the listening port: TLS on 443 in front of a database is a public database. A balancer is
known as internal only by its own resource, and a target group only by the listeners that use it; if the stack lacks the
other half, both are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from policies.guidelines.exposure import PUBLIC_PORT, admin_ports
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam.documents import held

BALANCERS: Final = frozenset({"aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"})
LISTENERS: Final = frozenset({"aws:lb/listener:Listener", "aws:alb/listener:Listener"})
RULES: Final = frozenset({"aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"})
TARGETS: Final = frozenset({"aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"})
ATTACHMENTS: Final = frozenset(
    {"aws:lb/targetGroupAttachment:TargetGroupAttachment", "aws:alb/targetGroupAttachment:TargetGroupAttachment"}
)
SERVICE: Final = "aws:ecs/service:Service"
CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
ACTIONS: Final[Mapping[str, str]] = {**dict.fromkeys(LISTENERS, "defaultActions"), **dict.fromkeys(RULES, "actions")}

RANGES: Final[Mapping[str, tuple[str, str, str]]] = {
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": (
        "permittedPublicSecurityGroupRuleRanges",
        "minRange",
        "maxRange",
    ),
    "aws:gamelift/fleet:Fleet": ("ec2InboundPermissions", "fromPort", "toPort"),
    "aws:globalaccelerator/customRoutingEndpointGroup:CustomRoutingEndpointGroup": (
        "destinationConfigurations",
        "fromPort",
        "toPort",
    ),
    "aws:globalaccelerator/customRoutingListener:CustomRoutingListener": ("portRanges", "fromPort", "toPort"),
    "aws:globalaccelerator/listener:Listener": ("portRanges", "fromPort", "toPort"),
    "aws:lightsail/instancePublicPorts:InstancePublicPorts": ("portInfos", "fromPort", "toPort"),
}
"""What always faces the Internet -> its list of port ranges, and what the ends of one are called."""
PORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:cloudfront/distribution:Distribution": (
        "origins.customOriginConfig.httpPort",
        "origins.customOriginConfig.httpsPort",
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": ("vpcOriginEndpointConfig.httpPort", "vpcOriginEndpointConfig.httpsPort"),
    "aws:globalaccelerator/endpointGroup:EndpointGroup": ("portOverrides.endpointPort", "portOverrides.listenerPort"),
    "aws:verifiedaccess/endpoint:Endpoint": (
        "cidrOptions.portRanges.fromPort",
        "cidrOptions.portRanges.toPort",
        "loadBalancerOptions.port",
        "loadBalancerOptions.portRanges.fromPort",
        "loadBalancerOptions.portRanges.toPort",
        "networkInterfaceOptions.port",
        "networkInterfaceOptions.portRanges.fromPort",
        "networkInterfaceOptions.portRanges.toPort",
        "rdsOptions.port",
    ),
}
"""What always faces the Internet -> its single ports."""


def _admin(value: Value) -> str:
    port = value.number()
    return admin_ports(int(port), int(port)) if port is not None else ""


def _ports(stack: Stack, values: Iterable[Value], urn: str) -> Iterator[Violation]:
    for value in values:
        with stack.isolate():
            if named := _admin(value):
                yield violation(value, named, PUBLIC_PORT, urn)


def _ranges(stack: Stack, front: Resource) -> Iterator[Violation]:
    path, first, last = RANGES[front.type]
    for entry in front.props[path].items():
        with stack.isolate():
            low, high = entry[first].number(), entry[last].number()
            # A range with one bound is that port.
            low, high = low if low is not None else high, high if high is not None else low
            named = admin_ports(int(low), int(high)) if low is not None and high is not None else ""
            if named:
                yield violation(entry, named, PUBLIC_PORT, front.urn)


def _classic(stack: Stack, balancer: Resource) -> Iterator[Violation]:
    if balancer.props["internal"].flag():
        return
    for listener in balancer.props["listeners"].items():
        yield from _ports(stack, (listener["lbPort"], listener["instancePort"]), balancer.urn)


def _forwards(stack: Stack) -> Callable[[Resource], set[str]]:
    """The listeners and rules that route to a target group: by its ARN or, while that is unknown, by dependency."""
    by_text: dict[str, set[str]] = {}
    by_dependency: dict[str, set[str]] = {}
    for one in stack.of(ACTIONS):
        for urn in one.depends_on.get(ACTIONS[one.type], ()):
            by_dependency.setdefault(urn, set()).add(one.urn)
        for leaf in one.props[ACTIONS[one.type]].walk():
            for text in _texts(leaf):
                by_text.setdefault(text, set()).add(one.urn)

    def to(group: Resource) -> set[str]:
        arns = [text for name in ("arn", "id") for text in _texts(group.props[name])]
        return by_dependency.get(group.urn, set()).union(*(by_text.get(text, set()) for text in arns))

    return to


def _inside(stack: Stack) -> frozenset[str]:
    """The URNs of the listeners of internal balancers, and of their rules."""
    internal = []
    for balancer in stack.of(BALANCERS):
        with stack.isolate():
            if balancer.props["internal"].flag():
                internal.append(balancer)
    listeners = Referrers(stack, stack.of(LISTENERS), "loadBalancerArn").to_any(internal, "arn", "id")
    private = [one for one in stack.of(LISTENERS) if one.urn in listeners]
    return listeners | Referrers(stack, stack.of(RULES), "listenerArn").to_any(private, "arn", "id")


def _holders(stack: Stack) -> Iterator[tuple[Resource, Value, Resource]]:
    """Target groups, each with a target port, and the resource that sets it."""
    groups = stack.of(TARGETS)
    attached = Referrers(stack, stack.of(ATTACHMENTS), "targetGroupArn")
    by_arn: dict[str, list[tuple[Resource, Value]]] = {}
    for service in stack.of({SERVICE}):
        with stack.isolate():
            for balancer in service.props["loadBalancers"].items():
                for key in _keys(balancer["targetGroupArn"], service, "loadBalancers"):
                    by_arn.setdefault(key, []).append((service, balancer["containerPort"]))
    for group in groups:
        yield group, group.props["port"], group
        for one in attached.to(group, "arn", "id"):
            yield group, one.props["port"], one
        for key in {group.urn, *_texts(group.props["arn"])}:
            for holder, port in by_arn.get(key, ()):
                yield group, port, holder


def _keys(arn: Value, holder: Resource, name: str) -> Iterable[str]:
    return _texts(arn) if arn.known else holder.depends_on.get(name, ())


def _texts(value: Value) -> tuple[str, ...]:
    text = value.scalar() if value.known else None
    return (text,) if isinstance(text, str) else ()


def _front(stack: Stack) -> Iterator[Violation]:
    for front in stack.of(RANGES):
        with stack.isolate():
            yield from _ranges(stack, front)
    for front in stack.of(PORTS):
        yield from _ports(stack, held(front, PORTS[front.type], stack), front.urn)
    for balancer in stack.of({CLASSIC}):
        with stack.isolate():
            yield from _classic(stack, balancer)
    inside, used_by = _inside(stack), _forwards(stack)
    for listener in stack.of(LISTENERS):
        if listener.urn not in inside:
            yield from _ports(stack, (listener.props["port"],), listener.urn)
    for group, port, holder in _holders(stack):
        with stack.isolate():
            used = used_by(group)
            if (named := _admin(port)) and (not used or not used <= inside):
                by = "of a balancer that is not internal" if used else "without a listener in this stack"
                yield violation(port, f"{named} {by}", PUBLIC_PORT, holder.urn)


FRONT_PORTS = Policy(
    id="front-no-admin-ports",
    requirement="AWS-SG VPN-MFA",
    types=BALANCERS | TARGETS | ATTACHMENTS | ACTIONS.keys() | RANGES.keys() | PORTS.keys() | {CLASSIC, SERVICE},
    level=MANDATORY,
    severity=CRITICAL,
    description="No balancer, accelerator or distribution that faces the Internet leads to a port of administration.",
    fix="make the load balancer internal, in the stack of its listeners and target groups, and use the VPN",
    stack_rule=_front,
)

POLICIES = (FRONT_PORTS,)
