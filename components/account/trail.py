"""CloudTrail: a record of every AWS API call, in a locked bucket that outlives the stack (AWS-TRAIL)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.account.trail_events import DETECTION_CHANGED, TRAIL_ALARMS
from components.alarms import metric_alarm, silence
from components.bucket import PrivateBucket, PrivateBucketArgs, bucket_policy, default_bucket
from components.context import AwsContext
from components.keys import EncryptionKey, EncryptionKeyArgs, KeyUser, log_groups
from components.tags import Tags

LOCK_DAYS: Final = 90
"""Days for which nobody can delete a file of the trail."""
SILENT_SECONDS: Final = 3600
"""An account with a cluster in it is never quiet for so long."""


@dataclass(frozen=True, kw_only=True)
class TrailArgs:
    """Arguments of `make_trail`; see `AccountArgs`."""

    context: AwsContext
    tags: Tags
    topic_arn: pulumi.Input[str]
    bucket: str | None
    bucket_exists: bool
    data_event_buckets: Sequence[str]
    log_retention_days: int
    protect: bool


@dataclass(frozen=True, kw_only=True)
class TrailParts:
    """Outputs of the trail that other resources need."""

    arn: pulumi.Output[str]
    bucket_policy: pulumi.Output[str]
    retained: pulumi.Output[dict[str, str]]


def trail_bucket_exists(name: str, context: AwsContext, opts: pulumi.InvokeOptions | None = None) -> bool:
    """Whether the trail's bucket exists already, from this stack or from an earlier one."""
    bucket = default_bucket(f"{name}-trail", context)
    # A lookup by name would fail if there is none.
    found = aws.resourcegroupstaggingapi.get_resources(
        resource_type_filters=["s3"],
        tag_filters=[aws.resourcegroupstaggingapi.GetResourcesTagFilterArgs(key="Name", values=[bucket])],
        opts=opts,
    )
    return bool(found.resource_tag_mapping_lists)


def make_trail(name: str, args: TrailArgs, parent: pulumi.Resource) -> TrailParts:
    """Make the key, the log group with its role, the bucket, the trail and its alarms.

    CloudTrail writes within minutes, and its files are locked: AWS would refuse to delete the bucket, and deleting the
    key would make them unreadable. Both are therefore retained when the stack is destroyed; the next stack adopts them.
    """
    child = pulumi.ResourceOptions(parent=parent)
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
            retain=True,
        ),
        child,
    )
    group = aws.cloudwatch.LogGroup(
        f"{name}-trail-logs",
        name=f"/palisade/{trail_name}",
        kms_key_id=key.arn,
        retention_in_days=args.log_retention_days,
        tags=args.tags.named(trail_name),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    role, may_write = _log_role(name, group, args.tags.named(trail_name), child)
    bucket, policy, depends = _bucket(trail_name, args, key.arn, trail_statements(args.context, trail_arn), parent)
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
        advanced_event_selectors=event_selectors(args.data_event_buckets, args.context.partition),
        tags=args.tags.named(trail_name),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[may_write, *depends]),
    )
    for alarm in TRAIL_ALARMS:
        alarm.create(name, group.name, args.topic_arn, args.tags, child)
    DETECTION_CHANGED.create(name, args.topic_arn, args.tags, child)
    nothing = silence(
        "trail-silent",
        group.name,
        "The audit trail writes nothing any more, so no alarm on it can fire: look at the trail and its role"
        " (AWS-TRAIL).",
        SILENT_SECONDS,
    )
    metric_alarm(f"{name}-trail-silent", nothing, args.topic_arn, args.tags, child)
    retained = key.arn.apply(lambda arn: {"trailBucket": bucket, "trailKeyArn": arn})
    return TrailParts(arn=trail.arn, bucket_policy=policy, retained=retained)


def event_selectors(buckets: Sequence[str], partition: str) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgs]:
    """Every management event, and every read and write of objects in `buckets`; a trailing * matches any text."""
    field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
    selector = aws.cloudtrail.TrailAdvancedEventSelectorArgs
    objects = [f"arn:{partition}:s3:::{name[:-1] if name.endswith('*') else f'{name}/'}" for name in buckets]
    management = selector(
        name="Management events", field_selectors=[field(field="eventCategory", equals=["Management"])]
    )
    data = selector(
        name="Objects of state, sources and builds",
        field_selectors=[
            field(field="eventCategory", equals=["Data"]),
            field(field="resources.type", equals=["AWS::S3::Object"]),
            field(field="resources.ARN", starts_withs=objects),
        ],
    )
    return [management, data] if objects else [management]


def _bucket(
    trail_name: str,
    args: TrailArgs,
    key_arn: pulumi.Output[str],
    statements: list[dict[str, Any]],
    parent: pulumi.Resource,
) -> tuple[str, pulumi.Output[str], list[pulumi.Resource]]:
    """Name and policy of the trail's bucket, and the resources on which the trail depends."""
    if args.bucket:
        arn = f"arn:{args.context.partition}:s3:::{args.bucket}"
        return args.bucket, pulumi.Output.from_input(json.dumps(bucket_policy(arn, statements))), []
    made = PrivateBucket(
        trail_name,
        PrivateBucketArgs(
            context=args.context,
            tags=args.tags,
            key_arn=key_arn,
            statements=statements,
            expire_days=max(args.log_retention_days, LOCK_DAYS + 1),
            lock_days=LOCK_DAYS,
            protect=args.protect,
            retain=True,
            refused=_bucket_exists(default_bucket(trail_name, args.context)) if args.bucket_exists else None,
        ),
        pulumi.ResourceOptions(parent=parent),
    )
    return made.bucket_name, made.policy, [made]


def _bucket_exists(bucket: str) -> str:
    return (
        f"account.trailBucket: the bucket {bucket} exists already, of an earlier stack or an interrupted update; run"
        f" `pulumi config set --path palisade:account.trailBucket {bucket}` to go on writing to it, or remove it as"
        " docs/operations.md describes (AWS-TRAIL)"
    )


def _log_role(
    name: str, group: aws.cloudwatch.LogGroup, tags: dict[str, str], opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role with which CloudTrail writes to this log group only, and its policy: AWS tests write access at once."""
    role = aws.iam.Role(
        f"{name}-trail-role",
        assume_role_policy=json.dumps(
            _document(
                # Without a condition: CloudTrail passes neither source ARN nor account when it assumes this role.
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            )
        ),
        tags=tags,
        opts=opts,
    )
    may_write = aws.iam.RolePolicy(
        f"{name}-trail-role",
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
        opts=opts,
    )
    return role, may_write


def trail_statements(context: AwsContext, trail_arn: str) -> list[dict[str, Any]]:
    """Statements of the bucket policy that let only this trail write to the bucket (AWS-TRAIL)."""
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
    """Statements for CloudTrail: encrypting this trail's files, and describing the key, which has no context."""
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
