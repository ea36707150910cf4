"""The search for secrets by their values finds them: wherever AWS shows them, and however they are written."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import boto3
import pytest

from sandbox.engine.identities import AWS_CREDENTIALS, REGION
from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import ROOT
from tests.support.engine import secret_values
from tests.support.program import whole_program

CLUSTER: Final = "palisade"


def trail(aws: secret_values.Client, leak: str) -> None:
    bucket = aws("s3").list_buckets()["Buckets"][0]["Name"]
    aws("cloudtrail").create_trail(Name=leak, S3BucketName=bucket)


def alarm(aws: secret_values.Client, leak: str) -> None:
    metric = {"Namespace": "Leaking", "MetricName": "Leaks", "Period": 60, "Statistic": "Sum"}
    compared = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0}
    aws("cloudwatch").put_metric_alarm(AlarmName="leaking", AlarmDescription=leak, **metric, **compared)


def dashboard(aws: secret_values.Client, leak: str) -> None:
    body = {"widgets": [{"type": "text", "properties": {"markdown": leak}}]}
    aws("cloudwatch").put_dashboard(DashboardName="leaking", DashboardBody=json.dumps(body))


def role(aws: secret_values.Client, leak: str) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    aws("iam").create_role(RoleName="leaking", Description=leak, AssumeRolePolicyDocument=trust)


def tag_of_a_topic(aws: secret_values.Client, leak: str) -> None:
    topic = aws("sns").list_topics()["Topics"][0]["TopicArn"]
    aws("sns").tag_resource(ResourceArn=topic, Tags=[{"Key": "leaking", "Value": leak}])


def tag_of_the_cluster(aws: secret_values.Client, leak: str) -> None:
    cluster = aws("eks").describe_cluster(name=CLUSTER)["cluster"]["arn"]
    aws("eks").tag_resource(resourceArn=cluster, tags={"leaking": leak})


def tag_of_the_detector(aws: secret_values.Client, leak: str) -> None:
    (detector,) = aws("guardduty").list_detectors()["DetectorIds"]
    arn = f"arn:aws:guardduty:{REGION}:123456789012:detector/{detector}"
    aws("guardduty").tag_resource(ResourceArn=arn, Tags={"leaking": leak})


def log_group_of_the_second_page(aws: secret_values.Client, leak: str) -> None:
    logs = aws("logs")
    # They are told by name, 50 a page.
    for name in (*(f"before-{number}" for number in range(50)), leak):
        logs.create_log_group(logGroupName=name)


def log_event(aws: secret_values.Client, leak: str) -> None:
    logs, stream = aws("logs"), {"logGroupName": "leaking", "logStreamName": "leaking"}
    logs.create_log_group(logGroupName="leaking")
    logs.create_log_stream(**stream)
    logs.put_log_events(**stream, logEvents=[{"timestamp": int(time.time() * 1000), "message": leak}])


def user_data(aws: secret_values.Client, leak: str) -> None:
    packed = base64.b64encode(gzip.compress(leak.encode())).decode()
    aws("ec2").create_launch_template(LaunchTemplateName="leaking", LaunchTemplateData={"UserData": packed})


LEAKS: Final[Mapping[str, Callable[[secret_values.Client, str], object]]] = {
    "accessanalyzer": lambda aws, leak: aws("accessanalyzer").create_analyzer(
        analyzerName=leak, type="ACCOUNT_UNUSED_ACCESS"
    ),
    "autoscaling": lambda aws, leak: aws("autoscaling").create_launch_configuration(
        LaunchConfigurationName=leak, ImageId="ami-0123456789abcdef0", InstanceType="t3.micro"
    ),
    "cloudtrail": trail,
    "cloudwatch": alarm,
    "ec2": lambda aws, leak: aws("ec2").create_key_pair(KeyName=leak),
    "elbv2": lambda aws, leak: aws("elbv2").create_target_group(Name=leak, TargetType="lambda"),
    "events": lambda aws, leak: aws("events").put_rule(
        Name="leaking", Description=leak, ScheduleExpression="rate(1 day)"
    ),
    "iam": role,
    "kms": lambda aws, leak: aws("kms").create_alias(
        AliasName=f"alias/{leak}", TargetKeyId=aws("kms").list_keys()["Keys"][0]["KeyId"]
    ),
    "logs": log_group_of_the_second_page,
    "rds": lambda aws, leak: aws("rds").create_db_parameter_group(
        DBParameterGroupName="leaking", DBParameterGroupFamily="postgres17", Description=leak
    ),
    "resourcegroupstaggingapi": tag_of_a_topic,
    "route53": lambda aws, leak: aws("route53").create_hosted_zone(
        Name="example.org", CallerReference="leaking", HostedZoneConfig={"Comment": leak}
    ),
    "route53resolver": lambda aws, leak: aws("route53resolver").create_firewall_domain_list(
        CreatorRequestId="leaking", Name=leak
    ),
    "s3": lambda aws, leak: aws("s3").create_bucket(
        Bucket=leak, CreateBucketConfiguration={"LocationConstraint": REGION}
    ),
    "sns": lambda aws, leak: aws("sns").create_topic(Name=leak),
    "ssm": lambda aws, leak: aws("ssm").put_parameter(Name="leaking", Description=leak, Value="none", Type="String"),
    "clusters": tag_of_the_cluster,
    "detectors": tag_of_the_detector,
    "dashboards": dashboard,
    "log events": log_event,
    "user data": user_data,
}
"""Place -> puts a text where it is shown."""


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[secret_values.Client]:
    """The emulated AWS as a server, as the sandbox starts it, with the program's foundation on it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "sandbox.emulator"],
        cwd=ROOT,
        env=clean_environment(MOTO_IAM_LOAD_MANAGED_POLICIES="true"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout
        endpoint = server.stdout.readline().strip()
        regions = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        for name, value in {**AWS_CREDENTIALS, **regions, "AWS_ENDPOINT_URL": endpoint}.items():
            monkeypatch.setenv(name, value)
        whole_program.program(layer="foundation")
        yield lambda service, config=None: boto3.client(service, config=config)
    finally:
        server.terminate()
        server.communicate()


def test_what_leaks_is_found_wherever_aws_shows_it(aws: secret_values.Client) -> None:
    assert LEAKS.keys() == {*secret_values.SERVICES, *secret_values.BY_NAME}
    leaks = {place: f"leak-{secrets.token_hex(12)}" for place in LEAKS}
    for place, put in LEAKS.items():
        put(aws, leaks[place])
    found = set()
    for place, text in secret_values.of_aws(aws):
        if secret_values.Search({leaks[place]: place}).found(text):
            found.add(place)
    assert found == LEAKS.keys()


VALUE = "Zx9+k/Qm3_Lr5-Tt7%Vv1#"


@pytest.mark.parametrize(
    "text",
    [
        f"password={VALUE}",
        json.dumps({"nested": json.dumps({"password": VALUE})}),
        json.dumps({"data": base64.b64encode(VALUE.encode()).decode()}),
        base64.b64encode(f"xy: {VALUE} and more".encode()).decode(),
        base64.b64encode(f"xyz: {VALUE} and more".encode()).decode(),
        base64.urlsafe_b64encode(f"wxyz: {VALUE} and more".encode()).decode(),
        f"https://example.org/?p={urllib.parse.quote(VALUE, safe='')}",
        f"0x{VALUE.encode().hex()}",
    ],
    ids=[
        "plain",
        "JSON in JSON",
        "base64",
        "base64, shifted",
        "base64, shifted twice",
        "for URLs",
        "URL",
        "hexadecimal",
    ],
)
def test_the_search_finds_a_secret_however_it_is_written(text: str) -> None:
    assert secret_values.Search({VALUE: "here"}).found(text) == {"here"}
