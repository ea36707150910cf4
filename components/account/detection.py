"""GuardDuty and Access Analyzer, and the delivery of their findings (INH-3, AWS-S3, AWS-MFA)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.alarms import EventAlarm
from components.tags import Tags

GuardDuty = Literal["create", "existing", "organization", "off"]
AccessAnalyzer = Literal["create", "existing"]

Feature = Literal[
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
]
"""A feature of GuardDuty, by AWS's name."""
FITTING: Final[tuple[Feature, ...]] = (
    "EKS_AUDIT_LOGS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
    "RDS_LOGIN_EVENTS",
    "EBS_MALWARE_PROTECTION",
)
"""Features for what a stack consists of: clusters and their nodes, buckets, databases and volumes."""
AGENTS: Final[Mapping[str, str]] = {
    "EC2_AGENT_MANAGEMENT": "DISABLED",
    "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
    "EKS_ADDON_MANAGEMENT": "ENABLED",
}
"""Agents that GuardDuty manages. AWS returns all three: one that is left out would be a change in every later `up`."""
LEAST_SEVERITY: Final = 4
"""GuardDuty's medium: below are probes that everybody on the internet gets."""
GUARDDUTY_FINDING: Final = EventAlarm(
    name="guardduty-finding",
    pattern={
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", LEAST_SEVERITY]}]},
    },
    description="GuardDuty found something: open the finding, it says what and how to answer.",
)
SHARED_WITH_OUTSIDE: Final = EventAlarm(
    name="shared-with-outside",
    pattern={
        "source": ["aws.access-analyzer"],
        "detail-type": ["Access Analyzer Finding"],
        "detail": {"status": ["ACTIVE"]},
    },
    description="Access Analyzer found something that others can reach: close it, or archive the finding.",
)


def make_detection(
    name: str,
    *,
    guardduty: GuardDuty,
    features: Sequence[Feature],
    access_analyzer: AccessAnalyzer,
    topic_arn: pulumi.Input[str],
    tags: Tags,
    parent: pulumi.Resource,
) -> None:
    """Make the analyzer, the detector with its features, and one rule for each that sends findings to the topic."""
    opts = pulumi.ResourceOptions(parent=parent)
    if access_analyzer == "create":
        aws.accessanalyzer.Analyzer(
            f"{name}-analyzer", analyzer_name=name, type="ACCOUNT", tags=tags.named(name), opts=opts
        )
    if guardduty in ("create", "existing"):
        _make_features(name, guardduty, features, tags, opts)
    if guardduty != "off":
        GUARDDUTY_FINDING.create(name, topic_arn, tags, opts)
    SHARED_WITH_OUTSIDE.create(name, topic_arn, tags, opts)


def _make_features(
    name: str, guardduty: GuardDuty, features: Sequence[Feature], tags: Tags, opts: pulumi.ResourceOptions
) -> None:
    if guardduty == "existing":
        detector_id: pulumi.Input[str] = aws.guardduty.get_detector_output(
            opts=pulumi.InvokeOutputOptions(parent=opts.parent)
        ).id
    else:
        detector_id = aws.guardduty.Detector(f"{name}-detector", enable=True, tags=tags.named(name), opts=opts).id
    for feature in features:
        agents = AGENTS if feature == "RUNTIME_MONITORING" else {}
        aws.guardduty.DetectorFeature(
            f"{name}-{feature.lower().replace('_', '-')}",
            detector_id=detector_id,
            name=feature,
            status="ENABLED",
            additional_configurations=[
                aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status=status)
                for agent, status in agents.items()
            ]
            or None,
            opts=opts,
        )
