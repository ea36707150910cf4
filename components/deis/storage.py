"""The bucket for slugs, and the only identity with access to it (AWS-S3).

The exception to "no access keys": the builder's S3 client, and the scripts in the slug images, predate IRSA and Pod
Identity and support only static keys. So they get a user of their own with least privilege, whose key works from inside
the VPC only, exists nowhere but in the state and in one Secret, and is replaced by `rotation`. The controller copies
that Secret into the namespaces of applications: the operator of an application can read and write slugs, nothing else.
"""

from __future__ import annotations

import hashlib
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
    """Outputs of the storage that other resources need."""

    values: dict[str, pulumi.Input[str]]
    """Content of the Secret objectstorage-keyfile."""
    revision: pulumi.Output[str]
    """Changes with every rotation: a digest of the access key's ID, which policies refuse in annotations."""
    ready: tuple[pulumi.Resource, ...]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def storage_policy(context: AwsContext, bucket_arn: str, key_arn: str, vpc_id: str) -> dict[str, Any]:
    """Rights of the user: slugs in this bucket, from this VPC, and, through S3, the key that encrypts them.

    All clients start with CreateBucket, and exit if S3 returns AccessDenied instead of "you own it already". None lists
    or aborts multipart uploads. They write objects with the ACL `private`, which S3 accepts from the account of a
    bucket without ACLs, and which needs no s3:PutObjectAcl (deis/distribution, docs/storage-drivers/s3.md).
    """
    from_the_vpc = {"StringEquals": {"aws:SourceVpc": vpc_id}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "FindSlugs",
                "Effect": "Allow",
                "Action": ["s3:CreateBucket", "s3:ListBucket"],
                "Resource": bucket_arn,
                "Condition": from_the_vpc,
            },
            {
                "Sid": "ReadAndWriteSlugs",
                "Effect": "Allow",
                "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
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


def slug_bucket(name: str, context: AwsContext) -> str:
    """Bucket name of the Deis component `name`."""
    return f"{name}-slugs-{context.account_id}-{context.region}"


def storage_hosts(bucket: str, region: str) -> list[str]:
    """Bucket host names that Deis's S3 clients resolve and that are not below `<region>.amazonaws.com`.

    Source: aws-sdk-go 1.1.0, private/endpoints/endpoints_map.go, read 2026-11-28.
    """
    if region == "eu-central-1":
        return []
    return [f"{bucket}.s3.amazonaws.com" if region == "us-east-1" else f"{bucket}.s3-{region}.amazonaws.com"]


def make_storage(name: str, args: DeisArgs, opts: pulumi.ResourceOptions) -> StorageParts:
    """Make the bucket with its key, and the user: it gets its rights from a group, like all users."""
    child, context = f"{name}-slugs", args.context
    key = EncryptionKey(
        child,
        EncryptionKeyArgs(description=f"Slugs of {name}", context=context, tags=args.tags, protect=args.protect),
        opts,
    )
    bucket = PrivateBucket(
        child,
        PrivateBucketArgs(
            context=context,
            tags=args.tags,
            key_arn=key.arn,
            bucket_name=slug_bucket(name, context),
            protect=args.protect,
        ),
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
        revision=access.id.apply(_digest),
        ready=(bucket, rights, membership),
    )
