"""Alarms and dashboard: on metrics that exist, for every event that INH-3 names, and loud when data is missing."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import botocore.session
import pytest
from moto.events.models import EventPattern

from components.dashboard import CERTIFICATES, REQUESTS, SESSIONS
from components.observability import ACCESS_CHANGED
from sandbox.engine.programs import ROOT
from sandbox.providers.mocks import Run
from tests.support.program.whole_program import made

CONTAINER_INSIGHTS = {
    ("ClusterName",): {
        "apiserver_request_total", "apiserver_request_total_5xx", "cluster_failed_node_count", "cluster_node_count",
        "cluster_number_of_running_pods", "node_cpu_utilization", "node_filesystem_utilization",
        "node_memory_utilization",
    },
    ("ClusterName", "Namespace", "Service"): {"service_number_of_running_pods"},
}  # fmt: skip
"""Dimensions -> those of the metrics that the CloudWatch agent declares with them for EKS which we use."""
OF_AWS = {
    "AWS/Logs": {"IncomingLogEvents": ("LogGroupName",)},
    "AWS/NetworkELB": {"HealthyHostCount": ("LoadBalancer", "TargetGroup")},
    "AWS/RDS": {"FreeStorageSpace": ("DBInstanceIdentifier",)},
}
"""Namespace -> metric -> its dimensions, as AWS documents them."""
NAMED_BY_INH_3 = {
    "node health": ("node-failed", "node-memory", "node-disk"),
    "API errors": ("api-errors",),
    "anonymous API calls": ("anonymous-call",),
    "denied API calls": ("denied-calls",),
    "exec into pods": ("exec-into-pod",),
    "RBAC changes": ("rbac-changed",),
    "secret reads by people": ("secret-read-by-person",),
    "VPN login failures": ("logins-refused", "mfa-unavailable"),
    "certificate expiry": ("vpn-certificate-expires", "deis-certificate-expires"),
    "findings": ("trail-changed", "root-used", "sign-in-without-mfa", "key-disabled"),
}
MISSING_IS_AN_ALARM = (
    "audit-silent", "trail-silent", "heartbeat", "node-failed", "node-memory", "node-disk", "router-unreachable",
)  # fmt: skip
"""Where silence may mean that what should report is gone."""


@pytest.fixture(scope="module")
def run() -> Run:
    return made()


def alarms(run: Run) -> dict[str, dict[str, Any]]:
    return {each.inputs["name"]: each.inputs for each in run.of("cloudwatch/metricAlarm:MetricAlarm")}


def of_name(run: Run, ending: str) -> dict[str, Any]:
    (found,) = [inputs for name, inputs in alarms(run).items() if name.endswith(ending)]
    return found


@pytest.mark.parametrize("event", NAMED_BY_INH_3)
def test_every_event_that_is_named_has_an_alarm_that_somebody_hears(run: Run, event: str) -> None:
    topic = run.only("sns/topic:Topic").outputs["arn"]
    assert run.of("sns/topicSubscription:TopicSubscription")
    for ending in NAMED_BY_INH_3[event]:
        alarm = of_name(run, ending)
        assert alarm["alarmActions"] == alarm["okActions"] == [topic]
        assert alarm["alarmDescription"]


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("CreateAccessEntry", "eks.amazonaws.com", True),
        ("AssociateAccessPolicy", "eks.amazonaws.com", True),
        ("UpdateClusterConfig", "eks.amazonaws.com", True),
        ("AssociateIdentityProviderConfig", "eks.amazonaws.com", True),
        ("ListAccessEntries", "eks.amazonaws.com", False),
        ("CreateAccessEntry", "iam.amazonaws.com", False),
    ],
)
def test_rights_that_eks_gives_are_told_of_like_those_of_rbac(run: Run, name: str, source: str, told: bool) -> None:
    event: Any = {
        "version": "0",
        "account": "123456789012",
        "region": "eu-central-1",
        "source": "aws.eks",
        "detail-type": "AWS API Call via CloudTrail",
        "resources": [],
        "detail": {
            "eventSource": source,
            "eventName": name,
            "requestParameters": {"name": "palisade", "principalArn": "arn:aws:iam::123456789012:role/eve"},
        },
    }
    rule = run.named("palisade-cluster-access-changed", "cloudwatch/eventRule:EventRule")
    assert EventPattern.load(rule.inputs["eventPattern"]).matches_event(event) is told
    (target,) = [each for each in run.of("EventTarget") if each.inputs["rule"] == rule.outputs["name"]]
    assert target.inputs["arn"] == run.only("sns/topic:Topic").outputs["arn"]


def test_the_calls_that_are_told_of_exist() -> None:
    eks = botocore.session.Session().get_service_model("eks")
    assert all(eks.operation_model(name) for name in ACCESS_CHANGED.pattern["detail"]["eventName"])


def test_every_alarm_is_on_a_metric_that_exists(run: Run) -> None:
    counted = {each.inputs["metricTransformation"]["name"] for each in run.of("LogMetricFilter")}
    for name, alarm in alarms(run).items():
        metric, dimensions = alarm["metricName"], tuple(sorted(alarm.get("dimensions") or ()))
        if alarm["namespace"] == "Palisade":
            assert metric in counted, name
        elif alarm["namespace"] == "ContainerInsights":
            assert metric in CONTAINER_INSIGHTS[dimensions], name
        else:
            assert OF_AWS[alarm["namespace"]][metric] == dimensions, name


def test_a_metric_without_events_costs_nothing_and_its_alarm_ends(run: Run) -> None:
    """CloudWatch bills a metric for each hour with a value; only the heartbeat must always report."""
    filters = {each.name: each.inputs["metricTransformation"].get("defaultValue") for each in run.of("LogMetricFilter")}
    assert len(filters) >= 30
    assert [name for name, default in filters.items() if default] == ["palisade-vpn-heartbeat-filter"]
    counted = [alarm for name, alarm in alarms(run).items() if alarm["namespace"] == "Palisade"]
    silent = {alarm["metricName"] for alarm in counted if alarm["treatMissingData"] != "notBreaching"}
    assert silent == {"palisade-vpn-heartbeat"}


@pytest.mark.parametrize("ending", MISSING_IS_AN_ALARM)
def test_silence_is_an_alarm_where_it_matters(run: Run, ending: str) -> None:
    assert of_name(run, ending)["treatMissingData"] == "breaching"


def test_the_silence_of_every_log_that_alarms_count_in_is_an_alarm(run: Run) -> None:
    watched = {
        alarm["dimensions"]["LogGroupName"] for alarm in alarms(run).values() if alarm["namespace"] == "AWS/Logs"
    }
    counted_in = {each.inputs["logGroupName"] for each in run.of("LogMetricFilter")}
    # The bastion's has the heartbeat; of applications nobody knows how much they write.
    others = {"/palisade/palisade-vpn", "/aws/containerinsights/palisade/application"}
    assert counted_in - watched == others


class TestDashboard:
    @pytest.fixture
    def widgets(self, run: Run) -> list[dict[str, Any]]:
        return json.loads(run.only("cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])["widgets"]

    def test_it_shows_nodes_pods_and_the_control_plane_from_metrics_that_exist(
        self, widgets: list[dict[str, Any]]
    ) -> None:
        expressions = [
            line[0]["expression"]
            for widget in widgets
            for line in widget["properties"].get("metrics", ())
            if isinstance(line[0], dict)
        ]
        for expression in expressions:
            dimensions, metric = re.findall(
                r"\{ContainerInsights,([\w,]+)\} ClusterName=\"palisade\".*MetricName=\"(\w+)\"", expression
            )[0]
            assert metric in CONTAINER_INSIGHTS[tuple(dimensions.split(","))], expression
        text = " ".join(expressions)
        assert all(f'MetricName="{kind}_' in text for kind in ("apiserver", "cluster", "node", "service"))

    def test_what_it_counts_is_counted(self, run: Run, widgets: list[dict[str, Any]]) -> None:
        shown = {
            line[1] for w in widgets for line in w["properties"].get("metrics", ()) if not isinstance(line[0], dict)
        }
        assert len(shown) >= 7
        assert shown <= {each.inputs["metricTransformation"]["name"] for each in run.of("LogMetricFilter")}

    def test_it_reads_logs_that_exist(self, run: Run, widgets: list[dict[str, Any]]) -> None:
        queries = [widget["properties"]["query"] for widget in widgets if widget["type"] == "log"]
        sources = {name for query in queries for name in re.findall(r"SOURCE '([^']+)'", query)}
        assert sources
        assert sources <= {each.inputs["name"] for each in run.of("LogGroup")}

    def test_it_asks_the_bastion_for_events_that_it_writes(self) -> None:
        written = "".join(path.read_text() for path in (ROOT / "components" / "bastion" / "agent").glob("*.py"))
        for query in (SESSIONS, CERTIFICATES):
            (event,) = re.findall(r'message\.event = "([\w-]+)"', query)
            calls = re.findall(rf'event\("{event}"(.*)\)$', written, re.MULTILINE)
            fields = {field for call in calls for field in re.findall(r"(\w+)=", call)}
            assert set(re.findall(r"message\.(\w+)", query)) - {"event"} <= fields

    def test_it_reads_the_status_of_a_line_of_the_router(self) -> None:
        line = '[2026-11-28T10:00:00+00:00] - shop - 203.0.113.9 - - - 502 - "GET / HTTP/1.1" - 0 - "-" - "curl"'
        (parse,) = re.findall(r'parse log "([^"]+)" as (.+?) \|', REQUESTS)
        # CloudWatch's `*` takes as little as it can, and at the end the rest.
        pattern = re.escape(parse[0]).replace(r"\*", "(.*?)") + "$"
        found = re.match(pattern, line)
        assert found
        named = dict(zip(parse[1].split(", "), found.groups(), strict=True))
        assert (named["application"], named["client"], named["status"]) == ("shop", "203.0.113.9", "502")

    def test_its_address_is_an_output(self, run: Run) -> None:
        url = run.exports["dashboardUrl"]
        assert url == "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/palisade"

    def test_no_two_widgets_lie_on_each_other(self, widgets: list[dict[str, Any]]) -> None:
        cells = [
            {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
            for w in widgets
        ]
        assert not [pair for pair in itertools.combinations(cells, 2) if pair[0] & pair[1]]
        assert max(x for each in cells for x, _ in each) < 24

    def test_every_widget_has_a_title_and_the_region(self, widgets: list[dict[str, Any]]) -> None:
        assert all(each["properties"]["title"] and each["properties"]["region"] == "eu-central-1" for each in widgets)
