"""Twenty widely used charts pass under the pack's defaults, but for what somebody has to decide on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from policies.guidelines.images import REGISTRIES
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from policies.rules.workloads.images import PINNED
from tests.support.policies.charts import CHARTS
from tests.support.policies.sdk_harness import outcome

SETTINGS: Final[Mapping[str, Any]] = {
    PINNED.id: {"registries": [*REGISTRIES, "gcr.io", "cr.fluentbit.io", "cr.l5d.io"]},
}
AGENT: Final = "It is an agent of the node."
ADMINISTERS: Final = "It applies whatever is in Git."
WEBHOOK: Final = "It writes the CA into its own webhook, but may write into every one."
NEEDED: Final[Mapping[str, Mapping[str, str]]] = {
    "argo-cd": {"rbac-no-escalation": ADMINISTERS, "rbac-no-wildcards": ADMINISTERS},
    "argo-rollouts": {"rbac-reach-allowlist": "It makes ReplicaSets in every namespace, and reads Secrets."},
    "aws-ebs-csi-driver": {
        "pod-security-baseline-host-path": AGENT,
        "pod-security-baseline-privileged": "It mounts disks into pods.",
        "rbac-no-escalation": "It makes volumes, which may be paths of a node.",
    },
    "datadog": {
        "pod-security-baseline-host-path": AGENT,
        "rbac-no-escalation": "nodes/proxy reaches every kubelet; its cluster agent writes webhooks.",
    },
    "external-secrets": {
        "rbac-no-escalation": "It takes tokens of the accounts that stores name; it writes webhooks.",
        "rbac-reach-allowlist": "It reads and writes every Secret.",
    },
    "fluent-bit": {"pod-security-baseline-host-path": AGENT},
    "flux": {
        "rbac-no-cluster-admin-binding": ADMINISTERS,
        "rbac-no-wildcards": "All verbs on kinds of its own.",
    },
    "istio": {
        "pod-security-baseline-capabilities": "It changes the network of every pod.",
        "pod-security-baseline-host-path": AGENT,
        "rbac-no-escalation": WEBHOOK,
    },
    "keda": {"rbac-reach-allowlist": "It makes Jobs in every namespace, and reads Secrets."},
    "linkerd": {"pod-security-baseline-capabilities": "It changes the network of its pod; its CNI plugin needs none."},
    "node-local-dns": {
        "pod-security-baseline-capabilities": "It changes the network of the node.",
        "pod-security-baseline-host-namespaces": AGENT,
        "pod-security-baseline-host-path": AGENT,
        "pod-security-baseline-host-ports": AGENT,
    },
    "secrets-store-csi-driver": {
        "pod-security-baseline-host-path": AGENT,
        "pod-security-baseline-privileged": "It mounts files into pods.",
        "rbac-no-escalation": "It takes tokens of the accounts whose pods mount Secrets.",
    },
    "vault": {"rbac-no-escalation": WEBHOOK},
    "velero": {
        "pod-security-baseline-host-path": AGENT,
        "rbac-no-cluster-admin-binding": "It saves and restores everything.",
    },
}
"""Chart -> policy -> why it has to be exempted, or set for the chart's namespace."""


def refused(chart: str) -> Iterator[str]:
    """The policies above advice that refuse something of a chart."""
    for policy in POLICIES:
        if policy.level is ADVISORY:
            continue
        # Two objects of different kinds may share a name.
        ours = [
            dataclasses.replace(item, name=f"{item.name}-{place}")
            for place, item in enumerate(CHARTS[chart])
            if item.type in policy.types
        ]
        judged = [(item,) for item in ours] if policy.rule else [tuple(ours)] if ours else []
        if any(outcome(policy, items, SETTINGS.get(policy.id)).violations for items in judged):
            yield policy.id


@pytest.mark.parametrize("chart", CHARTS)
def test_only_what_somebody_has_to_decide_on_is_refused(chart: str) -> None:
    assert set(refused(chart)) == set(NEEDED.get(chart, {}))
