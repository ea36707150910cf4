"""What an AWS account has once: trail, GuardDuty, Access Analyzer and safe defaults (AWS-MFA, AWS-TRAIL, AWS-S3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.account.detection import AccessAnalyzer, GuardDuty, make_detection
from components.account.mfa import make_mfa_group
from components.account.trail_events import TRAIL_ALARMS
from components.alarms import metric_alarm, silence
from components.bucket import PrivateBucket, PrivateBucketArgs, bucket_policy
from components.context import AwsContext
from components.keys import EncryptionKey, EncryptionKeyArgs, KeyUser, log_groups
from components.tags import Tags

LOCK_DAYS = 90
"""So long nobody can delete a file of the trail's archive."""
SILENT_SECONDS = 3600
"""An account with a cluster in it is never quiet for so long."""


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """Arguments of `Account`."""

    context: AwsContext
    """The account and the region."""
    tags: Tags
    """Tags of every resource."""
    topic_arn: pulumi.Input[str]
    """Where alarms on root use and trail changes, and findings, go."""
    users: Sequence[str] = ()
    """IAM users of this account who may do nothing without a second factor; see mfa.py."""
    trail_bucket: str | None = None
    """An existing bucket, best in a separate account, that takes the trail; None makes one here."""
    guardduty: GuardDuty = "create"
    """`existing`: a detector of this account is there, and gets the EKS features. `organization`: the organisation's
    administrator decides about them, which AWS leaves no member to change; findings are heard all the same."""
    access_analyzer: AccessAnalyzer = "create"
    """`existing`: the account has one already; AWS takes no second of its kind."""
    log_retention_days: int = 365
    """Days that the trail's log group is kept; a value that CloudWatch Logs knows."""
    protect: bool = True
    """Refuse to delete the trail's archive and keys; locks its objects for the retention's time."""


