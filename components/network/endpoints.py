"""VPC endpoints for AWS services, each with a policy that keeps credentials of other accounts out (AWS-EGRESS).

The rule for every service: only this account's principals, and only this account's resources. Each exception has its
reason beside it. The account is checked by conditions, because a gateway endpoint accepts no principal other than `*`,
and because the conditions also cover sessions of service roles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.domains import PUBLIC_BUCKETS
from components.faults import ArgumentError, Fault
from components.tags import Tags

Statement = dict[str, Any]

NOT_OFFERED: Final = ("couldn't find resource", "no matching EC2 VPC Endpoint Service found")
"""What the lookup of a service says where AWS has none of that name: terraform-provider-aws, internal/service/ec2,
FindVPCEndpointServices (the first replaces the API's InvalidServiceName) and vpc_endpoint_service_data_source.go."""


@dataclass(frozen=True, kw_only=True)
class InterfaceService:
    """An AWS service reached through network interfaces in the intra subnets."""

    why: str
    """Who in a private cluster calls it."""
    foreign_resources: str = ""
    """Why its callers also touch resources that are not this account's; empty: they do not, and may not."""


INTERFACE_SERVICES: Final[Mapping[str, InterfaceService]] = {
    "autoscaling": InterfaceService(why="node groups and autoscalers"),
    "ec2": InterfaceService(
        why="the VPC CNI, the EBS CSI driver, nodes at boot",
        foreign_resources="public images and snapshots, as those of the nodes, belong to AWS",
    ),
    "ecr.api": InterfaceService(
        why="image pulls: log-in and manifests", foreign_resources="add-on images lie in AWS's own registries"
    ),
    "ecr.dkr": InterfaceService(why="image pulls", foreign_resources="add-on images lie in AWS's own registries"),
    "eks": InterfaceService(why="nodes at boot ask for the cluster's endpoint"),
    "eks-auth": InterfaceService(why="the Pod Identity agent"),
    "elasticloadbalancing": InterfaceService(why="load balancer controllers"),
    "guardduty-data": InterfaceService(
        why="GuardDuty's runtime agent", foreign_resources="its findings go to GuardDuty's own account"
    ),
    "kms": InterfaceService(why="whatever decrypts: volumes, secrets, buckets"),
    "logs": InterfaceService(why="container and node logs"),
    "monitoring": InterfaceService(why="container and node metrics"),
    "secretsmanager": InterfaceService(why="the VPN bastion and the platform's secrets"),
    "ssm": InterfaceService(
        why="the SSM agent; sessions are the only way onto a node",
        foreign_resources="documents and public parameters belong to AWS",
    ),
    # Not ec2messages, which regions launched since 2024 do not have: the agent uses ssmmessages alone since 3.3.40.
    "ssmmessages": InterfaceService(
        why="the SSM agent; sessions", foreign_resources="messages name no account's resource"
    ),
    "sts": InterfaceService(why="IAM roles for service accounts"),
}
"""The services that a private cluster needs; the names are the last part of com.amazonaws.<region>.<service>."""

PULL_ACTIONS: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:ListImages",
)


def interface_policy(service: str, context: AwsContext) -> dict[str, Any]:
    """The endpoint policy of an interface service."""
    ours = {"aws:PrincipalAccount": context.account_id}
    only_ours = {**ours, "aws:ResourceAccount": context.account_id}
    statements = [_allow("OurPrincipalsToOurResources", "*", only_ours)]
    if service in ("ecr.api", "ecr.dkr"):
        # Reading from another registry leaks nothing; pushing to another registry would.
        statements.append(_allow("PullsFromElsewhere", list(PULL_ACTIONS), ours))
    elif INTERFACE_SERVICES[service].foreign_resources:
        statements = [_allow("OurPrincipals", "*", ours)]
    if service == "sts":
        # A pod that exchanges its service account's token for a role has no principal yet.
        statements.append(
            _allow(
                "TokensForOurRoles",
                "sts:AssumeRoleWithWebIdentity",
                {"aws:ResourceAccount": context.account_id},
            )
        )
    return {"Version": "2012-10-17", "Statement": statements}


