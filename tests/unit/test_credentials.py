"""What somebody can do in AWS with a credential that the program makes: evaluated policies of each identity (AWS-MFA).

An action that does harm, or reads what is secret, is tried on each resource of the program that it is for. The answer
follows AWS's documents (tests/needs/iam.py); what an identity needs is proven by tests/unit/test_needs.py.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Final

import pytest

from sandbox.providers.mocks import Registered
from tests.needs.account import Account
from tests.needs.iam import Principal, Request, evaluate
from tests.needs.invented import ACCOUNT
from tests.needs.matrix import world

ON_EACH: Final = {
    "secret": ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    "bucket": ("s3:PutBucketPolicy", "s3:DeleteBucket"),
    "key": ("kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    "role": ("sts:AssumeRole", "iam:PassRole", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    "user": ("iam:CreateAccessKey",),
    "logGroup": ("logs:GetLogEvents", "logs:FilterLogEvents", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
    "topic": ("sns:Publish", "sns:SetTopicAttributes"),
    "trail": ("cloudtrail:StopLogging", "cloudtrail:PutEventSelectors"),
    "instance": ("rds:ModifyDBInstance", "rds:CreateDBSnapshot", "rds:DeleteDBInstance"),
}
"""Kind of a resource -> actions on its ARN."""
ON_OBJECTS: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
ANYWHERE: Final = (
    "acm:ExportCertificate",
    "cloudwatch:DeleteAlarms",
    "ec2:AssociateIamInstanceProfile",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSnapshot",
    "ec2:ModifyInstanceMetadataOptions",
    "ec2:ModifySnapshotAttribute",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "ecr:BatchGetImage",
    "ecr:PutImage",
    "eks:AssociateAccessPolicy",
    "eks:CreateAccessEntry",
    "eks:UpdateClusterConfig",
    "guardduty:DeleteDetector",
    "iam:CreatePolicyVersion",
    "iam:CreateUser",
    "lambda:CreateFunction",
    "route53:ChangeResourceRecordSets",
    "ssm:GetParameter",
    "ssm:SendCommand",
    "ssm:StartSession",
)
EXPECTED: Final = {
    # AWS's own role of the control plane (AmazonEKSClusterPolicy), for load balancers and for the Secrets' key.
    "role/control-plane": {"ec2:AuthorizeSecurityGroupIngress", "kms:Decrypt secrets-key"},
    "role/nodes": {"ecr:BatchGetImage"},
    "role/vpn-instance": {
        "secretsmanager:GetSecretValue vpn-people",
        "secretsmanager:GetSecretValue vpn-server",
    },
    "user/deis-slugs-user": {f"{action} deis-slugs-bucket" for action in ON_OBJECTS},
}
"""Identity -> what it may do of all that; others may do nothing of it."""


@functools.cache
def account() -> Account:
    return world("default").account


def tried() -> Iterator[tuple[str, str, str]]:
    """(what it is called, action, ARN)."""
    for kind, actions in ON_EACH.items():
        for one in account().of(kind):
            short = one.name.removeprefix("palisade-")
            for action in actions:
                yield f"{action} {short}", action, one.outputs["arn"]
            for action in ON_OBJECTS if kind == "bucket" else ():
                yield f"{action} {short}", action, f"{one.outputs['arn']}/x"
    for action in ANYWHERE:
        yield action, action, "*"


def identities() -> dict[str, Registered]:
    return {
        f"{kind}/{one.name.removeprefix('palisade-')}": one
        for kind in ("role", "user")
        for one in account().of(kind)
        if one.type.startswith("aws:iam/")
    }


def may(identity: Registered, action: str, arn: str, **context: Any) -> bool:
    principal = Principal(kind="AWS", name=identity.outputs["arn"], account=ACCOUNT)
    given = {
        "aws:SecureTransport": True,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:ResourceAccount": ACCOUNT,
        "aws:PrincipalArn": identity.outputs["arn"],
        "aws:RequestedRegion": account().region,
        **context,
    }
    request = Request(principal=principal, action=action, resource=arn, context=given)
    return evaluate(request, account().policies(identity, action, arn, None)).allowed


@pytest.mark.parametrize("identity", sorted(identities()))
def test_a_credential_may_do_this_and_nothing_else_that_does_harm(identity: str) -> None:
    (vpc,) = account().of("vpc")
    inside = {"aws:SourceVpc": vpc.id}
    found = {name for name, action, arn in tried() if may(identities()[identity], action, arn, **inside)}
    assert found == EXPECTED.get(identity, set())


def test_the_storage_key_is_worth_nothing_outside_the_vpc() -> None:
    user = identities()["user/deis-slugs-user"]
    assert {name for name, action, arn in tried() if may(user, action, arn)} == set()


def test_the_answers_are_not_no_because_nothing_is_found() -> None:
    assert len({name for name, _, _ in tried()}) > 100
    assert len(identities()) >= 8
