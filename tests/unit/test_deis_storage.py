"""The S3 calls of builder, slugbuilder and slugrunner, made with their key on an AWS that enforces IAM (AWS-S3).

Each call is upstream's, read on 2026-11-28. All three start their driver with CreateBucket, tolerate only
BucketAlreadyOwnedByYou and BucketAlreadyExists, and wait for HeadBucket: teamhephy/distribution c77f65b (builder
v2.13.7) and deis/distribution 0afef00 (`objstorage` bb8e054 of slugbuilder v2.8.1 and slugrunner v2.7.0), both in
registry/storage/driver/s3-aws/s3.go. Objects are written with `x-amz-acl: private`, buckets without an ACL.

moto checks keys, signatures, actions and resources. It ignores most conditions: tests/unit/test_deis_aws.py reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import settings
from moto.s3 import responses

from components.deis.storage import storage_hosts, storage_policy
from sandbox.emulator import authorization
from sandbox.emulator.inprocess import emulated_aws
from tests.support.program.recorded import CONTEXT

OWN_BUCKET_ERRORS = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
REGIONS = ("eu-central-1", "us-east-1")
"""In us-east-1 S3 answers CreateBucket for one's own bucket with 200, elsewhere with 409."""
TAR, SLUG, CACHE = "home/shop:git-0123abcd/tar", "home/shop:git-0123abcd/push/slug.tgz", "home/shop/cache/cache.tgz"


@dataclass(frozen=True)
class Storage:
    """A bucket as the component creates it, and a client with the key of Deis's user."""

    bucket: str
    region: str
    s3: Any

    def start(self) -> None:
        """Start a driver: s3.go, New."""
        try:
            self.s3.create_bucket(Bucket=self.bucket, **location(self.region))
        except ClientError as error:
            if error.response["Error"]["Code"] not in OWN_BUCKET_ERRORS:
                raise
        self.s3.head_bucket(Bucket=self.bucket)

    def put(self, key: str) -> None:
        """PutContent."""
        self.s3.put_object(
            Bucket=self.bucket, Key=key, Body=b"x", ACL="private", ContentType="application/octet-stream",
            StorageClass="STANDARD",
        )  # fmt: skip

    def get(self, key: str) -> bytes:
        """GetContent."""
        return self.s3.get_object(Bucket=self.bucket, Key=key, Range="bytes=0-")["Body"].read()

    def delete(self, prefix: str) -> None:
        """Delete. Upstream's DeleteObjects takes s3:DeleteObject on each object; moto asks for it on the bucket."""
        for found in self.s3.list_objects(Bucket=self.bucket, Prefix=prefix)["Contents"]:
            self.s3.delete_object(Bucket=self.bucket, Key=found["Key"])

    def deploy(self) -> None:
        """A builder's life: boot.go, pkg/gitreceive/build.go, pkg/healthsrv, pkg/cleaner; the build; a pod's start."""
        self.start()
        self.s3.list_objects(Bucket=self.bucket, Prefix="", Delimiter="/", MaxKeys=1000)  # health
        self.s3.list_objects(Bucket=self.bucket, Prefix="home/shop/cache", MaxKeys=1)  # Stat
        self.put(TAR)
        for objstorage in (lambda: self.get(TAR), lambda: self.put(SLUG), lambda: self.put(CACHE)):
            self.start()
            objstorage()
        self.start()
        assert self.get(SLUG) == b"x"
        self.delete("home/shop:git-0123abcd")  # cleaner, after `deis destroy`
        assert "Contents" not in self.s3.list_objects(Bucket=self.bucket, Prefix="home/shop:git")


def location(region: str) -> dict[str, Any]:
    """What the SDK adds to CreateBucket by itself."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def granted(region: str) -> dict[str, Any]:
    """The policy of Deis's user for its bucket."""
    return storage_policy(replace(CONTEXT, region=region), "arn:aws:s3:::slugs", "arn:aws:kms:::key/1", "vpc-1")


ACTIONS = sorted(
    action
    for statement in granted("eu-central-1")["Statement"]
    for action in statement["Action"]
    if action.startswith("s3:")
)


@pytest.fixture(params=REGIONS)
def region(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_storage(region: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the storage with a policy, and enforces IAM from then on."""
    # IAM has no action HeadBucket: the call takes s3:ListBucket (S3's API reference, HeadBucket, permissions).
    monkeypatch.setitem(responses.ACTION_MAP["BUCKET"]["HEAD"], "DEFAULT", "ListBucket")
    monkeypatch.setitem(authorization.NETWORK, "aws:SourceVpc", "vpc-1")

    def make(policy: dict[str, Any]) -> Storage:
        root = boto3.Session(region_name=region)
        s3, iam = root.client("s3"), root.client("iam")
        for bucket in ("slugs", "trail"):
            s3.create_bucket(Bucket=bucket, **location(region))
        iam.create_group(GroupName="slugs")
        iam.put_group_policy(GroupName="slugs", PolicyName="slugs", PolicyDocument=json.dumps(policy))
        iam.create_user(UserName="slugs")
        iam.add_user_to_group(GroupName="slugs", UserName="slugs")
        key = iam.create_access_key(UserName="slugs")["AccessKey"]
        monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
        client = boto3.client(
            "s3",
            region_name=region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            # SDKs of 2016 and 2018 know no checksums in trailers.
            config=Config(request_checksum_calculation="when_required"),
        )
        return Storage("slugs", region, client)

    with emulated_aws():
        yield make


def test_a_slug_is_built_run_and_cleaned_up(open_storage: Any, region: str) -> None:
    open_storage(granted(region)).deploy()


@pytest.mark.parametrize("action", ACTIONS)
def test_each_right_is_needed(open_storage: Any, region: str, action: str) -> None:
    policy = granted(region)
    for statement in policy["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    with pytest.raises(ClientError, match=r"AccessDenied|403"):
        open_storage(policy).deploy()


def test_it_is_for_this_bucket_alone(open_storage: Any, region: str) -> None:
    storage = open_storage(granted(region))
    for bucket in ("trail", "slugs-2"):
        with pytest.raises(ClientError, match=r"AccessDenied"):
            replace(storage, bucket=bucket).start()
    with pytest.raises(ClientError, match="AccessDenied"):
        storage.s3.put_bucket_acl(Bucket="slugs", ACL="private")


@pytest.mark.parametrize(
    ("region", "hosts"),
    [
        ("eu-central-1", []),
        ("eu-west-1", ["slugs.s3-eu-west-1.amazonaws.com"]),
        ("us-east-1", ["slugs.s3.amazonaws.com"]),
    ],
    indirect=["region"],
)
def test_names_of_the_bucket_that_are_no_regional_names(region: str, hosts: list[str]) -> None:
    """deis/distribution's SDK (aws-sdk-go 1.1.0, private/endpoints/endpoints_map.go) uses S3's names of 2016."""
    assert storage_hosts("slugs", region) == hosts
