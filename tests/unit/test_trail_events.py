"""Each alarm on the trail against records as CloudTrail writes them, and against what CIS and scanners look for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final, cast

import botocore.session
import pytest
from moto.events.models import EventPattern

from components.account.trail_events import CHANGES, DETECTION_CHANGED, TRAIL_ALARMS
from tests.support.aws.filter_pattern import matches, misjudged

ROOT: Final = Path(__file__).parents[2]
CIS: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    (ROOT / "tests" / "support" / "aws" / "cis_monitoring.toml").read_text()
)
ALARMS = {alarm.name: alarm for alarm in TRAIL_ALARMS}
MODELS = {"monitoring": "cloudwatch", "access-analyzer": "accessanalyzer"}
"""Event source -> botocore's name, where they differ."""
NAMED_BY_CLOUDTRAIL = {
    "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutAccountPublicAccessBlock",
    "DeleteAccountPublicAccessBlock",
}  # fmt: skip
"""S3's events whose names are not their operations' (Amazon S3 User Guide, CloudTrail events; read 2026-11-28)."""


def record(service: str, name: str, **fields: Any) -> dict[str, Any]:
    """A record of a call by a role's session, with the members that CloudTrail writes for every call."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:ada",
            "arn": "arn:aws:sts::123456789012:assumed-role/admin/ada",
            "accountId": "123456789012",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "userName": "admin", "accountId": "123456789012"},
                "attributes": {"creationDate": "2026-11-28T08:00:00Z", "mfaAuthenticated": "true"},
            },
        },
        "eventTime": "2026-11-28T08:15:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {},
        "responseElements": None,
        "requestID": "0f3b5d0c-4b0e-4f43-9d0d-1d2f5b1a8c11",
        "eventID": "6f0e2c4b-52b1-4c4e-8f0f-0b0f8a6f5f10",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        **fields,
    }


def login(kind: str, mfa: str, *, failed: bool = False) -> dict[str, Any]:
    """A sign-in to the console."""
    fault = {"errorMessage": "Failed authentication"} if failed else {}
    return record(
        "signin",
        "ConsoleLogin",
        eventType="AwsConsoleSignIn",
        userIdentity={"type": kind, "userName": "ada", "accountId": "123456789012"},
        responseElements={"ConsoleLogin": "Failure" if failed else "Success"},
        additionalEventData={"LoginTo": "https://console.aws.amazon.com/", "MobileVersion": "No", "MFAUsed": mfa},
        **fault,
    )


def denied(code: str, name: str = "DescribeInstances", **fields: Any) -> dict[str, Any]:
    return record("ec2", name, errorCode=code, errorMessage="You are not authorized", **fields)


LOGS = "delivery.logs.amazonaws.com"
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "root-used": (
        [record("iam", "ListUsers", userIdentity={"type": "Root"}), login("Root", "Yes")],
        [
            record("iam", "ListUsers"),
            record("kms", "Decrypt", userIdentity={"type": "Root", "invokedBy": "backup.amazonaws.com"}),
            record("kms", "RotateKey", eventType="AwsServiceEvent", userIdentity={"type": "Root"}),
        ],
    ),
    "sign-in-without-mfa": (
        [login("IAMUser", "No")],
        [
            login("IAMUser", "Yes"), login("IAMUser", "No", failed=True), login("AssumedRole", "No"),
            record("iam", "GetUser", userIdentity={"type": "IAMUser"}),
        ],
    ),
    "sign-in-failed": (
        [login("IAMUser", "No", failed=True), login("Root", "No", failed=True)],
        [login("IAMUser", "No"), record("iam", "GetUser", errorMessage="Failed authentication")],
    ),
    "unauthorized-calls": (
        [denied("Client.UnauthorizedOperation"), denied("AccessDenied"), denied("AccessDeniedException")],
        [
            record("ec2", "DescribeInstances"), denied("Client.RequestLimitExceeded"),
            denied("AccessDenied", "HeadBucket"), denied("AccessDenied", sourceIPAddress=LOGS),
            # The benchmark's own pattern lets these two through: && binds closer than ||.
            denied("Client.UnauthorizedOperation", sourceIPAddress=LOGS),
            denied("Client.UnauthorizedOperation", "HeadBucket"),
        ],
    ),
}  # fmt: skip
QUIET = {
    "trail-changed": [record("cloudtrail", "GetTrailStatus")],
    "key-disabled": [record("kms", "CancelKeyDeletion"), record("iot", "DisableKey")],
    "iam-changed": [record("iam", "GetRolePolicy"), record("organizations", "CreatePolicy"), record("iam", "GetRole")],
    "bucket-access-changed": [record("s3", "GetBucketPolicy"), record("s3", "PutObject", eventCategory="Data")],
    "aws-config-changed": [record("config", "DescribeConfigurationRecorders")],
    "security-group-changed": [record("ec2", "DescribeSecurityGroups"), record("rds", "CreateSecurityGroup")],
    "network-acl-changed": [record("ec2", "DescribeNetworkAcls"), record("wafv2", "CreateNetworkAcl")],
    "gateway-changed": [record("ec2", "DescribeNatGateways"), record("storagegateway", "DeleteGateway")],
    "route-changed": [record("ec2", "DescribeRouteTables"), record("appmesh", "CreateRoute")],
    "vpc-changed": [record("ec2", "DescribeVpcs"), record("ec2", "CreateVpcEndpoint")],
    "organization-changed": [record("organizations", "DescribePolicy"), record("iam", "CreatePolicy")],
    "account-default-changed": [record("ec2", "EnableEbsEncryptionByDefault"), record("ssm", "GetServiceSetting")],
    "alerting-changed": [record("events", "DescribeRule"), record("elasticloadbalancing", "DeleteRule")],
}
"""Alarm on changes -> what must not fire it."""


def test_every_alarm_has_cases() -> None:
    assert CASES.keys() | QUIET.keys() == ALARMS.keys()
    assert QUIET.keys() == {change.name for change in CHANGES}


@pytest.mark.parametrize("name", CASES)
def test_the_pattern_matches_what_it_names_and_nothing_else(name: str) -> None:
    assert not misjudged(ALARMS[name].pattern, *CASES[name])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_changes_match_by_source_and_name_and_are_operations_that_exist(change: Any) -> None:
    pattern = ALARMS[change.name].pattern
    session = botocore.session.get_session()
    for service, names in change.events.items():
        for name in names.split():
            assert matches(pattern, record(service, name))
            assert matches(pattern, denied("AccessDenied") | record(service, name)), "refused attempts count"
            assert not matches(pattern, record("example", name))
            if name not in NAMED_BY_CLOUDTRAIL:
                assert session.get_service_model(MODELS.get(service, service)).operation_model(name)
    assert not misjudged(pattern, (), QUIET[change.name])


@pytest.mark.parametrize("name", ALARMS)
def test_the_pattern_keeps_the_length_that_cloudwatch_allows(name: str) -> None:
    assert len(ALARMS[name].pattern) <= 1024


@pytest.mark.parametrize("control", CIS)
def test_a_control_of_cis_has_an_alarm_that_scanners_find(control: str) -> None:
    """As Prowler searches: a filter's text has `$.eventName = NAME` for each name, in any order."""
    wanted = CIS[control]
    pattern = ALARMS[wanted["alarm"]].pattern
    for name in [*wanted.get("names", ()), *wanted.get("benchmark", ())]:
        assert re.search(rf"\$\.eventName\s*=\s*.?{name}\b", pattern), name
        if service := wanted.get("service"):
            assert matches(pattern, record(service, name)), name
    if wanted.get("source"):
        assert re.search(rf"\$\.eventSource\s*=\s*.?{wanted['service']}\.amazonaws\.com", pattern)
    if "regex" in wanted:
        assert re.search(wanted["regex"], pattern)


