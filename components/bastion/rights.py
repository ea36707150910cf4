"""The instance's own AWS permissions: read its secrets, attach its address, write its log (AWS-MFA, VPN-MFA)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bastion.firewall import ROLE_TAG
from components.context import AwsContext
from components.tags import Tags


@dataclass(frozen=True, kw_only=True)
class RightsArgs:
    """The resources that the permissions cover."""

    context: AwsContext
    tags: Tags
    secrets: list[pulumi.Input[str]]
    key: pulumi.Input[str]
    """ARN of the key that encrypts the secrets."""
    allocation: pulumi.Input[str]
    log_group_name: str


def statements(args: RightsArgs, name: str, known: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of the role's policy."""
    own = {"aws:ResourceTag/Name": name, **{f"aws:ResourceTag/{key}": value for key, value in ROLE_TAG.items()}}
    return [
        {
            "Sid": "ReadOwnSecrets",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": known["secrets"],
        },
        {
            "Sid": "DecryptOwnSecrets",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": known["key"],
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"secretsmanager.{args.context.region}.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": known["secrets"],
                }
            },
        },
        {
            "Sid": "TakeOwnAddress",
            "Effect": "Allow",
            "Action": "ec2:AssociateAddress",
            "Resource": args.context.arn("ec2", f"elastic-ip/{known['allocation']}"),
        },
        {
            "Sid": "ForItselfOnly",
            "Effect": "Allow",
            "Action": "ec2:AssociateAddress",
            "Resource": [args.context.arn("ec2", f"{kind}/*") for kind in ("instance", "network-interface")],
            "Condition": {"StringEquals": own},
        },
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": args.context.arn("logs", f"log-group:{args.log_group_name}:*"),
        },
    ]


def make_rights(
    name: str, args: RightsArgs, parent: pulumi.Resource
) -> tuple[aws.iam.InstanceProfile, list[pulumi.Resource]]:
    """The instance profile, and the resources that must exist before an instance can use it."""
    opts = pulumi.ResourceOptions(parent=parent)
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(
        f"{name}-instance",
        description=f"VPN bastion {name}",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        tags=args.tags.named(f"{name}-instance"),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-instance",
        role=role.name,
        policy=pulumi.Output.all(secrets=args.secrets, key=args.key, allocation=args.allocation).apply(
            lambda known: json.dumps({"Version": "2012-10-17", "Statement": statements(args, name, known)})
        ),
        opts=opts,
    )
    return aws.iam.InstanceProfile(
        f"{name}-instance", role=role.name, tags=args.tags.named(f"{name}-instance"), opts=opts
    ), [policy]
