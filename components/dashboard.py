"""The CloudWatch dashboard of a cluster: an overview for operators (INH-2).

Nodes, API errors and denied calls come from metrics; VPN, certificates and Deis from log queries, which cost nothing
until somebody opens the dashboard. Widgets of parts that an environment lacks, such as Deis, stay empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.alarms import CONTAINER_INSIGHTS, NAMESPACE
from policies.guidelines.deis import NAMESPACE as DEIS
from policies.guidelines.deis import ROUTER

WIDTH: Final = 12
HEIGHT: Final = 6
CALLS: Final = (
    "fields @timestamp, user.username, verb, requestURI, responseStatus.code"
    " | filter responseStatus.code >= 400 | sort @timestamp desc | limit 50"
)
SESSIONS: Final = (
    'filter message.event = "login"'
    " | stats count(*) as logins, max(@timestamp) as latest by message.person, message.result, message.stage"
    " | sort latest desc | limit 50"
)
"""The bastion's events (components/bastion/agent/verify.py); `stage` is where a login was refused."""
CERTIFICATES: Final = 'filter message.event = "certificate" | stats latest(message.days) as daysLeft by message.subject'
"""The bastion reports the certificate that ends first, each time that it converges."""
REQUESTS: Final = (
    f'filter kubernetes.container_name = "{ROUTER}" and log like /^\\[/'
    ' | parse log "* - * - * - * - * - *" as at, application, client, person, status, request'
    " | stats count(*) as requests by application, status | sort requests desc | limit 50"
)
"""The router's access log (teamhephy/router, `LogFormat` in model/model.go at 94a685cc)."""
BUILDS: Final = (
    f'filter kubernetes.namespace_name = "{DEIS}" and kubernetes.container_name = "deis-slugbuilder"'
    " | stats max(@timestamp) as ended, latest(log) as lastLine by kubernetes.pod_name | sort ended desc | limit 20"
)
"""Build pods are called slugbuild-APPLICATION-COMMIT-ID (teamhephy/builder 68c8d55, pkg/gitreceive/k8s_util.go)."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Data sources of the dashboard."""

    cluster_name: str
    audit: str
    """Log group of the control plane."""
    vpn: str | None
    """Log group of the bastion."""
    application: str | None
    """Log group of the cluster's containers."""


def dashboard(sources: Sources, region: str, counted: Iterable[str]) -> dict[str, Any]:
    """The dashboard's body.

    Args:
        sources: the data sources.
        region: region of the metrics and logs.
        counted: metrics that count audit events.
    """
    cluster = sources.cluster_name
    own = f'{{{CONTAINER_INSIGHTS},ClusterName}} ClusterName="{cluster}"'
    parts = f'{{{CONTAINER_INSIGHTS},ClusterName,Namespace,Service}} ClusterName="{cluster}" Namespace="{DEIS}"'
    events = [[NAMESPACE, metric, {"stat": "Sum"}] for metric in counted]
    widgets = [
        _graph("Nodes", _searched(own, "cluster_node_count", "cluster_failed_node_count")),
        _graph("Load of the nodes, %", _searched(own, "node_cpu_utilization", "node_memory_utilization")),
        _graph("Disks of the nodes, %", _searched(own, "node_filesystem_utilization")),
        _graph("Pods", _searched(own, "cluster_number_of_running_pods")),
        _graph("API requests and errors", _searched(own, "apiserver_request_total", "apiserver_request_total_5xx")),
        _graph("Audit events", events),
        _table("Denied and failed calls", sources.audit, CALLS),
    ]
    if sources.vpn is not None:
        widgets += [
            _table("VPN: sessions and refusals by person", sources.vpn, SESSIONS),
            _table("VPN: days until the first certificate ends", sources.vpn, CERTIFICATES),
        ]
    if sources.application is not None:
        widgets += [
            _graph("Deis: running pods of each part", _searched(parts, "service_number_of_running_pods")),
            _table("Deis: requests by application and status", sources.application, REQUESTS),
            _table("Deis: latest builds", sources.application, BUILDS),
        ]
    placed = [
        {**widget, "x": WIDTH * (place % 2), "y": HEIGHT * (place // 2), "width": WIDTH, "height": HEIGHT}
        for place, widget in enumerate(widgets)
    ]
    for widget in placed:
        widget["properties"]["region"] = region
    return {"widgets": placed}


def address(region: str, name: str, partition: str) -> str:
    """URL of the dashboard."""
    console = {"aws-us-gov": "console.amazonaws-us-gov.com"}.get(partition, "console.aws.amazon.com")
    return f"https://{console}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"


def _searched(metrics: str, *names: str) -> Sequence[Any]:
    return [[{"expression": f"SEARCH('{metrics} MetricName=\"{name}\"', 'Maximum', 300)"}] for name in names]


def _graph(title: str, metrics: Sequence[Any]) -> dict[str, Any]:
    shown = {"title": title, "view": "timeSeries", "stat": "Maximum", "metrics": metrics}
    return {"type": "metric", "properties": shown}


def _table(title: str, group: str, query: str) -> Mapping[str, Any]:
    return {
        "type": "log",
        "properties": {"title": title, "view": "table", "query": f"SOURCE '{group}' | {query}"},
    }
