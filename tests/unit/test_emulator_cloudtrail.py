"""Event selectors of the emulated CloudTrail: its default, and what it refuses as AWS does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION

CATEGORY = "eventCategory"


def selector(**fields: list[str]) -> dict[str, Any]:
    names = {"category": CATEGORY, "type": "resources.type", "arn": "resources.ARN", "source": "eventSource"}
    return {
        "FieldSelectors": [
            {"Field": names[name], ("StartsWith" if name == "arn" else "Equals"): values}
            for name, values in fields.items()
        ]
    }


@pytest.fixture
def trails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in AWS_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with emulated_aws():
        bucket = {"LocationConstraint": REGION}
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="trail-files", CreateBucketConfiguration=bucket)
        client = boto3.client("cloudtrail", region_name=REGION)
        client.create_trail(Name="calls", S3BucketName="trail-files")
        yield client


def test_a_trail_without_selectors_records_management_events(trails: Any) -> None:
    found = trails.get_event_selectors(TrailName="calls")
    (plain,) = found["EventSelectors"]
    assert (plain["ReadWriteType"], plain["IncludeManagementEvents"]) == ("All", True)


def test_advanced_selectors_take_the_place_of_plain_ones(trails: Any) -> None:
    wanted = [
        selector(category=["Management"]),
        selector(category=["Data"], type=["AWS::S3::Object"], arn=["arn:aws:s3:::state/"]),
    ]
    trails.put_event_selectors(TrailName="calls", AdvancedEventSelectors=wanted)
    found = trails.get_event_selectors(TrailName="calls")
    assert found["AdvancedEventSelectors"] == wanted
    assert "EventSelectors" not in found


@pytest.mark.parametrize(
    "refused",
    [
        selector(type=["AWS::S3::Object"]),
        selector(category=["Other"]),
        selector(category=["Data"]),
        selector(category=["Data"], type=["AWS::S3::Object", "AWS::Lambda::Function"]),
        selector(category=["Management"], type=["AWS::S3::Object"]),
    ],
    ids=["no category", "unknown category", "no type", "two types", "a type of management events"],
)
def test_selectors_that_aws_refuses_are_refused(trails: Any, refused: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidEventSelectorsException"):
        trails.put_event_selectors(TrailName="calls", AdvancedEventSelectors=[refused])
