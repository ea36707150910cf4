"""A team can live with the pack: what clusters run passes, or needs no more than docs/enforcing.md shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.kernel import clock
from policies.kernel.configuration import faults
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from tests.support.policies.examples import DAY
from tests.support.policies.operators import ITEMS
from tests.support.policies.sdk_harness import outcome

DOCUMENT = Path(__file__).parents[2] / "docs" / "enforcing.md"
REFUSED = {
    ("ingress-nginx-admission", "rbac-no-escalation"),
    ("cert-manager-cainjector", "rbac-no-escalation"),
    ("cert-manager-tokenrequest", "rbac-no-escalation"),
    ("prometheus-operator", "rbac-no-wildcards"),
    ("monitoring", "namespace-pod-security-labels"),
    ("node-exporter", "pod-security-baseline-host-namespaces"),
    ("node-exporter", "pod-security-baseline-host-path"),
    ("node-exporter", "pod-security-baseline-host-ports"),
    ("fluent-bit", "pod-security-baseline-host-path"),
    # Their operators make pods, machines or whatever a repository has.
    ("main", "custom-resource-allowlist"),
    ("nodes", "custom-resource-allowlist"),
    ("web", "custom-resource-allowlist"),
}
"""(object, policy): what somebody has to decide on."""


def documented() -> dict[str, Any]:
    """The configuration that the document shows for operators."""
    text = DOCUMENT.read_text().partition("### What operators need")[2]
    block = re.search(r"\n\n((?:    .*\n)+)", text)
    assert block
    return json.loads(block.group(1))


def refused(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for item in ITEMS:
        for policy in POLICIES:
            if policy.rule and policy.level is not ADVISORY and item.type in policy.types:
                said = outcome(policy, (item,), config.get(policy.id))
                assert said.undecided is None
                if said.violations:
                    yield item.name, policy.id


def test_nothing_is_refused_but_what_reaches_the_node_or_raises_rights() -> None:
    assert set(refused({})) == REFUSED


def test_the_document_shows_all_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    config = documented()
    assert faults(config, POLICIES) == []
    assert list(refused(config)) == []
    assert {policy for _, policy in REFUSED} == config.keys()
