"""Alarms of Deis: unavailable parts, router errors, a full database, expiring certificates (INH-3)."""

from __future__ import annotations

from typing import Final

import pulumi

from components.alarms import CONTAINER_INSIGHTS, LogAlarm, MetricAlarm, metric_alarm
from components.deis.args import DeisArgs
from components.deis.balancer import BalancerParts
from components.deis.certificate_watch import ALARM as CERTIFICATE_EXPIRES
from components.deis.database import DatabaseParts
from policies.guidelines.deis import COMPONENTS, NAMESPACE, ROUTER

GIB: Final = 2**30
LEAST_STORAGE_GIB: Final = 2
ERRORS: Final = (500, 502, 503, 504)
ROUTER_ERRORS: Final = LogAlarm(
    name="router-errors",
    # The router writes `[time] - app - client - user - status - "request" - ...`, one line a request.
    pattern=(
        f'{{ ($.kubernetes.container_name = "{ROUTER}") && ('
        + " || ".join(f'($.log = "* - {status} - *")' for status in ERRORS)
        + ") }"
    ),
    description=(
        "Deis's router answers many requests with errors of its own or of applications. See which application in the "
        f"router's log: kubectl -n {NAMESPACE} logs deployment/{ROUTER}"
    ),
    threshold=20,
)
ROUTER_FROZEN: Final = LogAlarm(
    name="router-frozen",
    # router v2.19.0, router.go: logged every ten seconds while the router keeps an old configuration. Its access log,
    # in which clients choose words, starts with a bracket.
    pattern=(
        f'{{ ($.kubernetes.container_name = "{ROUTER}") && ($.log != "[*") && '
        '(($.log = "*; continuing with existing *") || ($.log = "*Error building model; not modifying *")) }'
    ),
    description=(
        "Deis's router applies no changes: new applications, domains, whitelists and certificates have no effect, "
        "and a router pod that restarts serves nothing."
    ),
    threshold=10,
)


def make_alarms(
    name: str, args: DeisArgs, database: DatabaseParts, balancer: BalancerParts, opts: pulumi.ResourceOptions
) -> None:
    """Make the alarms for which the arguments name a source, if they name a topic."""
    if args.topic_arn is None:
        return
    alarms = {
        f"{name}-database-storage": MetricAlarm(
            runbook="database-storage",
            namespace="AWS/RDS",
            metric_name="FreeStorageSpace",
            dimensions={"DBInstanceIdentifier": database.instance.identifier},
            description=(
                f"Deis's database has less than {LEAST_STORAGE_GIB} GiB left although its storage grows by itself: "
                "raise palisade:deis.database.largestStorageGib"
            ),
            statistic="Minimum",
            comparison="LessThanThreshold",
            threshold=LEAST_STORAGE_GIB * GIB,
        ),
        f"{name}-router-unreachable": MetricAlarm(
            runbook="router-unreachable",
            namespace="AWS/NetworkELB",
            metric_name="HealthyHostCount",
            dimensions={
                "LoadBalancer": balancer.balancer.arn_suffix,
                "TargetGroup": balancer.targets[443].arn_suffix,
            },
            description=f"No node answers for Deis's router. See: kubectl -n {NAMESPACE} get pods -l app={ROUTER}",
            statistic="Maximum",
            comparison="LessThanThreshold",
            periods=2,
            period_seconds=60,
            missing="breaching",
        ),
    }
    if args.cluster_name is not None:
        for part in COMPONENTS:
            alarms[f"{name}-{part.removeprefix('deis-')}-down"] = MetricAlarm(
                runbook="part-down",
                namespace=CONTAINER_INSIGHTS,
                metric_name="service_number_of_running_pods",
                dimensions={"ClusterName": args.cluster_name, "Namespace": NAMESPACE, "Service": part},
                description=f"No pod of {part} runs. See: kubectl -n {NAMESPACE} describe deployment {part}",
                statistic="Maximum",
                comparison="LessThanThreshold",
                periods=2,
                missing="breaching",
            )
    for alarm_name, alarm in alarms.items():
        metric_alarm(alarm_name, alarm, args.topic_arn, args.tags, opts)
    if args.application_log_group_name is not None:
        for log_alarm in (ROUTER_ERRORS, ROUTER_FROZEN, CERTIFICATE_EXPIRES):
            log_alarm.create(name, args.application_log_group_name, args.topic_arn, args.tags, opts)
