"""Flow logs of the whole VPC in an encrypted log group with a set retention (INH-1)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.keys import EncryptionKey, EncryptionKeyArgs, log_groups
from components.tags import Tags

AGGREGATION_SECONDS = 60

FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status vpc-id subnet-id instance-id pkt-srcaddr pkt-dstaddr flow-direction traffic-path"
)
"""AWS's default fields, then those that tell a pod or the NAT gateway's client from the interface that carried it."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Inputs of `make_flow_logs`."""

    context: AwsContext
    tags: Tags
    vpc_id: pulumi.Input[str]
    retention_days: int
    protect: bool


def make_flow_logs(name: str, args: FlowLogsArgs, parent: pulumi.Resource) -> aws.cloudwatch.LogGroup:
    """Make the key, the log group, the role that may only write to it and the flow log; returns the log group."""
    opts = pulumi.ResourceOptions(parent=parent)
    group_name = f"/aws/vpc/{name}/flow"
    key = EncryptionKey(
        f"{name}-flow-logs",
        EncryptionKeyArgs(
            description=f"Flow logs of the network {name}",
            context=args.context,
            tags=args.tags,
            users=[log_groups(args.context, group_name)],
            protect=args.protect,
        ),
        opts,
    )
    group = aws.cloudwatch.LogGroup(
        f"{name}-flow-logs",
        name=group_name,
        retention_in_days=args.retention_days,
        kms_key_id=key.arn,
        tags=args.tags.named(group_name),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    role = aws.iam.Role(
        f"{name}-flow-logs",
        description=f"Writes the flow logs of the network {name}",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": args.context.account_id},
                            "ArnLike": {"aws:SourceArn": args.context.arn("ec2", "vpc-flow-log/*")},
                        },
                    }
                ],
            }
        ),
        tags=args.tags.named(f"{name}-flow-logs"),
        opts=opts,
    )
    arn = args.context.arn("logs", f"log-group:{group_name}")
    policy = aws.iam.RolePolicy(
        f"{name}-flow-logs",
        role=role.name,
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                        "Resource": [arn, f"{arn}:*"],
                    },
                    # The service lists the groups before it writes; this action supports no narrower resource.
                    {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
                ],
            }
        ),
        opts=opts,
    )
    aws.ec2.FlowLog(
        f"{name}-flow-log",
        vpc_id=args.vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        log_format=" ".join(f"${{{field}}}" for field in FIELDS.split()),
        max_aggregation_interval=AGGREGATION_SECONDS,
        tags=args.tags.named(f"{name}-flow-log"),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    return group
