"""A policy about logs of managed services: access, audit and error logs (INH-1)."""

from __future__ import annotations

from typing import Final

from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.value import Value
from policies.rules.account.trails import TRAIL
from policies.rules.data.databases import DB_CLUSTER, INSTANCE
from policies.rules.network.front_ports import BALANCERS, CLASSIC
from policies.rules.services.settings import Setting, Table, rule, says
from policies.rules.tls.edge import SEARCHES

BROKERS: Final = "aws:mq/broker:Broker"
KAFKA: Final = "aws:msk/cluster:Cluster"


def application(props: Value) -> bool:
    """Whether it is an application load balancer (the default). Network load balancers log TLS connections only."""
    return (props["loadBalancerType"].text() or "application") == "application"


def _kafka_writes_nothing(props: Value) -> bool:
    logs = props.along("loggingInfo", "brokerLogs")
    return not any(logs[name]["enabled"].flag() for name in ("cloudwatchLogs", "firehose", "s3"))


_SETTINGS: Final = (Setting(path="accessLogSettings.destinationArn", allowed=()),)
TABLE: Final[Table] = {
    **dict.fromkeys(BALANCERS, (Setting(path="accessLogs.enabled", default="false", applies=application),)),
    CLASSIC: (Setting(path="accessLogs.bucket", allowed=()), Setting(path="accessLogs.enabled", default="true")),
    "aws:cloudfront/distribution:Distribution": (Setting(path="loggingConfig.bucket", allowed=()),),
    "aws:apigateway/stage:Stage": _SETTINGS,
    "aws:apigatewayv2/stage:Stage": _SETTINGS,
    "aws:ec2clientvpn/endpoint:Endpoint": (Setting(path="connectionLogOptions.enabled", default="false"),),
    TRAIL: (Setting(path="cloudWatchLogsGroupArn", allowed=()),),
    INSTANCE: (Setting(path="enabledCloudwatchLogsExports", holds=()),),
    DB_CLUSTER: (Setting(path="enabledCloudwatchLogsExports", holds=()),),
    "aws:docdb/cluster:Cluster": (Setting(path="enabledCloudwatchLogsExports", holds=("audit",)),),
    "aws:neptune/cluster:Cluster": (Setting(path="enableCloudwatchLogsExports", holds=("audit",)),),
    **dict.fromkeys(
        SEARCHES,
        (Setting(path="logPublishingOptions", holds=("AUDIT_LOGS", "ES_APPLICATION_LOGS"), of="logType"),),
    ),
    BROKERS: (
        Setting(path="logs.general", default="false"),
        # RabbitMQ has no audit log.
        Setting(path="logs.audit", default="false", applies=says("engineType", "ActiveMQ")),
    ),
    KAFKA: (
        Setting(path="loggingInfo.brokerLogs.cloudwatchLogs.enabled", default="false", applies=_kafka_writes_nothing),
    ),
}
RECORDS = Policy(
    id="access-logs-on",
    requirement="INH-1",
    types=frozenset(TABLE),
    level=ADVISORY,
    severity=LOW,
    description="Balancers, gateways, databases, brokers, search domains and the trail write access or audit logs.",
    fix="name a bucket or a log group for the service's logs",
    rule=rule(TABLE),
)

POLICIES = (RECORDS,)
