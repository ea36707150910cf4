"""Cases of front_ports.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.network.front_ports import CLASSIC, FRONT_PORTS, SERVICE

_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_LISTENER: Final = "aws:lb/listener:Listener"
_RULE: Final = "aws:lb/listenerRule:ListenerRule"
_TARGETS: Final = "aws:lb/targetGroup:TargetGroup"
_ATTACHMENT: Final = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
_ACCELERATOR: Final = "aws:globalaccelerator/listener:Listener"
_ENDPOINTS: Final = "aws:globalaccelerator/endpointGroup:EndpointGroup"
_CDN: Final = "aws:cloudfront/distribution:Distribution"


def _of(type_: str, name: str = "it", on: Mapping[str, Sequence[str]] | None = None, **props: Any) -> Item:
    return Item(type=type_, name=name, props=props, depends_on=on or {})


def _nlb(*, internal: bool = False, known: bool = True, port: int = 443, target: Any = 8080) -> tuple[Item, ...]:
    """A balancer, its listener and its targets, before or after creation."""
    return (
        _of(_BALANCER, "nlb", internal=internal, arn="arn:nlb" if known else UNKNOWN),
        _of(
            _LISTENER,
            "listener",
            {"loadBalancerArn": ["nlb"], "defaultActions": ["targets"]},
            loadBalancerArn="arn:nlb" if known else UNKNOWN,
            port=port,
            protocol="TCP",
            defaultActions=[{"type": "forward", "targetGroupArn": "arn:targets" if known else UNKNOWN}],
            arn="arn:listener" if known else UNKNOWN,
        ),
        _of(_TARGETS, "targets", port=target, protocol="TCP", arn="arn:targets" if known else UNKNOWN),
    )


def _attached(port: Any) -> Item:
    return _of(_ATTACHMENT, "attachment", targetGroupArn="arn:targets", targetId="i-1", port=port)


def _rule() -> tuple[Item, ...]:
    """A second target group behind the listener, through a weighted rule."""
    forward = {"type": "forward", "forward": {"targetGroups": [{"arn": "arn:database", "weight": 1}]}}
    return (
        _of(_RULE, "rule", listenerArn="arn:listener", actions=[forward]),
        _of(_TARGETS, "database", arn="arn:database", port=5432),
    )


def _classic(*, internal: bool, instance: int) -> Item:
    listeners = [{"lbPort": 443, "lbProtocol": "tcp", "instancePort": instance, "instanceProtocol": "tcp"}]
    return _of(CLASSIC, internal=internal, listeners=listeners)


def _ranges(low: int, high: int) -> Item:
    return _of(_ACCELERATOR, portRanges=[{"fromPort": low, "toPort": high}])


def _task(port: int) -> Item:
    return _of(SERVICE, "task", loadBalancers=[{"targetGroupArn": "arn:targets", "containerPort": port}])


CASES: dict[str, tuple[Case, ...]] = {
    FRONT_PORTS.id: (
        ok("web", *_nlb()),
        ok("web_before_it_is_made", *_nlb(known=False)),
        ok("database_inside", *_nlb(internal=True, port=5432, target=5432), _attached(5432)),
        ok("database_inside_before_it_is_made", *_nlb(internal=True, known=False, port=5432, target=5432)),
        ok("database_inside_by_a_rule", *_nlb(internal=True), *_rule()),
        ok("classic_web", _classic(internal=False, instance=8080)),
        ok("classic_inside", _classic(internal=True, instance=22)),
        ok("accelerated_web", _ranges(443, 443)),
        ok("task", *_nlb(), _task(8080)),
        ok("functions", _of(_TARGETS, targetType="lambda")),
        fail("ssh", *_nlb(port=22), at="port"),
        fail("database_behind_443", *_nlb(target=5432), at="port"),
        fail("database_behind_443_before_it_is_made", *_nlb(known=False, target=5432), at="port"),
        fail("one_target_on_another_port", *_nlb(), _attached(3389), at="port"),
        fail("task_on_another_port", *_nlb(), _task(6379), at="loadBalancers[0].containerPort"),
        fail("by_a_rule", *_nlb(), *_rule(), at="port"),
        fail("balancer_elsewhere", _of(_LISTENER, loadBalancerArn="arn:elsewhere", port=22), at="port"),
        fail("targets_whose_listener_is_elsewhere", _of(_TARGETS, port=5432), at="port"),
        fail("classic_ssh", _classic(internal=False, instance=22), at="listeners[0].instancePort"),
        fail("accelerated_ssh", _ranges(20, 25), at="portRanges[0]"),
        fail(
            "accelerated_override",
            _of(_ENDPOINTS, portOverrides=[{"listenerPort": 443, "endpointPort": 22}]),
            at="portOverrides[0].endpointPort",
        ),
        fail(
            "distribution",
            _of(_CDN, origins=[{"customOriginConfig": {"httpPort": 9200, "httpsPort": 443}}]),
            at="origins[0].customOriginConfig.httpPort",
        ),
        unknown("port_decided_later", *_nlb(internal=False, target=UNKNOWN)),
        unknown("balancer_decided_later", _of(_BALANCER, "nlb", internal=UNKNOWN, arn="arn:nlb")),
    ),
}
