"""A customer-managed KMS key, rotated, for this account and the named services only (AWS-TRAIL, INH-1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.tags import Tags

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""What a service needs to encrypt and decrypt on somebody's behalf."""
USE_IN_CONTEXT = tuple(action for action in USE if action != "kms:DescribeKey")
"""The same where the encryption context is the condition: describing a key has none, so it would never hold."""
DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class KeyUser:
    """A service that may use the key, and its conditions."""

    service: str
    """Service principal, such as sns.amazonaws.com."""
    condition: Mapping[str, Mapping[str, Any]]
    """IAM condition that ties the use to this account."""
    actions: Sequence[str] = USE
    sid: str | None = None
    """Statement ID; None: made from the service's name."""

    def statement(self) -> dict[str, Any]:
        """The key policy statement."""
        return {
            "Sid": self.sid or "Use" + "".join(word.title() for word in self.service.split(".")[0].split("-")),
            "Effect": "Allow",
            "Principal": {"Service": self.service},
            "Action": list(self.actions),
            "Resource": "*",
            "Condition": self.condition,
        }


def log_groups(context: AwsContext, *prefixes: str) -> KeyUser:
    """CloudWatch Logs, for the account's log groups whose name starts with one of the prefixes; none means all."""
    groups = [context.arn("logs", f"log-group:{prefix}*") for prefix in prefixes or ("",)]
    return KeyUser(
        service=f"logs.{context.region}.amazonaws.com",
        condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        actions=USE_IN_CONTEXT,
    )


def of_this_account(service: str, context: AwsContext, actions: Sequence[str] = USE) -> KeyUser:
    """A service acting for a resource of this account."""
    return KeyUser(
        service=service, condition={"StringEquals": {"aws:SourceAccount": context.account_id}}, actions=actions
    )


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """Arguments of `EncryptionKey`."""

    description: str
    """What the key encrypts, for people who find it in the console."""
    context: AwsContext
    tags: Tags
    users: Sequence[KeyUser] = field(default_factory=tuple)
    """Services that may use the key besides the account's own principals."""
    protect: bool = True
    """Refuse to delete the key: what it encrypted would be lost."""
    retain: bool = False
    """Keep the key in AWS when the stack is destroyed, for what it encrypted and outlives the stack. The alias goes."""


class EncryptionKey(pulumi.ComponentResource):
    """A rotated key and its alias `alias/<name>`; the account's IAM policies control people and roles."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:keys:EncryptionKey", name, None, opts)
        root = {
            "Sid": "IamPoliciesDecide",
            "Effect": "Allow",
            "Principal": {"AWS": args.context.arn("iam", "root", regional=False)},
            "Action": "kms:*",
            "Resource": "*",
        }
        self.key = aws.kms.Key(
            f"{name}-key",
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=json.dumps(
                {"Version": "2012-10-17", "Statement": [root, *(user.statement() for user in args.users)]}
            ),
            tags=args.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.retain),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/{name}",
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self.key.arn
        self.register_outputs({"arn": self.arn})
