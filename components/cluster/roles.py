"""The IAM roles of a cluster: each trusts one service, on behalf of this cluster only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.tags import Tags


@dataclass(frozen=True, kw_only=True)
class MadeRole:
    """A role, and the attachments that must exist while the role is in use."""

    role: aws.iam.Role
    attachments: tuple[pulumi.Resource, ...]


def trust(service: str, condition: Mapping[str, Mapping[str, Any]] | None, *actions: str) -> str:
    """A trust policy for one service principal."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", *actions],
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def pod_identity_trust(context: AwsContext, cluster: str, namespace: str, service_account: str) -> str:
    """Trust for exactly one service account of one cluster, which Pod Identity proves by session tags."""
    return trust(
        "pods.eks.amazonaws.com",
        {
            "StringEquals": {
                "aws:SourceAccount": context.account_id,
                "aws:RequestTag/eks-cluster-name": cluster,
                "aws:RequestTag/kubernetes-namespace": namespace,
                "aws:RequestTag/kubernetes-service-account": service_account,
            }
        },
        "sts:TagSession",
    )


def make_role(
    name: str,
    *,
    description: str,
    trust_policy: str,
    managed: Sequence[str],
    context: AwsContext,
    tags: Tags,
    parent: pulumi.Resource,
) -> MadeRole:
    """A role with the AWS managed policies `managed`, named by the part of their ARN after `policy/`."""
    opts = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name, description=description, assume_role_policy=trust_policy, tags=tags.named(name), opts=opts
    )
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', maxsplit=1)[-1]}",
            role=role.name,
            policy_arn=f"arn:{context.partition}:iam::aws:policy/{policy}",
            opts=opts,
        )
        for policy in managed
    ]
    return MadeRole(role=role, attachments=tuple(attachments))
