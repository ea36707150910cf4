"""Needs as data, proven both ways in many configurations: enough is allowed and open, and nothing more (AWS-SG, INH-3).

`tests/needs/` has the data and the evaluation. One file, because all of it shares the cached runs of the program.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from sandbox.providers.mocks import Run
from tests.needs import least
from tests.needs.account import Account
from tests.needs.evaluation import Result, evaluated
from tests.needs.invented import ACCOUNT
from tests.needs.matrix import MATRIX, NAME, run_of, world
from tests.needs.model import subjects, wrong
from tests.needs.network import Topology
from tests.needs.runner import runner
from tools.permissions import DOCUMENT, page


@functools.cache
def result(name: str) -> Result:
    return evaluated(world(name))


@pytest.mark.parametrize("name", MATRIX)
def test_each_actor_may_do_and_reach_what_it_needs(name: str) -> None:
    assert result(name).faults == []


def test_what_is_granted_without_a_need_is_reviewed() -> None:
    granted: set[tuple[str, str, str]] = set()
    used: set[tuple[str, str]] = set()
    for name in MATRIX:
        granted |= least.grants(world(name)) | least.service_grants(world(name))
        used |= {(identity, action.lower()) for identity, action in result(name).grants}
    unneeded = {
        (identity, policy, action) for identity, policy, action in granted if (identity, action.lower()) not in used
    }
    assert sorted(least.unreviewed(unneeded)) == []
    assert least.idle(unneeded) == []


def test_what_is_open_without_a_need_is_reviewed() -> None:
    opened: set[str] = set()
    used: set[str] = set()
    for name in MATRIX:
        region = world(name).account.region
        opened |= {least.general(each, region, NAME) for each in least.openings(world(name))}
        used |= {least.general(each, region, NAME) for each in result(name).openings}
    unneeded = opened - used
    names = [name for entry in least.reviewed()["openings"] for name in entry["names"]]
    assert sorted(one for one in unneeded if not any(fnmatchcase(one, name) for name in names)) == []
    assert [name for name in names if not any(fnmatchcase(one, name) for one in unneeded)] == []


def test_every_need_is_one_of_some_configuration() -> None:
    """A need that no configuration has would be checked by nobody."""
    worlds = [world(name) for name in MATRIX]
    idle = [
        f"{actor.name}: {need.why}"
        for subject in subjects().values()
        for actor in subject.actors
        for need in (*actor.calls, *actor.connections)
        if not any(actor.holds(each.facts) and need.holds(each.facts) for each in worlds)
    ]
    assert idle == []


@pytest.mark.parametrize("subject", subjects())
def test_aws_s_reference_knows_the_actions_resources_and_condition_keys(subject: str) -> None:
    faults = {
        f"{actor.name}: {call.why}": found
        for name in MATRIX
        for actor in subjects()[subject].actors
        for call in actor.calls
        if actor.holds(world(name).facts) and call.holds(world(name).facts)
        if (found := wrong(call, world(name).account.fill))
    }
    assert faults == {}


PLATFORM = {"palisade:baseline:Baseline", "palisade:deis:Deis", "palisade:layers:PlatformAttachment"}
"""Components of the platform."""
MARKER = "ssm/parameter:Parameter"
"""What a platform alone makes, which the matrix has in one stack with its foundation (test_layers.py)."""


@pytest.mark.parametrize("subject", subjects())
def test_every_need_has_a_source_and_every_source_a_need(subject: str) -> None:
    of = subjects()[subject]
    used = {need.source for actor in of.actors for need in (*actor.calls, *actor.connections)}
    assert used == of.sources.keys()
    for name, source in of.sources.items():
        assert bool(source.url) is not bool(source.repository and source.path), name


def test_what_up_and_destroy_call_is_written_for_every_resource_type() -> None:
    registered: dict[str, set[str]] = {"foundation": set(), "platform": {MARKER}}
    for one in (one for name in MATRIX for one in run_of(name).resources if one.type.startswith("aws:")):
        component = one.urn.split("::")[2].partition("$")[0]
        registered["platform" if component in PLATFORM else "foundation"].add(one.type.removeprefix("aws:"))
    assert registered["foundation"] | registered["platform"] == runner().types.keys()
    assert registered["platform"] == {*runner().platform}
    assert registered["platform"] - registered["foundation"] == {*runner().platform_only}


def test_aws_s_reference_knows_what_up_and_destroy_call() -> None:
    called = {action for actions in runner().types.values() for action in actions}
    called |= {action for step in runner().steps for action in step.actions}
    assert {action for action in called if not least.actions_of(action)} == set()


def test_the_document_is_of_these_needs() -> None:
    assert DOCUMENT.read_text() == page(), "run make docs"


BROKEN = {
    "palisade-nodes-calls": "AL2023 node: ec2:DescribeInstances",
    "palisade-nodes-AmazonEC2ContainerRegistryPullOnly": "Node: ecr:GetAuthorizationToken",
    "palisade-nodes-world-443-out": "Node: s3:GetObject",
    "palisade-net-endpoints-from-vpc": "Bastion's agent: secretsmanager:GetSecretValue",
    "palisade-nodes-api-in": "Node: 0123.gr7.eu-central-1.eks.amazonaws.com:443",
    "palisade-api-nodes-9443-out": "API server: nodes:9443",
    "palisade-deis-allow-router": "Deis's router: pod:deis/app=deis-builder",
    "palisade-alarms-policy": "EventBridge: sns:Publish",
    "palisade-account-require-mfa": "Person who enrols: iam:EnableMFADevice",
}
"""Resource that is taken away -> the need that is then not met."""


@pytest.mark.parametrize("name", BROKEN)
def test_the_evaluation_sees_what_is_missing(name: str) -> None:
    whole = world("default").account.run
    left = [one for one in whole.resources if one.name != name or not one.request.custom]
    assert len(left) < len(whole.resources), name
    account = Account(Run(resources=left), prefix=NAME, account=ACCOUNT, region="eu-central-1")
    faults = evaluated(replace(world("default"), account=account, topology=Topology(account))).faults
    assert [fault for fault in faults if fault.startswith(BROKEN[name])]
