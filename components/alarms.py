"""Alarms: the encrypted SNS topic, and alarms on logs and metrics (INH-3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.faults import Arguments, Fault
from components.keys import EncryptionKey, EncryptionKeyArgs, KeyUser, of_this_account
from components.people import email_faults
from components.tags import Tags

NAMESPACE = "Palisade"
"""CloudWatch namespace of the metrics that the log alarms count."""
CONTAINER_INSIGHTS: Final = "ContainerInsights"
"""Namespace of the metrics that the CloudWatch observability add-on sends."""

ALARMS: Final = "cloudwatch.amazonaws.com"
FINDINGS: Final = "events.amazonaws.com"
DATABASE_EVENTS: Final = "events.rds.amazonaws.com"
"""Who publishes to the topic."""
USE_OF_PUBLISHERS: Final = ("kms:Decrypt", "kms:GenerateDataKey*")

RUNBOOKS: Final = "docs/operations.md"
"""The document that has a heading for each alarm, with what to do."""

Missing = Literal["breaching", "notBreaching"]


def with_runbook(description: str, heading: str) -> str:
    """The description of an alarm with the link to its runbook."""
    return f"{description.rstrip('.')}. Runbook: {RUNBOOKS}#{heading}"


@dataclass(frozen=True, kw_only=True)
class AlarmTopicArgs(Arguments):
    """Arguments of `AlarmTopic`."""

    emails: Sequence[str]
    """Subscribers, each confirmed once by the mail that SNS sends."""
    context: AwsContext
    """Account and region that the topic is for."""
    tags: Tags
    """Tags of every resource."""
    protect: bool = True
    """Refuse to delete the topic's key."""

    def faults(self) -> Iterator[Fault]:
        """Yield settings with which nobody would receive the alarms."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        if not self.emails:
            yield Fault(("emails",), "nobody would hear an alarm", "name at least one subscriber", "INH-3")
        for email in self.emails:
            yield from email_faults(("emails",), email, "INH-3")


class AlarmTopic(pulumi.ComponentResource):
    """An encrypted SNS topic with its subscribers; CloudWatch and EventBridge of this account may publish to it."""

    arn: pulumi.Output[str]
    """What alarms publish to."""

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:alarms:AlarmTopic", name, None, opts)
        of_this_topic = {"kms:EncryptionContext:aws:sns:topicArn": args.context.arn("sns", f"{name}-topic*")}
        key = EncryptionKey(
            f"{name}-key",
            EncryptionKeyArgs(
                description=f"Alarms of {name}",
                context=args.context,
                tags=args.tags,
                users=[
                    of_this_account(ALARMS, args.context, USE_OF_PUBLISHERS),
                    replace(of_this_account(DATABASE_EVENTS, args.context, USE_OF_PUBLISHERS), sid="UseDatabaseEvents"),
                    # EventBridge passes no source to the key either, but SNS passes the topic.
                    KeyUser(service=FINDINGS, condition={"ArnLike": of_this_topic}, actions=USE_OF_PUBLISHERS),
                ],
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=key.arn, tags=args.tags.named(name), opts=child)
        aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: _publish_policy(arn, args.context.account_id)),
            opts=child,
        )
        for email in args.emails:
            aws.sns.TopicSubscription(f"{name}-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=child)
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})


def _publish_policy(arn: str, account_id: str) -> str:
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn}
    of_this_account = [
        {
            **publish,
            "Sid": sid,
            "Principal": {"Service": service},
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        }
        for sid, service in (("AlarmsOfThisAccount", ALARMS), ("DatabasesOfThisAccount", DATABASE_EVENTS))
    ]
    # EventBridge passes no source of an event to SNS: under any condition the event would be dropped silently.
    findings = {**publish, "Sid": "Findings", "Principal": {"Service": FINDINGS}}
    return json.dumps({"Version": "2012-10-17", "Statement": [*of_this_account, findings]})


@dataclass(frozen=True, kw_only=True)
class LogAlarm:
    """An alarm on a log: a metric filter counts the matching events, the alarm evaluates the count."""

    name: str
    """Says what happened, in kebab case; the metric and the heading in RUNBOOKS have the same name."""
    pattern: str
    """CloudWatch Logs filter pattern."""
    description: str
    """What happened and what to do, for the person who is woken."""
    threshold: float = 1
    """Events in one period from which on the alarm fires."""
    period_seconds: int = 300

    def create(
        self,
        prefix: str,
        log_group_name: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions,
    ) -> aws.cloudwatch.MetricAlarm:
        """Make filter and alarm as children of `opts.parent`; `prefix` separates the metrics of two clusters."""
        metric = f"{prefix}-{self.name}"
        counted = aws.cloudwatch.LogMetricFilter(
            f"{metric}-filter",
            name=metric,
            log_group_name=log_group_name,
            pattern=self.pattern,
            # No default value: CloudWatch bills a metric for the hours in which it has values, and zeros are values.
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=metric, namespace=NAMESPACE, value="1"
            ),
            opts=opts,
        )
        return metric_alarm(
            metric,
            MetricAlarm(
                namespace=NAMESPACE,
                metric_name=counted.metric_transformation.name,
                description=self.description,
                runbook=self.name,
                threshold=self.threshold,
                period_seconds=self.period_seconds,
            ),
            topic_arn,
            tags,
            opts,
        )


@dataclass(frozen=True, kw_only=True)
class MetricAlarm:
    """An alarm on a metric: fires when `statistic` over one period is at or beyond `threshold`."""

    namespace: str
    metric_name: pulumi.Input[str]
    description: str
    """What happened and what to do."""
    runbook: str
    """Its heading in RUNBOOKS."""
    threshold: float = 1
    period_seconds: int = 300
    periods: int = 1
    statistic: Literal["Sum", "Average", "Minimum", "Maximum"] = "Sum"
    comparison: Literal[
        "GreaterThanOrEqualToThreshold", "LessThanThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold"
    ] = "GreaterThanOrEqualToThreshold"
    dimensions: dict[str, pulumi.Input[str]] | None = None
    missing: Missing = "notBreaching"
    """breaching for what must always report: silence is then an alarm."""


def silence(runbook: str, log_group_name: pulumi.Input[str], description: str, period_seconds: int) -> MetricAlarm:
    """An alarm on a silent log: without its events, no other alarm on it can fire."""
    return MetricAlarm(
        namespace="AWS/Logs",
        metric_name="IncomingLogEvents",
        dimensions={"LogGroupName": log_group_name},
        comparison="LessThanThreshold",
        period_seconds=period_seconds,
        missing="breaching",
        description=description,
        runbook=runbook,
    )


def metric_alarm(
    name: str, alarm: MetricAlarm, topic_arn: pulumi.Input[str], tags: Tags, opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """Make the alarm; it notifies the topic when it fires and when it recovers."""
    return aws.cloudwatch.MetricAlarm(
        f"{name}-alarm",
        name=name,
        alarm_description=with_runbook(alarm.description, alarm.runbook),
        namespace=alarm.namespace,
        metric_name=alarm.metric_name,
        dimensions=alarm.dimensions,
        statistic=alarm.statistic,
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        period=alarm.period_seconds,
        evaluation_periods=alarm.periods,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=tags.named(name),
        opts=opts,
    )


@dataclass(frozen=True, kw_only=True)
class EventAlarm:
    """Events of AWS services that are sent to the topic by EventBridge, each as it happens."""

    name: str
    """Says what happened, in kebab case; the heading in RUNBOOKS has the same name."""
    pattern: Mapping[str, Any]
    """EventBridge event pattern."""
    description: str
    """What happened and what to do."""

    def create(
        self, prefix: str, topic_arn: pulumi.Input[str], tags: Tags, opts: pulumi.ResourceOptions
    ) -> aws.cloudwatch.EventRule:
        """Make the rule and its target; `prefix` separates the rules of two stacks."""
        called = f"{prefix}-{self.name}"
        rule = aws.cloudwatch.EventRule(
            called,
            name=called,
            description=with_runbook(self.description, self.name),
            event_pattern=json.dumps(self.pattern),
            tags=tags.named(called),
            opts=opts,
        )
        aws.cloudwatch.EventTarget(called, rule=rule.name, target_id="alarms", arn=topic_arn, opts=opts)
        return rule
