"""Details that scanners read of the emulated AWS, and that its reads do not grow it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.backends import get_backend

from sandbox.emulator.inprocess import emulated_aws
from sandbox.emulator.server import aws_server
from sandbox.engine.identities import AWS_CREDENTIALS, REGION

Service = Callable[[str], Any]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in AWS_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with emulated_aws():
        yield lambda name: boto3.client(name, region_name=REGION)


def test_a_detector_is_told_by_its_data_sources_as_well(aws: Service) -> None:
    guardduty = aws("guardduty")
    off = [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]
    id_ = guardduty.create_detector(Enable=True, Features=off)["DetectorId"]
    sources = guardduty.get_detector(DetectorId=id_)["DataSources"]
    assert sources["S3Logs"]["Status"] == "DISABLED"
    assert sources["Kubernetes"]["AuditLogs"]["Status"] == "ENABLED"
    assert sources["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"]["Status"] == "ENABLED"


def test_managed_policies_have_names(aws: Service) -> None:
    iam, reads = aws("iam"), {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.create_policy(PolicyName="ours", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [reads]}))
    found = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    assert [each["PolicyName"] for each in found] == ["ours"]


def test_the_key_that_ebs_uses_by_default_is_aws_s_and_rotated(aws: Service) -> None:
    aws("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1, Encrypted=True)
    kms = aws("kms")
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId=own)["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    theirs = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["KeyId"]
    assert [kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] for key in (theirs, own)] == [True, False]


def test_instances_of_a_group_follow_its_launch_template(aws: Service) -> None:
    ec2, iam, autoscaling = aws("ec2"), aws("iam"), aws("autoscaling")
    iam.create_instance_profile(InstanceProfileName="bastion")
    template = {
        "ImageId": "ami-12c6146b",
        "InstanceType": "t3.small",
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "Monitoring": {"Enabled": True},
        "IamInstanceProfile": {"Name": "bastion"},
    }
    ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=template)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="nodes", MinSize=1, MaxSize=1, AvailabilityZones=[f"{REGION}a"],
        LaunchTemplate={"LaunchTemplateName": "nodes", "Version": "$Latest"},
    )  # fmt: skip

    def instance() -> Any:
        return ec2.describe_instances()["Reservations"][0]["Instances"][0]

    found = instance()
    assert (found["MetadataOptions"]["HttpTokens"], found["Monitoring"]["State"]) == ("required", "enabled")
    assert found["IamInstanceProfile"]["Arn"].endswith(":instance-profile/bastion")
    ec2.modify_instance_metadata_options(InstanceId=found["InstanceId"], HttpTokens="optional")
    assert instance()["MetadataOptions"]["HttpTokens"] == "optional", "a later change stays"


def test_a_region_that_is_only_read_costs_no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto would build its own in each: the server grew from 312 to 580 MB over two scans of all regions."""
    for name, value in AWS_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with aws_server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            region = "ap-northeast-3"
            ec2 = boto3.client("ec2", region_name=region, endpoint_url=f"http://127.0.0.1:{server.port}")
            assert ec2.describe_instances()["Reservations"] == []
            assert ec2.describe_images()["Images"] == []
            assert not get_backend("ec2")["123456789012"][region].amis  # pyright: ignore[reportCallIssue, reportArgumentType]
        finally:
            server.shutdown()
            thread.join()
