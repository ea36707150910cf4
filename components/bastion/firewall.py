"""The bastion's inbound and outbound traffic: one resource per rule, each with a port and a reason (AWS-SG)."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.bastion.args import VpnBastionArgs
from components.bastion.openvpn import BASTION_TAG
from components.cluster.firewall import API_PORT
from components.security_group_rules import RuleMaker

ROLE_TAG: Final = dict([BASTION_TAG])
"""By it the policies know what may have a public address and take people in, and IAM the instance."""
EVERYWHERE = "0.0.0.0/0"


def make_firewall(
    name: str, args: VpnBastionArgs, parent: pulumi.Resource
) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
    """Make the security group and its rules. Only the tunnel is open to the outside: SSH runs inside it.

    Metadata, Amazon's clock and its resolver need no rule, because security groups do not filter them; the resolver has
    a rule nevertheless, for resolvers that are not Amazon's.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-instance",
        description=f"VPN bastion {name}",
        vpc_id=args.vpc_id,
        tags=args.tags.named(f"{name}-instance", **ROLE_TAG),
        opts=opts,
    )
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-{cidr}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            ip_protocol="udp",
            from_port=args.port,
            to_port=args.port,
            description="The VPN: certificate and second factor",
            tags={**args.tags.common, **ROLE_TAG},
            opts=opts,
        )
        for cidr in args.source_cidrs
    ]
    resolver = f"{args.resolver}/32"
    ways_out = {
        "apis": ("tcp", 443, EVERYWHERE, "APIs of AWS, Duo"),
        # Ubuntu's mirrors use plain HTTP; the archive's signature is what counts.
        "archive": ("tcp", 80, EVERYWHERE, "Archive of Ubuntu, whose packages are signed"),
        "dns-udp": ("udp", 53, resolver, "Resolver of the VPC"),
        "dns-tcp": ("tcp", 53, resolver, "Resolver of the VPC, long answers"),
        **{
            f"to-{cidr}" if port == API_PORT else f"to-{cidr}-{port}": ("tcp", port, cidr, f"People at work: {what}")
            for cidr in args.private_cidrs
            for port, what in args.client_ports.items()
        },
    }
    rules += [
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{way}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            description=description,
            tags=args.tags.common,
            opts=opts,
        )
        for way, (protocol, port, cidr, description) in ways_out.items()
    ]
    into_api = RuleMaker(prefix=name, tags=args.tags, opts=opts)
    for cluster, api in args.api_security_group_ids.items():
        into_api.into(
            f"api-{cluster}", source=group.id, target=api, port=API_PORT, description=f"{name}: the Kubernetes API"
        )
    return group, rules
