"""The load balancer in front of the router, and its security groups: the boundary of Deis (DEIS-WL, AWS-SG).

The router's whitelists do not cover `git push`, and the owner of an application can widen its whitelist; these groups
apply to all traffic. Each port has its own group, so that each has room for 50 ranges within AWS's limit of 60 rules,
and reaches the nodes on its own port only.

The balancer forwards bytes and, by PROXY protocol, the client's address; connections to nodes come from its own
subnets. There is no listener before router and builder run, so nothing is exposed if an earlier step fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.deis.args import DeisArgs
from components.security_group_rules import RuleMaker

PORTS: Final = {80: "HTTP, which only redirects", 443: "HTTPS", 2222: "git push"}
PRIVATE: Final = "internal"


@dataclass(frozen=True, kw_only=True)
class BalancerParts:
    """Outputs of the balancer that other resources need."""

    balancer: aws.lb.LoadBalancer
    targets: Mapping[int, aws.lb.TargetGroup]
    """By port of the balancer."""


def make_balancer(
    name: str, args: DeisArgs, after: Sequence[pulumi.Resource], opts: pulumi.ResourceOptions
) -> BalancerParts:
    """Make the balancer at once, its listeners and targets after the resources in `after`."""
    groups = {port: _make_group(name, args, port, opts) for port in PORTS}
    balancer = aws.lb.LoadBalancer(
        f"{name}-balancer",
        name=f"{name}-router",
        load_balancer_type="network",
        internal=args.balancer == PRIVATE,
        ip_address_type="ipv4",
        subnets=list(args.balancer_subnet_ids.values()),
        security_groups=[group.id for group in groups.values()],
        enforce_security_group_inbound_rules_on_private_link_traffic="on",
        # A router pod may run in a zone without clients, and the reverse.
        enable_cross_zone_load_balancing=True,
        enable_deletion_protection=args.protect,
        tags=args.tags.named(f"{name}-router"),
        opts=opts,
    )
    targets = {port: _make_listener(name, args, port=port, balancer=balancer, after=after, opts=opts) for port in PORTS}
    return BalancerParts(balancer=balancer, targets=targets)


def _make_group(name: str, args: DeisArgs, port: int, opts: pulumi.ResourceOptions) -> aws.ec2.SecurityGroup:
    """The group of a port: in from the whitelist, out to the node port."""
    child, node_port, tags = f"{name}-balancer-{port}", args.node_ports[port], args.tags
    group = aws.ec2.SecurityGroup(
        child,
        description=f"Load balancer of {name}: {PORTS[port]}",
        vpc_id=args.vpc_id,
        tags=tags.named(child),
        opts=opts,
    )
    ranges: dict[str, pulumi.Input[str]] = {cidr.replace("/", "-"): cidr for cidr in args.whitelist}
    for who, address in args.vpn_addresses.items():
        ranges[who] = pulumi.Output.from_input(address).apply(lambda known: f"{known}/32")
    for key, cidr in ranges.items():
        aws.vpc.SecurityGroupIngressRule(
            f"{child}-from-{key}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            description=f"Whitelisted: {PORTS[port]}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=tags.common,
            opts=opts,
        )
    aws.vpc.SecurityGroupEgressRule(
        f"{child}-to-nodes",
        security_group_id=group.id,
        referenced_security_group_id=args.node_security_group_id,
        description=f"Router on nodes: {PORTS[port]}",
        ip_protocol="tcp",
        from_port=node_port,
        to_port=node_port,
        tags=tags.common,
        opts=opts,
    )
    RuleMaker(prefix=child, tags=tags, opts=opts).into(
        f"nodes-{node_port}",
        source=group.id,
        target=args.node_security_group_id,
        port=node_port,
        description=f"{name}: load balancer, {PORTS[port]}",
    )
    return group


def _make_listener(
    name: str,
    args: DeisArgs,
    *,
    port: int,
    balancer: aws.lb.LoadBalancer,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> aws.lb.TargetGroup:
    """The target group of a port, its nodes, and finally its listener."""
    child, tags = f"{name}-balancer-{port}", args.tags
    late = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*after]))
    targets = aws.lb.TargetGroup(
        f"{child}-targets",
        # AWS allows 32 characters.
        name=f"{name}-{port}",
        port=args.node_ports[port],
        protocol="TCP",
        target_type="instance",
        vpc_id=args.vpc_id,
        proxy_protocol_v2=True,
        # The client's address is in the PROXY header. As the source address of packets it would bypass the router's
        # rule that trusts the balancer's subnets only.
        preserve_client_ip="false",
        connection_termination=True,
        deregistration_delay=60,
        # Nodes without a router pod do not respond, and so receive no traffic.
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            enabled=True, protocol="TCP", port="traffic-port", interval=10, healthy_threshold=2, unhealthy_threshold=2
        ),
        tags=tags.named(f"{name}-{port}"),
        opts=opts,
    )
    attachments = [
        aws.autoscaling.Attachment(
            f"{child}-{node_group}", autoscaling_group_name=group_name, lb_target_group_arn=targets.arn, opts=late
        )
        for node_group, group_name in args.autoscaling_group_names.items()
    ]
    aws.lb.Listener(
        f"{child}-listener",
        load_balancer_arn=balancer.arn,
        port=port,
        protocol="TCP",
        default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
        tags=tags.common,
        opts=pulumi.ResourceOptions.merge(late, pulumi.ResourceOptions(depends_on=attachments)),
    )
    return targets
