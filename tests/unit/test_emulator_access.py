"""What the emulated AWS denies an IAM user, and what CloudTrail leaves in a bucket: as AWS does, moto does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from components.account.mfa import mfa_policy
from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION
from tests.support.program.recorded import CONTEXT

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BUCKET = "trail-123456789012"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in AWS_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with emulated_aws():
        yield


def client(service: str, **credentials: str) -> Any:
    return boto3.client(service, region_name=REGION, **credentials)


class User:
    """An IAM user with an access key."""

    def __init__(self) -> None:
        self.iam = client("iam")
        self.iam.create_user(UserName="ada")
        key = self.iam.create_access_key(UserName="ada")["AccessKey"]
        self._credentials = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def asks(self, service: str, operation: str) -> str:
        """The code of AWS's refusal; `allowed` where there is none."""
        try:
            getattr(client(service, **self._credentials), operation)()
        except ClientError as refused:
            return refused.response["Error"]["Code"]
        return "allowed"


ASKED = (("ec2", "describe_vpcs"), ("s3", "list_buckets"), ("logs", "describe_log_groups"), ("eks", "list_clusters"))


def test_what_nothing_allows_an_iam_user_is_denied() -> None:
    user = User()
    assert [user.asks(*each) for each in ASKED] == [
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedException",
    ]
    user.iam.attach_user_policy(UserName="ada", PolicyArn=ADMINISTRATOR)
    assert {user.asks(*each) for each in ASKED} == {"allowed"}


def test_an_administrator_with_an_access_key_is_locked_out_by_the_group_that_wants_a_second_factor() -> None:
    user = User()
    user.iam.attach_user_policy(UserName="ada", PolicyArn=ADMINISTRATOR)
    user.iam.create_group(GroupName="people")
    user.iam.put_group_policy(GroupName="people", PolicyName="mfa", PolicyDocument=json.dumps(mfa_policy(CONTEXT)))
    user.iam.add_user_to_group(GroupName="people", UserName="ada")
    assert "allowed" not in {user.asks(*each) for each in ASKED}
    # Who they are, AWS tells everybody, and a factor can still be enrolled.
    assert {user.asks("sts", "get_caller_identity"), user.asks("iam", "get_user")} == {"allowed"}


def test_the_sandbox_s_own_credentials_may_do_everything() -> None:
    assert client("ec2").describe_vpcs()["Vpcs"]


def trail(*, lock: bool) -> Any:
    s3 = client("s3")
    place = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock)
    if lock:
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 90}}
        s3.put_object_lock_configuration(
            Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    client("cloudtrail").create_trail(Name="trail", S3BucketName=BUCKET)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    client("cloudtrail").start_logging(Name="trail")
    return s3


def refused(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as told:
        call(Bucket=BUCKET, **asked)
    return told.value.response["Error"]["Code"]


def test_a_trail_fills_its_bucket_which_then_stays_with_versions_and_markers() -> None:
    s3 = trail(lock=False)
    found = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {each["Key"].split("/")[2] for each in found} == {"CloudTrail", "CloudTrail-Digest"}
    assert refused(s3.delete_bucket) == "BucketNotEmpty"
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for each in found:
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert refused(s3.delete_bucket) == "BucketNotEmpty"


def test_what_is_locked_goes_only_with_the_right_to_bypass_the_lock() -> None:
    s3 = trail(lock=True)
    for each in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        version = {"Key": each["Key"], "VersionId": each["VersionId"]}
        assert refused(s3.delete_object, **version) == "AccessDenied"
        s3.delete_object(Bucket=BUCKET, **version, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=BUCKET)