def test_every_control_of_the_section_is_there() -> None:
    assert list(CIS) == [f"4.{number}" for number in range(1, 16)]


def call(service: str, name: str) -> dict[str, Any]:
    """The record as EventBridge hands it to a rule."""
    return {
        "version": "0",
        "id": "6f0e2c4b-52b1-4c4e-8f0f-0b0f8a6f5f10",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{service}",
        "account": "123456789012",
        "time": "2026-11-28T08:15:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": record(service, name),
    }


@pytest.mark.parametrize(
    ("service", "name", "reported"),
    [
        ("guardduty", "DeleteDetector", True),
        ("guardduty", "CreateFilter", True),
        ("ec2", "DeleteFlowLogs", True),
        ("logs", "DeleteMetricFilter", True),
        ("logs", "DeleteSubscriptionFilter", True),
        ("logs", "PutRetentionPolicy", True),
        ("logs", "DeleteRetentionPolicy", True),
        ("logs", "DeleteLogGroup", True),
        ("monitoring", "DisableAlarmActions", True),
        ("monitoring", "DeleteAlarms", True),
        ("access-analyzer", "CreateArchiveRule", True),
        ("route53resolver", "DisassociateResolverQueryLogConfig", True),
        ("guardduty", "GetDetector", False),
        ("logs", "CreateLogStream", False),
        ("monitoring", "PutMetricData", False),
        ("ec2", "RunInstances", False),
        ("inspector2", "CreateFilter", False),
    ],
)
def test_what_blinds_detection_is_reported_by_another_way(service: str, name: str, reported: bool) -> None:
    pattern, event = EventPattern.load(json.dumps(DETECTION_CHANGED.pattern)), cast(Any, call(service, name))
    assert pattern.matches_event(event) is reported


def test_the_calls_that_blind_detection_exist() -> None:
    session, detail = botocore.session.get_session(), DETECTION_CHANGED.pattern["detail"]
    services = [source.removesuffix(".amazonaws.com") for source in detail["eventSource"]]
    known = {
        name
        for service in services
        for name in cast(list[str], session.get_service_model(MODELS.get(service, service)).operation_names)
    }
    assert set(detail["eventName"]) <= known