def s3_policy(context: AwsContext) -> dict[str, Any]:
    """The policy of the S3 gateway: our buckets and, read-only, the public ones that nodes and builds need."""
    readable: Statement = {
        "Sid": "ReadPublicBuckets",
        "Effect": "Allow",
        # Layers are read with URLs signed by the registry, packages without any signature.
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": [
            f"arn:{context.partition}:s3:::{bucket.name.format(region=context.region)}/*"
            for bucket in PUBLIC_BUCKETS
            if bucket.is_in(context.region)
        ],
    }
    ours = {"aws:PrincipalAccount": context.account_id, "aws:ResourceAccount": context.account_id}
    return {
        "Version": "2012-10-17",
        "Statement": [_allow("OurPrincipalsToOurBuckets", "s3:*", ours), readable],
    }


def _allow(sid: str, action: str | list[str], equal: Mapping[str, str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {"StringEquals": dict(equal)},
    }


def service_name(service: str, context: AwsContext) -> str:
    """The AWS name of an endpoint service."""
    return f"com.amazonaws.{context.region}.{service}"


def endpoint_zones(
    services: Sequence[str], zones: Sequence[str], context: AwsContext, opts: pulumi.InvokeOptions
) -> dict[str, list[str]]:
    """Service -> the given zones in which it has an endpoint: not every region and zone has all services.

    Raises:
        ArgumentError: services without an endpoint in the region, or in any of the zones.
    """
    served: dict[str, list[str]] = {}
    for service in services:
        try:
            found = aws.ec2.get_vpc_endpoint_service(
                service_name=service_name(service, context),
                service_type="Interface",
                opts=opts,
            )
        except Exception as refusal:  # the SDK has no narrower class
            if not any(words in str(refusal) for words in NOT_OFFERED):
                raise
            served[service] = []
            continue
        # GovCloud returns the service's name only.
        told = found.availability_zones if found.service_id else [f"{context.region}{zone}" for zone in zones]
        served[service] = [zone for zone in zones if f"{context.region}{zone}" in told]
    if missing := [service for service, where in served.items() if not where]:
        found = f"{', '.join(missing)} is not offered by AWS in {context.region}, zones {', '.join(zones)}"
        allowed = "leave it out, and its calls take the NAT gateway"
        fault = ArgumentError("NetworkArgs", [Fault(("endpoints",), found, allowed, "AWS-EGRESS")])
        # After a failed lookup the SDK ends the program with the lookup's own error, which does not name the service.
        pulumi.log.error(str(fault))
        raise fault
    return served


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Inputs of `make_endpoints`."""

    context: AwsContext
    tags: Tags
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    services: Mapping[str, Sequence[str]]
    """Interface service -> the zones that it has an endpoint in."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets that take the interfaces, by zone."""
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """Route tables that learn the way to S3."""


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The results of `make_endpoints`."""

    security_group: aws.ec2.SecurityGroup
    """The group of the interfaces."""
    endpoints: Sequence[aws.ec2.VpcEndpoint]


def make_endpoints(name: str, args: EndpointsArgs, parent: pulumi.Resource) -> Endpoints:
    """Make the S3 gateway, the interface endpoints and the group that guards them."""
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        description="Interfaces of the VPC endpoints",
        vpc_id=args.vpc_id,
        tags=args.tags.named(f"{name}-endpoints"),
        opts=opts,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-endpoints-from-vpc",
        security_group_id=group.id,
        description="AWS APIs over TLS from inside the VPC",
        cidr_ipv4=args.vpc_cidr,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=args.tags.common,
        opts=opts,
    )
    gateway = aws.ec2.VpcEndpoint(
        f"{name}-s3",
        vpc_id=args.vpc_id,
        vpc_endpoint_type="Gateway",
        service_name=service_name("s3", args.context),
        route_table_ids=[args.route_table_ids[key] for key in sorted(args.route_table_ids)],
        policy=json.dumps(s3_policy(args.context)),
        tags=args.tags.named(f"{name}-s3"),
        opts=opts,
    )
    interfaces = [
        aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            vpc_id=args.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=service_name(service, args.context),
            subnet_ids=[args.subnet_ids[zone] for zone in sorted(zones)],
            security_group_ids=[group.id],
            private_dns_enabled=True,
            policy=json.dumps(interface_policy(service, args.context)),
            tags=args.tags.named(f"{name}-{service.replace('.', '-')}"),
            opts=opts,
        )
        for service, zones in args.services.items()
    ]
    return Endpoints(security_group=group, endpoints=[gateway, *interfaces])
