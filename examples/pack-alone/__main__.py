"""Somebody's own stack: nothing of Palisade in it, judged by the policy pack all the same."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

config = pulumi.Config()

group = aws.ec2.SecurityGroup("jump", description="Administration of the shop", vpc_id=config.require("vpcId"))
aws.vpc.SecurityGroupIngressRule(
    "jump-ssh",
    security_group_id=group.id,
    description="SSH from the office",
    cidr_ipv4=config.require("office"),
    ip_protocol="tcp",
    from_port=22,
    to_port=22,
)
pulumi.export("group", group.id)
