"""Cases of records.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.account.trails import TRAIL
from policies.rules.data.databases import INSTANCE
from policies.rules.network.front_ports import CLASSIC
from policies.rules.services.records import BROKERS, KAFKA, RECORDS
from policies.rules.tls.edge import SEARCH

_ON = {"bucket": "logs", "enabled": True}


def _balancer(**props: Any) -> Item:
    return Item(type="aws:lb/loadBalancer:LoadBalancer", props={"name": "web", **props})


def _search(*kinds: str) -> Item:
    options = [{"logType": kind, "cloudwatchLogGroupArn": "arn:aws:logs:g"} for kind in kinds]
    return Item(type=SEARCH, props={"domainName": "logs", "logPublishingOptions": options})


def _kafka(**logs: Any) -> Item:
    return Item(type=KAFKA, props={"clusterName": "events", "loggingInfo": {"brokerLogs": logs}})


CASES: dict[str, tuple[Case, ...]] = {
    RECORDS.id: (
        ok("balancer", _balancer(accessLogs=_ON)),
        ok("balancer_of_networks", _balancer(loadBalancerType="network")),
        ok("classic", Item(type=CLASSIC, props={"accessLogs": {"bucket": "logs"}})),
        ok("trail", Item(type=TRAIL, props={"cloudWatchLogsGroupArn": "arn:aws:logs:g:*"})),
        ok("database", Item(type=INSTANCE, props={"enabledCloudwatchLogsExports": ["postgresql"]})),
        ok("domain", _search("AUDIT_LOGS", "ES_APPLICATION_LOGS")),
        ok("brokers_to_a_bucket", _kafka(s3={"enabled": True, "bucket": "logs"})),
        ok("rabbit", Item(type=BROKERS, props={"engineType": "RabbitMQ", "logs": {"general": True}})),
        fail("balancer_by_default", _balancer(), at="accessLogs.enabled"),
        fail("balancer_off", _balancer(accessLogs={"bucket": "logs", "enabled": False}), at="accessLogs.enabled"),
        fail("classic_by_default", Item(type=CLASSIC, props={"name": "old"}), at="accessLogs.bucket"),
        fail(
            "classic_off",
            Item(type=CLASSIC, props={"accessLogs": {"bucket": "logs", "enabled": False}}),
            at="accessLogs.enabled",
        ),
        fail("trail_to_a_bucket_only", Item(type=TRAIL, props={"s3BucketName": "t"}), at="cloudWatchLogsGroupArn"),
        fail(
            "database_by_default", Item(type=INSTANCE, props={"engine": "postgres"}), at="enabledCloudwatchLogsExports"
        ),
        fail("domain_without_audit", _search("ES_APPLICATION_LOGS"), at="logPublishingOptions"),
        fail("domain_by_default", _search(), at="logPublishingOptions"),
        fail("brokers", _kafka(), at="loggingInfo.brokerLogs.cloudwatchLogs.enabled"),
        fail(
            "active_mq_without_audit",
            Item(type=BROKERS, props={"engineType": "ActiveMQ", "logs": {"general": True}}),
            at="logs.audit",
        ),
        fail(
            "distribution",
            Item(type="aws:cloudfront/distribution:Distribution", props={"enabled": True}),
            at="loggingConfig.bucket",
        ),
        fail(
            "stage",
            Item(type="aws:apigatewayv2/stage:Stage", props={"apiId": "a"}),
            at="accessLogSettings.destinationArn",
        ),
        unknown("decided_later", _balancer(accessLogs=UNKNOWN)),
        unknown("kind_decided_later", _balancer(loadBalancerType=UNKNOWN)),
    ),
}