class Account(pulumi.ComponentResource):
    """The account-wide resources; one stack per account and region makes them (`account.manage`).

    Failure modes: AWS refuses a second GuardDuty detector or Access Analyzer in a region; set `guardduty` or
    `access_analyzer` to `existing`. It also refuses what a member changes of the organisation's GuardDuty: set
    `guardduty` to `organization`.
    """

    trail_arn: pulumi.Output[str]
    """The trail."""
    trail_bucket_policy: pulumi.Output[str]
    """The policy that a bucket in another account needs to take this trail."""

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:account:Account", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._defaults()
        self._passwords()
        make_mfa_group(name, args.context, args.users, self)
        make_detection(
            name,
            guardduty=args.guardduty,
            access_analyzer=args.access_analyzer,
            topic_arn=args.topic_arn,
            tags=args.tags,
            parent=self,
        )
        self._trail()
        self.register_outputs({"trailArn": self.trail_arn, "trailBucketPolicy": self.trail_bucket_policy})

    def _defaults(self) -> None:
        """What is made without saying otherwise is encrypted, private and asks for IMDSv2."""
        name, child = self._name, self._child
        aws.s3.AccountPublicAccessBlock(
            f"{name}-s3-public-access",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.ebs.EncryptionByDefault(f"{name}-ebs-encryption", enabled=True, opts=child)
        aws.ec2.InstanceMetadataDefaults(
            f"{name}-metadata", http_tokens="required", http_put_response_hop_limit=1, opts=child
        )

    def _passwords(self) -> None:
        name, child = self._name, self._child
        aws.iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            opts=child,
        )

    def _trail(self) -> None:
        name, args, child = self._name, self._args, self._child
        trail_name = f"{name}-trail"
        trail_arn = args.context.arn("cloudtrail", f"trail/{trail_name}")
        key = EncryptionKey(
            f"{name}-trail-key",
            EncryptionKeyArgs(
                description=f"Audit trail {trail_name} and its log group",
                context=args.context,
                tags=args.tags,
                users=[log_groups(args.context, f"/palisade/{trail_name}"), *_trail_key_users(trail_arn, args.context)],
                protect=args.protect,
            ),
            child,
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-trail-logs",
            name=f"/palisade/{trail_name}",
            kms_key_id=key.arn,
            retention_in_days=args.log_retention_days,
            tags=args.tags.named(trail_name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        role, may_write = self._log_role(trail_name, group)
        statements = trail_statements(args.context, trail_arn)
        depends: list[pulumi.Resource] = [may_write]
        if args.trail_bucket:
            bucket = args.trail_bucket
            arn = f"arn:{args.context.partition}:s3:::{bucket}"
            self.trail_bucket_policy = pulumi.Output.from_input(json.dumps(bucket_policy(arn, statements)))
        else:
            made = PrivateBucket(
                trail_name,
                PrivateBucketArgs(
                    context=args.context,
                    tags=args.tags,
                    key_arn=key.arn,
                    statements=statements,
                    expire_days=max(args.log_retention_days, LOCK_DAYS + 1),
                    lock_days=LOCK_DAYS if args.protect else 0,
                    protect=args.protect,
                ),
                child,
            )
            bucket, self.trail_bucket_policy = made.bucket_name, made.policy
            depends.append(made)
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            name=trail_name,
            s3_bucket_name=bucket,
            kms_key_id=key.arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=group.arn.apply(lambda arn: f"{arn.removesuffix(':*')}:*"),
            cloud_watch_logs_role_arn=role.arn,
            tags=args.tags.named(trail_name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends),
        )
        self.trail_arn = trail.arn
        for alarm in TRAIL_ALARMS:
            alarm.create(name, group.name, args.topic_arn, args.tags, child)
        nothing = silence(
            group.name,
            "The audit trail writes nothing any more, so no alarm on it can fire: look at the trail and its role"
            " (AWS-TRAIL).",
            SILENT_SECONDS,
        )
        metric_alarm(f"{name}-trail-silent", nothing, args.topic_arn, args.tags, child)

    def _log_role(self, trail_name: str, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role with which CloudTrail writes to exactly this log group, and what lets it: AWS tries it at once."""
        role = aws.iam.Role(
            f"{self._name}-trail-role",
            assume_role_policy=json.dumps(
                _document(
                    # Under no condition: CloudTrail names neither source nor account when it takes this role.
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudtrail.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                )
            ),
            tags=self._args.tags.named(trail_name),
            opts=self._child,
        )
        may_write = aws.iam.RolePolicy(
            f"{self._name}-trail-role",
            role=role.name,
            policy=group.arn.apply(
                lambda arn: json.dumps(
                    _document(
                        {
                            "Effect": "Allow",
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": f"{arn.removesuffix(':*')}:log-stream:*",
                        }
                    )
                )
            ),
            opts=self._child,
        )
        return role, may_write


def trail_statements(context: AwsContext, trail_arn: str) -> list[dict[str, Any]]:
    """What a bucket's policy must say so that this trail, and no other, can write to it (AWS-TRAIL)."""
    common = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
    }
    of_trail = {"aws:SourceArn": trail_arn}
    return [
        {
            **common,
            "Sid": "TrailLooksAtTheBucket",
            "Action": "s3:GetBucketAcl",
            "Resource": "{bucket}",
            "Condition": {"StringEquals": of_trail},
        },
        {
            **common,
            "Sid": "TrailWrites",
            "Action": "s3:PutObject",
            "Resource": f"{{bucket}}/AWSLogs/{context.account_id}/*",
            "Condition": {"StringEquals": {**of_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]


def _trail_key_users(trail_arn: str, context: AwsContext) -> tuple[KeyUser, KeyUser]:
    """CloudTrail, when it encrypts this trail's files, and when it looks at the key, for which no context exists."""
    this_trail = {"aws:SourceArn": trail_arn}
    return (
        KeyUser(
            service="cloudtrail.amazonaws.com",
            condition={
                "StringEquals": this_trail,
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": context.arn("cloudtrail", "trail/*")},
            },
            actions=("kms:GenerateDataKey*", "kms:Decrypt"),
        ),
        KeyUser(
            service="cloudtrail.amazonaws.com",
            condition={"StringEquals": this_trail},
            actions=("kms:DescribeKey",),
            sid="LookAtCloudtrail",
        ),
    )


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
