"""The stand-in for the aws provider: what it plans for an update."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.mocks import StandIns
from sandbox.providers.base import UNKNOWN
from sandbox.providers.values import contains_unknown

CLUSTER = "aws:eks/cluster:Cluster"
URN = f"urn:pulumi:test::palisade::{CLUSTER}::pal"
INPUTS: dict[str, Any] = {
    "name": "pal",
    "version": "1.35",
    "upgradePolicy": {"supportType": "STANDARD"},
    "vpcConfig": {"subnetIds": ["subnet-1"], "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
}
OUTPUTS: dict[str, Any] = {
    **INPUTS,
    "endpoint": "https://0123.gr7.eu-central-1.eks.amazonaws.com",
    "vpcConfig": {**INPUTS["vpcConfig"], "clusterSecurityGroupId": "sg-made-by-eks", "vpcId": "vpc-1"},
}


@pytest.fixture
def planned(stand_ins: StandIns) -> dict[str, Any]:
    """The plan for a newer version whose public endpoint is closed."""
    news = {**INPUTS, "version": "1.36", "vpcConfig": {"subnetIds": ["subnet-1"], "endpointPublicAccess": False}}
    return stand_ins["aws"].update(URN, CLUSTER, "pal", INPUTS, OUTPUTS, news, True, 60)


def test_a_plan_holds_what_is_given_now_and_nothing_that_was_taken_away(planned: dict[str, Any]) -> None:
    assert planned["version"] == "1.36"
    assert planned["vpcConfig"]["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in planned["vpcConfig"]


def test_a_plan_keeps_what_aws_added_also_inside_of_a_block(planned: dict[str, Any]) -> None:
    assert planned["endpoint"] == OUTPUTS["endpoint"]
    assert planned["vpcConfig"]["clusterSecurityGroupId"] == "sg-made-by-eks"
    assert planned["vpcConfig"]["vpcId"] == "vpc-1"
    assert not contains_unknown(planned)


BALANCER = "aws:lb/loadBalancer:LoadBalancer"
THREE = ["subnet-1", "subnet-2", "subnet-3"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "forced"),
    [
        ("network", {"subnets": THREE}, {"subnets": THREE[:2]}, ("subnets",)),
        ("network", {"subnets": THREE[:2]}, {"subnets": THREE[1:]}, ("subnets",)),
        ("network", {"subnets": THREE[:2]}, {"subnets": THREE}, ()),
        ("network", {"subnets": THREE[:2]}, {"subnets": [*THREE[:2], UNKNOWN]}, ()),
        ("network", {"securityGroups": ["sg-1"]}, {"securityGroups": []}, ("securityGroups",)),
        ("network", {"securityGroups": ["sg-1"]}, {"securityGroups": ["sg-2"]}, ()),
        ("application", {"subnets": THREE}, {"subnets": THREE[:2]}, ()),
    ],
)
def test_a_network_load_balancer_gives_no_subnet_back(
    stand_ins: StandIns, kind: str, old: dict[str, Any], new: dict[str, Any], forced: tuple[str, ...]
) -> None:
    """As the documentation of `subnets` and `security_groups` in the SDK says."""
    olds, news = ({"loadBalancerType": kind, "name": "web", **each} for each in (old, new))
    diff = stand_ins["aws"].diff(URN, BALANCER, "arn", olds, {}, news, [])
    assert diff.replaces == forced
    # Two cannot bear the name that the program gave.
    assert diff.delete_before_replace is bool(forced)
