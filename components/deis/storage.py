"""The bucket for slugs, and the one identity that may use it (AWS-S3).

The exception to "no access keys": the builder's S3 client, and the scripts in the slug images, are older than IRSA and
Pod Identity and know only static keys. So they get a user of their own with the least rights, whose key works from
inside the VPC only, lies nowhere but in the state and in one Secret, and is made anew by `rotation`. The controller
copies that Secret into the namespaces of applications: whoever runs an application can read and write slugs, no more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket, PrivateBucketArgs
from components.context import AwsContext
from components.deis.args import DeisArgs
from components.keys import EncryptionKey, EncryptionKeyArgs


@dataclass(frozen=True, kw_only=True)
class StorageParts:
    """What others need of the storage."""

    values: dict[str, pulumi.Input[str]]
    """Content of the Secret objectstorage-keyfile."""
    access_key_id: pulumi.Output[str]
    """No secret; changes with every rotation."""
    ready: tuple[pulumi.Resource, ...]


def storage_policy(context: AwsContext, bucket_arn: str, key_arn: str, vpc_id: str) -> dict[str, Any]:
    """What the user may do: slugs in this bucket, from this VPC, and through S3 the key that encrypts them."""
    from_the_vpc = {"StringEquals": {"aws:SourceVpc": vpc_id}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ListSlugs",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": bucket_arn,
                "Condition": from_the_vpc,
            },
            {
                "Sid": "ReadAndWriteSlugs",
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                "Resource": f"{bucket_arn}/*",
                "Condition": from_the_vpc,
            },
            {
                "Sid": "EncryptSlugs",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{context.region}.amazonaws.com"}},
            },
        ],
    }


def make_storage(name: str, args: DeisArgs, opts: pulumi.ResourceOptions) -> StorageParts:
    """Makes the bucket with its key, and the user: rights come by a group, as for everybody."""
    child, context = f"{name}-slugs", args.context
    key = EncryptionKey(
        child,
        EncryptionKeyArgs(description=f"Slugs of {name}", context=context, tags=args.tags, protect=args.protect),
        opts,
    )
    bucket = PrivateBucket(
        child,
        PrivateBucketArgs(context=context, tags=args.tags, key_arn=key.arn, protect=args.protect),
        opts,
    )
    group = aws.iam.Group(f"{child}-group", name=child, path=f"/{name}/", opts=opts)
    rights = aws.iam.GroupPolicy(
        f"{child}-rights",
        name=child,
        group=group.name,
        policy=pulumi.Output.all(key.arn, args.vpc_id).apply(
            lambda known: json.dumps(storage_policy(context, bucket.bucket_arn, *known))
        ),
        opts=opts,
    )
    user = aws.iam.User(
        f"{child}-user", name=child, path=f"/{name}/", force_destroy=False, tags=args.tags.named(child), opts=opts
    )
    membership = aws.iam.UserGroupMembership(f"{child}-membership", user=user.name, groups=[group.name], opts=opts)
    access = aws.iam.AccessKey(f"{child}-access-{args.rotation}", user=user.name, opts=opts)
    return StorageParts(
        values={
            "accesskey": access.id,
            "secretkey": pulumi.Output.secret(access.secret),
            "region": context.region,
            "builder-bucket": bucket.bucket_name,
        },
        access_key_id=access.id,
        ready=(bucket, rights, membership),
    )
