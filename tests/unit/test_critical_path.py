"""The whole program's order: what is slow is made at the same time unless one needs the other (and is deleted so)."""

from __future__ import annotations

import functools

import pytest

from benchmarks import engine
from benchmarks.durations import unavoidable
from sandbox.providers.mocks import Registered, Run
from tests.support.program.whole_program import made

MINUTES = {
    "eks/cluster:Cluster": 9,
    "rds/instance:Instance": 9,
    "eks/nodeGroup:NodeGroup": 3,
    "autoscaling/group:Group": 3,
    "lb/loadBalancer:LoadBalancer": 3,
    "ec2/natGateway:NatGateway": 2,
    "ec2/vpcEndpoint:VpcEndpoint": 2,
    "eks/addon:Addon": 1,
}
"""Roughly how long AWS takes for what it takes minutes for; all else is seconds."""
CLUSTER, NODES, DATABASE = "eks/cluster:Cluster", "eks/nodeGroup:NodeGroup", "rds/instance:Instance"
BASTION, BALANCER = "autoscaling/group:Group", "lb/loadBalancer:LoadBalancer"
NAT, ENDPOINT = "ec2/natGateway:NatGateway", "ec2/vpcEndpoint:VpcEndpoint"
TRAIL, FLOW_LOG = "cloudtrail/trail:Trail", "ec2/flowLog:FlowLog"

WAITS_FOR_NONE_OF = {
    CLUSTER: (NODES, DATABASE, BASTION, BALANCER, NAT, ENDPOINT, TRAIL, FLOW_LOG),
    NODES: (DATABASE, BASTION, BALANCER, TRAIL, FLOW_LOG),
    DATABASE: (CLUSTER, NODES, BASTION, BALANCER, NAT, ENDPOINT, TRAIL, FLOW_LOG),
    BASTION: (CLUSTER, NODES, DATABASE, BALANCER, NAT, TRAIL, FLOW_LOG),
    BALANCER: (CLUSTER, NODES, DATABASE, BASTION, NAT, ENDPOINT, TRAIL, FLOW_LOG),
    NAT: (CLUSTER, NODES, DATABASE, BASTION, BALANCER, ENDPOINT, TRAIL, FLOW_LOG),
    ENDPOINT: (CLUSTER, NODES, DATABASE, BASTION, BALANCER, NAT, TRAIL, FLOW_LOG),
    TRAIL: (CLUSTER, NODES, DATABASE, BASTION, BALANCER, NAT, ENDPOINT, FLOW_LOG),
}


@pytest.fixture(scope="module")
def run() -> Run:
    return made()


@pytest.fixture(scope="module")
def behind(run: Run) -> dict[str, frozenset[str]]:
    """URN -> all that it waits for, directly and through others."""
    by_urn = {each.urn: each for each in run.resources}

    @functools.cache
    def before(urn: str) -> frozenset[str]:
        direct = set(by_urn[urn].waits_for) & by_urn.keys()
        return frozenset(direct).union(*(before(other) for other in direct))

    return {urn: before(urn) for urn in by_urn}


def of(run: Run, kind: str) -> list[Registered]:
    found = run.of(f"aws:{kind}")
    assert found, f"the program makes no {kind}"
    return found


@pytest.mark.parametrize("later", WAITS_FOR_NONE_OF)
def test_what_is_slow_waits_for_nothing_slow_that_it_does_not_need(
    run: Run, behind: dict[str, frozenset[str]], later: str
) -> None:
    for one in of(run, later):
        for earlier in WAITS_FOR_NONE_OF[later]:
            assert not [other.name for other in of(run, earlier) if other.urn in behind[one.urn]], one.name


def test_no_two_of_a_kind_wait_for_each_other(run: Run, behind: dict[str, frozenset[str]]) -> None:
    for kind in (NAT, ENDPOINT):
        urns = {each.urn for each in of(run, kind)}
        assert not [urn for urn in urns if behind[urn] & urns]


def test_the_longest_way_through_the_program_is_the_one_that_cannot_be_shorter(run: Run) -> None:
    """Control plane, CNI, nodes, CoreDNS: all else, the database above all, is made in that time."""
    by_urn = {each.urn: each for each in run.resources}

    @functools.cache
    def way(urn: str) -> tuple[float, tuple[str, ...]]:
        one = by_urn[urn]
        kind = one.type.removeprefix("aws:")
        before = max((way(other) for other in one.waits_for if other in by_urn), default=(0.0, ()))
        return (before[0] + MINUTES[kind], (*before[1], kind)) if kind in MINUTES else before

    minutes, steps = max(way(urn) for urn in by_urn)
    assert steps == (CLUSTER, "eks/addon:Addon", NODES, "eks/addon:Addon")
    assert minutes == 14
    # One after the other it would be more than an hour.
    assert sum(MINUTES.get(each.type.removeprefix("aws:"), 0) for each in run.resources) > 5 * minutes


def test_every_dependency_is_of_this_program_and_none_goes_in_circles(
    run: Run, behind: dict[str, frozenset[str]]
) -> None:
    assert not [urn for urn, before in behind.items() if urn in before]
    assert not [each.name for each in run.resources if set(each.depends_on) - behind.keys()]


def test_what_is_waited_for_is_within_the_aim_of_what_cannot_be_had_faster(run: Run) -> None:
    """As `make waits` computes it, without an engine."""
    longest, _ = engine.chain(run.resources)
    assert longest / unavoidable() <= engine.AIM
    assert engine.makespan(run.resources, 32) / unavoidable() <= engine.AIM


def test_the_waits_do_not_depend_on_the_order_of_registration(run: Run) -> None:
    """Threads register resources, so the order is another one in each run."""
    orders = [run.resources, run.resources[::-1], sorted(run.resources, key=lambda each: each.name)]
    assert len({engine.makespan(order, 4) for order in orders}) == 1
