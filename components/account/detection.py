"""GuardDuty and Access Analyzer, and who hears what they find (INH-3, AWS-S3, AWS-MFA)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws

from components.tags import Tags

GuardDuty = Literal["create", "existing", "organization", "off"]
AccessAnalyzer = Literal["create", "existing"]

AGENTS: Final[Mapping[str, str]] = {
    "EC2_AGENT_MANAGEMENT": "DISABLED",
    "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
    "EKS_ADDON_MANAGEMENT": "ENABLED",
}
"""Whose agents GuardDuty keeps. It tells of all three: one that is left out would be a change in every later `up`."""
LEAST_SEVERITY: Final = 4
"""GuardDuty's medium: below are probes that everybody on the internet gets."""
FINDINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "guardduty-finding": {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", LEAST_SEVERITY]}]},
    },
    "shared-with-outside": {
        "source": ["aws.access-analyzer"],
        "detail-type": ["Access Analyzer Finding"],
        "detail": {"status": ["ACTIVE"]},
    },
}
"""Name -> the EventBridge pattern of findings that somebody is told of."""


def make_detection(
    name: str,
    *,
    guardduty: GuardDuty,
    access_analyzer: AccessAnalyzer,
    topic_arn: pulumi.Input[str],
    tags: Tags,
    parent: pulumi.Resource,
) -> None:
    """Makes the analyzer, the detector with its EKS features, and a rule for each that hands findings to the topic."""
    opts = pulumi.ResourceOptions(parent=parent)
    if access_analyzer == "create":
        aws.accessanalyzer.Analyzer(
            f"{name}-analyzer", analyzer_name=name, type="ACCOUNT", tags=tags.named(name), opts=opts
        )
    if guardduty in ("create", "existing"):
        _make_features(name, guardduty, tags, opts)
    for finding, pattern in FINDINGS.items():
        if finding == "guardduty-finding" and guardduty == "off":
            continue
        rule = aws.cloudwatch.EventRule(
            f"{name}-{finding}",
            name=f"{name}-{finding}",
            description="Findings that somebody is told of",
            event_pattern=json.dumps(pattern),
            tags=tags.named(f"{name}-{finding}"),
            opts=opts,
        )
        aws.cloudwatch.EventTarget(f"{name}-{finding}", rule=rule.name, target_id="alarms", arn=topic_arn, opts=opts)


def _make_features(name: str, guardduty: GuardDuty, tags: Tags, opts: pulumi.ResourceOptions) -> None:
    if guardduty == "existing":
        detector_id: pulumi.Input[str] = aws.guardduty.get_detector_output(
            opts=pulumi.InvokeOutputOptions(parent=opts.parent)
        ).id
    else:
        detector_id = aws.guardduty.Detector(f"{name}-detector", enable=True, tags=tags.named(name), opts=opts).id
    aws.guardduty.DetectorFeature(
        f"{name}-eks-audit", detector_id=detector_id, name="EKS_AUDIT_LOGS", status="ENABLED", opts=opts
    )
    aws.guardduty.DetectorFeature(
        f"{name}-runtime",
        detector_id=detector_id,
        name="RUNTIME_MONITORING",
        status="ENABLED",
        additional_configurations=[
            aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status=status)
            for agent, status in AGENTS.items()
        ],
        opts=opts,
    )
