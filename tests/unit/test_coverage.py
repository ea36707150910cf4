"""What the pack covers: the data about peers and frameworks, what is made from it, and what policies carry of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.kernel.configuration import preset
from policies.kernel.frameworks import REASONS, Framework, controls, frameworks, labels, requirements, standards
from policies.kernel.policy import FRAMEWORK
from policies.registry import POLICIES
from tools.coverage import Peer, peers, verdict
from tools.coverage.documents import documents
from tools.requirements import requirements as own

ROOT = Path(__file__).parents[2]
IDS = {policy.id for policy in POLICIES}
PEERS = list(peers())
FEWEST = {
    "awsguard": 28,
    "checkov-kubernetes": 119,
    "compliance-aws": 97,
    "compliance-awsnative": 54,
    "compliance-kubernetes": 303,
    "kube-linter": 63,
    "kyverno-best-practices": 20,
    "kyverno-pod-security": 22,
    "polaris": 44,
    "trivy-aws": 175,
    "trivy-kubernetes": 171,
}
"""How many rules each peer had when it was read: none was left out."""
CONTROLS = {"cis-eks": 50, "cis-aws": 70, "fsbp": 195, "nsa-cisa": 27}


def test_every_rule_of_every_peer_is_listed() -> None:
    assert {peer.id: len(peer.rules) for peer in PEERS} == FEWEST
    assert {one.id: len(one.controls) for one in frameworks().values()} == CONTROLS


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_a_rule_names_policies_that_exist_or_a_reason(peer: Peer) -> None:
    for rule, found in peer.rules.items():
        assert bool(found.policies) != bool(found.reason), rule
        assert set(found.policies) <= IDS, rule


@pytest.mark.parametrize("text", ["", "perhaps: later", "some-policy: but", "partly some-policy", "planned: "])
def test_a_line_that_says_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        verdict(text)


@pytest.mark.parametrize("framework", frameworks().values(), ids=lambda one: one.id)
def test_a_control_names_what_exists(framework: Framework) -> None:
    admission = {rule for one in own().values() for rule in one.admission}
    alarms = {alarm for one in own().values() for alarm in one.alarms}
    for control in framework.controls.values():
        assert control.title, control
        assert bool(control.policies) != bool(control.reason), control
        assert bool(control.why) == bool(control.reason), control
        assert control.reason in ("", *REASONS), control
        assert set(control.policies) <= IDS, control
        assert all((ROOT / path).is_file() for path in control.components), control
        assert set(control.admission) <= admission, control
        assert set(control.alarms) <= alarms, control


def test_a_standard_names_controls_that_policies_cover() -> None:
    known = {label for policy in IDS for label in labels(policy)}
    for standard in standards().values():
        assert {label for mapped in standard.requirements.values() for label in mapped} <= known


@pytest.mark.parametrize("framework", frameworks().values(), ids=lambda one: one.id)
def test_a_preset_makes_exactly_the_policies_of_its_framework_mandatory(framework: Framework) -> None:
    given = preset(framework.id)
    assert given.pop("all") == {"enforcementLevel": "advisory"}
    assert given == {policy: {"enforcementLevel": "mandatory"} for policy in framework.policies}


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_what_is_made_from_the_data_is_current(path: Path) -> None:
    assert path.read_text() == documents()[path], "run `make docs`"


def test_the_sdk_gets_the_most_specific_framework_and_all_controls() -> None:
    of = {policy.id: policy.adapt() for policy in POLICIES}
    trail = of["all-control-plane-logs"]
    assert trail.framework
    assert trail.tags
    assert (trail.framework.name, trail.framework.version) == ("CIS Amazon EKS Benchmark", "1.8.0")
    assert trail.framework.reference == "2.1.1, 2.1.2"
    assert {"INH-1", "cis-eks:2.1.1", "fsbp:EKS.8"} <= set(trail.tags)
    plain = of["registration-not-open"].framework
    assert plain
    assert (plain.name, plain.reference) == (FRAMEWORK, "DEIS-REG")


def test_a_partly_covered_control_brings_no_requirement_of_a_standard() -> None:
    partly = {
        f"{framework.id}:{control.id}" for policy in IDS for framework, control in controls(policy) if control.missing
    }
    assert partly
    for policy in IDS:
        whole = set(labels(policy)) - partly
        for label in requirements(policy):
            standard, _, requirement = label.partition(":")
            assert whole & set(standards()[standard].requirements[requirement])


def test_the_pages_hold_every_rule_and_control() -> None:
    pages = "\n".join(documents().values())
    for peer in PEERS:
        assert all(f"| `{rule}` |" in pages for rule in peer.rules)
    for framework in frameworks().values():
        assert all(f"| {control} |" in pages for control in framework.controls)
        assert json.loads(documents()[ROOT / "policies" / "presets" / f"{framework.id}.json"])
