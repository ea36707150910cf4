"""Alarms on the bastion's journal (INH-3). The agent's events are JSON (agent/events.py)."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.alarms import NAMESPACE, LogAlarm, MetricAlarm, metric_alarm
from components.bastion.agent.config import Config
from components.tags import Tags

DAYS_LEFT: Final = 21
"""`pulumi up` renews thirty days before the end (components/authority.py): nine days of nobody running it."""
LOG_ALARMS: Final = (
    LogAlarm(
        name="logins-refused",
        pattern='{ ($.message.event = "login") && ($.message.result = "refused") }',
        threshold=10,
        description="Many logins to the VPN were refused: somebody forgot their factor, or is trying somebody else's.",
    ),
    LogAlarm(
        name="factor-guessed",
        pattern='{ $.message.event = "factor-guessed" }',
        description="Wrong factors in a row for one certificate, which has to wait now. If it was not its owner (the"
        " event names them, and from where), the certificate is stolen: have them send a new request.",
    ),
    LogAlarm(
        name="mfa-unavailable",
        pattern='{ $.message.event = "mfa-unavailable" }',
        description="The second factor cannot be asked, so nobody gets in: look at Duo's status and at the API keys.",
    ),
    LogAlarm(
        name="vpn-crashed",
        # systemd restarts it at once, so that no other part of the bastion notices.
        pattern=f'{{ ($.identifier = "systemd") && ($.message = "{Config.openvpn_unit}: Failed with result*") }}',
        description="OpenVPN ended by itself, and everybody's connection with it: read what it wrote before.",
    ),
    LogAlarm(
        name="certificate-expires",
        pattern=f'{{ ($.message.event = "certificate") && ($.message.days < {DAYS_LEFT}) }}',
        period_seconds=3600,
        description=f"A certificate of the VPN has less than {DAYS_LEFT} days left: run `pulumi up`, and hand out the"
        " profiles anew. The event names whose it is.",
    ),
    LogAlarm(
        name="ssh-refused",
        pattern='{ ($.identifier = "sshd*") && (($.message = "Invalid user*") || ($.message = "*not allowed because*")'
        ' || ($.message = "Failed *") || ($.message = "error: maximum authentication attempts*")) }',
        threshold=5,
        description="Logins over SSH were refused. Whoever it was is inside the tunnel: the VPN's log says who.",
    ),
)
HEARTBEAT: Final = "heartbeat"
HEARTBEAT_PATTERN: Final = '{ ($.message.event = "converge") && ($.message.result = "ok") }'


def make_alarms(
    name: str, log_group: pulumi.Input[str], topic_arn: pulumi.Input[str], tags: Tags, parent: pulumi.Resource
) -> None:
    """Make the alarms as children of `parent`."""
    opts = pulumi.ResourceOptions(parent=parent)
    for alarm in LOG_ALARMS:
        alarm.create(name, log_group, topic_arn, tags, opts)
    metric = f"{name}-{HEARTBEAT}"
    counted = aws.cloudwatch.LogMetricFilter(
        f"{metric}-filter",
        name=metric,
        log_group_name=log_group,
        pattern=HEARTBEAT_PATTERN,
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name=metric, namespace=NAMESPACE, value="1", default_value="0"
        ),
        opts=opts,
    )
    silence = MetricAlarm(
        runbook=HEARTBEAT,
        namespace=NAMESPACE,
        metric_name=counted.metric_transformation.name,
        comparison="LessThanThreshold",
        # A replaced instance takes a few minutes to install its packages.
        periods=3,
        missing="breaching",
        description="The bastion is missing, or cannot do what its secrets say: see the auto-scaling group's activity"
        " and the events `fault` in the log.",
    )
    metric_alarm(metric, silence, topic_arn, tags, opts)
