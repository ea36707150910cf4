"""A private S3 bucket: encrypted, TLS only, versioned, not public, emptied by rules only (AWS-S3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.refusal import refuse_creation
from components.tags import Tags


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """Arguments of `PrivateBucket`."""

    context: AwsContext
    tags: Tags
    key_arn: pulumi.Input[str]
    """KMS key of the objects."""
    bucket_name: str | None = None
    """The bucket's name; None: `<component>-<account>-<region>`, which nobody else has."""
    statements: Sequence[dict[str, Any]] = field(default_factory=tuple)
    """Further statements of the bucket policy; `Resource` may use `{bucket}` for the bucket's ARN."""
    expire_days: int | None = None
    """Delete objects after so many days; None keeps them."""
    expire_old_versions_days: int = 30
    """Delete overwritten and deleted versions after so many days."""
    lock_days: int | None = None
    """Object lock in governance mode: nobody can delete an object for this many days without
    `s3:BypassGovernanceRetention`. None: no lock. A change to or from None replaces the bucket."""
    protect: bool = True
    """Refuse to delete the bucket. False: deleting the bucket deletes its objects, unless `retain` keeps both."""
    retain: bool = False
    """Keep the bucket, its settings and its objects in AWS when the stack is destroyed."""
    refused: str | None = None
    """Why the bucket must not be created, if it is not the stack's already."""


class PrivateBucket(pulumi.ComponentResource):
    """The bucket and all settings that keep it private.

    S3 refuses to delete a bucket that holds objects (BucketNotEmpty). So a protected bucket is never deleted, an
    unprotected one is emptied first, and one with `retain` leaves the stack without being deleted.
    """

    bucket_name: str
    bucket_arn: str
    policy: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:bucket:PrivateBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=args.retain)
        self.bucket_name = args.bucket_name or default_bucket(name, args.context)
        self.bucket_arn = f"arn:{args.context.partition}:s3:::{self.bucket_name}"
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=self.bucket_name,
            object_lock_enabled=args.lock_days is not None,
            force_destroy=not (args.protect or args.retain),
            tags=args.tags.named(self.bucket_name),
            opts=pulumi.ResourceOptions.merge(
                child,
                pulumi.ResourceOptions(
                    protect=args.protect,
                    hooks=refuse_creation(f"{name}-refused", args.refused) if args.refused else None,
                ),
            ),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=args.key_arn
                    ),
                    bucket_key_enabled=True,
                )
            ],
            opts=child,
        )
        versioned = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.id,
            rules=_lifecycle(args),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versioned])),
        )
        if args.lock_days is not None:
            aws.s3.BucketObjectLockConfiguration(
                f"{name}-lock",
                bucket=self.bucket.id,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode="GOVERNANCE", days=args.lock_days
                    )
                ),
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versioned])),
            )
        # The policy waits for the public-access block: while that is being set, S3 refuses policies with a conflict.
        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.bucket.id,
            policy=json.dumps(bucket_policy(self.bucket_arn, args.statements)),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[closed])),
        )
        self.policy = policy.policy
        self.register_outputs({"bucketName": self.bucket_name, "bucketArn": self.bucket_arn})


def default_bucket(name: str, context: AwsContext) -> str:
    """Globally unique name of a component's bucket."""
    return f"{name}-{context.account_id}-{context.region}"


def bucket_policy(bucket_arn: str, statements: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The bucket policy: TLS only, plus the given statements."""
    tls_only = {
        "Sid": "NothingWithoutTls",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    placed = [
        {**statement, "Resource": statement["Resource"].replace("{bucket}", bucket_arn)} for statement in statements
    ]
    return {"Version": "2012-10-17", "Statement": [tls_only, *placed]}


def _lifecycle(args: PrivateBucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    """Old versions and interrupted uploads expire; objects only if a time is set."""
    rules = [
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="old-versions",
            status="Enabled",
            filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=args.expire_old_versions_days
            ),
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=7
            ),
        )
    ]
    if args.expire_days is not None:
        rules.append(
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="objects",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expire_days),
            )
        )
    return rules
