"""Observability of a cluster: alarms, health, a dashboard (INH-1, INH-2, INH-3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.alarms import CONTAINER_INSIGHTS, EventAlarm, MetricAlarm, metric_alarm, silence
from components.audit_events import AUDIT_ALARMS, secret_read_by_workload
from components.context import AwsContext
from components.dashboard import Sources, address, dashboard
from components.faults import Arguments, Fault, unless_matching
from components.system_accounts import account
from components.tags import Tags

ACCESS_CHANGED: Final = EventAlarm(
    name="cluster-access-changed",
    # For every cluster in the region: a name in the pattern would, if it did not match, keep the alarm from ever
    # firing.
    pattern={
        "source": ["aws.eks"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["eks.amazonaws.com"],
            "eventName": [
                "AssociateAccessPolicy",
                "AssociateIdentityProviderConfig",
                "CreateAccessEntry",
                "DeleteAccessEntry",
                "DisassociateAccessPolicy",
                "UpdateAccessEntry",
                "UpdateClusterConfig",
            ],
        },
    },
    description="Cluster access, endpoint or logging configuration changed. Compare it with the announced changes.",
)
"""EKS's access entries also make administrators, and the audit log does not record them."""

SILENT_SECONDS = 900
"""A control plane writes every few seconds, at least about its own leases."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs(Arguments):
    """Arguments of `Observability`."""

    context: AwsContext
    """Account and region of the cluster."""
    tags: Tags
    """Tags of every resource."""
    cluster_name: str
    """Name of the EKS cluster."""
    audit_log_group: pulumi.Input[str]
    """Log group of the control plane, which holds the audit events."""
    topic_arn: pulumi.Input[str]
    """Where the alarms go."""
    secret_readers: Sequence[str] = ()
    """Service accounts, as namespace/name, that read Secrets by design: they raise no alarm."""
    vpn_log_group: pulumi.Input[str] | None = None
    """Log group of a `VpnBastion`, for the dashboard."""
    application_log_group: pulumi.Input[str] | None = None
    """Log group of the cluster's containers, for the dashboard."""

    def faults(self) -> Iterator[Fault]:
        """Yield arguments that AWS would refuse."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        for reader in self.secret_readers:
            allowed = "a namespace and a service account, such as certs/issuer"
            yield from unless_matching(("secret_readers",), reader, r"[a-z0-9-]+/[a-z0-9.-]+", allowed, "INH-2")


class Observability(pulumi.ComponentResource):
    """Alarms and dashboard of one cluster.

    The metrics come from the add-on `amazon-cloudwatch-observability`; if they stop, the node alarm fires.
    """

    dashboard_name: str
    """Name of the CloudWatch dashboard."""
    dashboard_url: str
    """Where people open it."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:observability:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        readers = [
            account(reader, namespace) for namespace, _, reader in (one.partition("/") for one in args.secret_readers)
        ]
        events = (*AUDIT_ALARMS, secret_read_by_workload(readers))
        for event in events:
            event.create(args.cluster_name, args.audit_log_group, args.topic_arn, args.tags, child)
        ACCESS_CHANGED.create(args.cluster_name, args.topic_arn, args.tags, child)
        quiet = silence(
            "audit-silent",
            args.audit_log_group,
            "The control plane's log is silent, so no alarm on audit events can fire: look at the cluster's logging.",
            SILENT_SECONDS,
        )
        for alarm_name, alarm in {**node_alarms(args.cluster_name), "audit-silent": quiet}.items():
            metric_alarm(f"{args.cluster_name}-{alarm_name}", alarm, args.topic_arn, args.tags, child)
        self.dashboard_name = args.cluster_name
        self.dashboard_url = address(args.context.region, self.dashboard_name, args.context.partition)
        counted = [f"{args.cluster_name}-{event.name}" for event in events]
        groups = pulumi.Output.all(
            audit=args.audit_log_group, vpn=args.vpn_log_group, application=args.application_log_group
        )
        aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=self.dashboard_name,
            dashboard_body=groups.apply(
                lambda known: json.dumps(
                    dashboard(Sources(cluster_name=args.cluster_name, **known), args.context.region, counted)
                )
            ),
            opts=child,
        )
        self.register_outputs({"dashboardName": self.dashboard_name, "dashboardUrl": self.dashboard_url})


def node_alarms(cluster_name: str) -> dict[str, MetricAlarm]:
    """Alarms on the health of nodes and pods, by name."""
    of_cluster: dict[str, pulumi.Input[str]] = {"ClusterName": cluster_name}
    return {
        "node-failed": MetricAlarm(
            runbook="node-failed",
            namespace=CONTAINER_INSIGHTS,
            metric_name="cluster_failed_node_count",
            dimensions=of_cluster,
            statistic="Maximum",
            periods=2,
            missing="breaching",
            description="A node failed, or the cluster sends no metrics any more: look at the nodes and at the add-on.",
        ),
        "node-memory": MetricAlarm(
            runbook="node-memory",
            namespace=CONTAINER_INSIGHTS,
            metric_name="node_memory_utilization",
            dimensions=of_cluster,
            statistic="Average",
            threshold=85,
            periods=3,
            missing="breaching",
            description="The nodes' memory is nearly used up: raise maxSize of a node group or lower requests.",
        ),
        "node-disk": MetricAlarm(
            runbook="node-disk",
            namespace=CONTAINER_INSIGHTS,
            metric_name="node_filesystem_utilization",
            dimensions=of_cluster,
            statistic="Maximum",
            threshold=85,
            periods=3,
            missing="breaching",
            description="A node's disk is nearly full: raise diskGib of its node group or find what fills it.",
        ),
    }
