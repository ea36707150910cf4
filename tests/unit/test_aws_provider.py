"""The stand-in for the aws provider: what it plans for an update."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.base import UNKNOWN, InitializationFailed, ProviderError
from sandbox.providers.mocks import StandIns
from sandbox.providers.schema import resource_type
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


def test_a_plan_holds_what_is_given_now_and_what_is_left_out_of_what_aws_fills_in(planned: dict[str, Any]) -> None:
    assert planned["version"] == "1.36"
    assert planned["vpcConfig"]["endpointPublicAccess"] is False
    assert planned["vpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_a_plan_keeps_what_aws_added_also_inside_of_a_block(planned: dict[str, Any]) -> None:
    assert planned["endpoint"] == OUTPUTS["endpoint"]
    assert planned["vpcConfig"]["clusterSecurityGroupId"] == "sg-made-by-eks"
    assert planned["vpcConfig"]["vpcId"] == "vpc-1"
    assert not contains_unknown(planned)


NODES = "aws:eks/nodeGroup:NodeGroup"


class TestLeftOut:
    """As terraform-provider-aws plans it: an Optional+Computed attribute that is left out keeps its old value."""

    GROUP: Mapping[str, Any] = {
        "clusterName": "c",
        "nodeGroupName": "n",
        "instanceTypes": ["m7i.large", "m6i.large"],
        "labels": {"pool": "x"},
        "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
    }

    @pytest.mark.parametrize(
        ("left_out", "replaces", "updates"),
        [("instanceTypes", (), ()), ("labels", (), ("labels",))],
    )
    def test_only_what_aws_does_not_fill_in_changes(
        self, stand_ins: StandIns, left_out: str, replaces: tuple[str, ...], updates: tuple[str, ...]
    ) -> None:
        news = {name: value for name, value in self.GROUP.items() if name != left_out}
        diff = stand_ins["aws"].diff(URN, NODES, "c:n", dict(self.GROUP), dict(self.GROUP), news, [])
        assert (diff.replaces, diff.updates) == (replaces, updates)
        planned = stand_ins["aws"].update(URN, NODES, "c:n", dict(self.GROUP), dict(self.GROUP), news, True, 60)
        assert planned.get("instanceTypes") == self.GROUP["instanceTypes"]

    def test_another_value_still_replaces(self, stand_ins: StandIns) -> None:
        news = {**self.GROUP, "instanceTypes": ["m7i.large"]}
        diff = stand_ins["aws"].diff(URN, NODES, "c:n", dict(self.GROUP), dict(self.GROUP), news, [])
        assert diff.replaces == ("instanceTypes",)

    def test_it_is_the_schema_of_the_sdk_that_tells(self) -> None:
        """Against internal/service/eks/node_group.go of terraform-provider-aws at 012e0a3, read 2026-11-28."""
        kind = resource_type(NODES)
        assert kind is not None
        assert kind.computed == {
            "amiType", "capacityType", "diskSize", "instanceTypes", "nodeGroupName", "nodeGroupNamePrefix",
            "nodeRepairConfig", "region", "releaseVersion", "updateConfig", "version",
        }  # fmt: skip


class TestNodeGroup:
    """Through the stand-in, on the emulated EKS."""

    @pytest.fixture
    def aws(self, stand_ins: StandIns) -> AwsProvider:
        return cast(AwsProvider, stand_ins["aws"])

    def role(self, aws: AwsProvider, service: str, *policies: str) -> str:
        principal = {"Service": f"{service}.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = aws.aws.call("iam", "create_role", RoleName=service, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        for policy in policies:
            arn = f"arn:aws:iam::aws:policy/{policy}"
            aws.aws.call("iam", "attach_role_policy", RoleName=service, PolicyArn=arn)
        return made

    def inputs(self, aws: AwsProvider, *policies: str) -> dict[str, Any]:
        vpc = aws.aws.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            aws.aws.call(
                "ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-1{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        aws.aws.call(
            "eks", "create_cluster", name="c", roleArn=self.role(aws, "eks"), resourcesVpcConfig={"subnetIds": subnets}
        )
        sizes = {"minSize": 1, "maxSize": 1, "desiredSize": 1}
        given = {"clusterName": "c", "nodeGroupName": "n", "nodeRoleArn": self.role(aws, "ec2", *policies)}
        return {**given, "subnetIds": subnets, "scalingConfig": sizes, "instanceTypes": ["m7i.large"]}

    def test_one_whose_nodes_cannot_join_fails_and_is_kept(self, aws: AwsProvider) -> None:
        inputs = self.inputs(aws, "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
        with pytest.raises(InitializationFailed) as failed:
            aws.create(URN, NODES, inputs, False, 60)
        assert failed.value.id == "c:n"
        assert "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'" in str(failed.value)
        assert "NodeCreationFailure: Instances failed to join the kubernetes cluster" in str(failed.value)

    def test_other_instance_types_make_another_one_and_back(self, aws: AwsProvider) -> None:
        policies = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
        one = self.inputs(aws, *policies)
        _, outputs = aws.create(URN, NODES, one, False, 60)
        several = {**one, "instanceTypes": ["m7i.large", "m6i.large"]}
        for old, new in ((one, several), (several, one)):
            assert aws.diff(URN, NODES, "c:n", old, {**outputs, **old}, new, []).replaces == ("instanceTypes",)


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


NAT = "aws:ec2/natGateway:NatGateway"
NAT_URN = f"urn:pulumi:test::palisade::{NAT}::out"


class TestRegionalNatGateway:
    """Its zones and their addresses, on the emulated AWS."""

    @pytest.fixture
    def aws(self, stand_ins: StandIns) -> AwsProvider:
        return cast(AwsProvider, stand_ins["aws"])

    @pytest.fixture
    def vpc(self, aws: AwsProvider) -> str:
        id_ = aws.aws.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        internet = aws.aws.call("ec2", "create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
        aws.aws.call("ec2", "attach_internet_gateway", VpcId=id_, InternetGatewayId=internet)
        return id_

    @pytest.fixture
    def three(self, aws: AwsProvider) -> list[dict[str, Any]]:
        """Three zones with an address each."""
        return [
            {
                "availabilityZone": f"eu-central-1{zone}",
                "allocationIds": [aws.aws.call("ec2", "allocate_address")["AllocationId"]],
            }
            for zone in "abc"
        ]

    @staticmethod
    def inputs(vpc: str, addresses: Any) -> dict[str, Any]:
        return {"vpcId": vpc, "availabilityMode": "regional", "availabilityZoneAddresses": addresses}

    def test_it_is_made_read_changed_and_deleted(self, aws: AwsProvider, vpc: str, three: list[dict[str, Any]]) -> None:
        inputs = self.inputs(vpc, three[:2])
        given, failures = aws.check(NAT_URN, NAT, {}, inputs, b"")
        assert (given, failures) == (inputs, [])
        id_, outputs = aws.create(NAT_URN, NAT, inputs, False, 60)
        assert inputs.items() <= outputs.items()
        assert outputs["routeTableId"].startswith("rtb-")
        assert {each["availabilityZone"] for each in outputs["regionalNatGatewayAddresses"]} == {
            "eu-central-1a",
            "eu-central-1b",
        }
        assert aws.read(NAT_URN, NAT, id_, inputs, outputs) == (id_, inputs, outputs)
        imported = aws.read(NAT_URN, NAT, id_, {}, {})
        assert imported is not None
        assert not aws.diff(NAT_URN, NAT, id_, imported[1], imported[2], inputs, []).updates

        # A zone goes, another comes.
        news = self.inputs(vpc, three[1:])
        diff = aws.diff(NAT_URN, NAT, id_, inputs, outputs, news, [])
        assert (diff.replaces, diff.updates) == ((), ("availabilityZoneAddresses",))
        changed = aws.update(NAT_URN, NAT, id_, inputs, outputs, news, False, 60)
        assert changed["availabilityZoneAddresses"] == three[1:]
        assert aws.read(NAT_URN, NAT, id_, news, changed) == (id_, news, changed)
        aws.aws.call("ec2", "release_address", AllocationId=three[0]["allocationIds"][0])

        # Behind the program's back, too.
        there = aws.aws.find("ec2", "describe_nat_gateways", "NatGateways[0].NatGatewayAddresses", NatGatewayIds=[id_])
        (gone,) = [each["AssociationId"] for each in there if each["AvailabilityZone"] == "eu-central-1c"]
        aws.aws.call("ec2", "disassociate_nat_gateway_address", NatGatewayId=id_, AssociationIds=[gone])
        drifted = aws.read(NAT_URN, NAT, id_, news, changed)
        assert drifted is not None
        assert drifted[1] == self.inputs(vpc, three[1:2])

        aws.delete(NAT_URN, NAT, id_, news, changed, 60)
        assert aws.read(NAT_URN, NAT, id_, news, changed) is None
        for each in three[1:]:
            aws.aws.call("ec2", "release_address", AllocationId=each["allocationIds"][0])

    def test_an_address_that_moves_to_another_zone_is_refused_as_aws_does(
        self, aws: AwsProvider, vpc: str, three: list[dict[str, Any]]
    ) -> None:
        inputs = self.inputs(vpc, three[:2])
        id_, outputs = aws.create(NAT_URN, NAT, inputs, False, 60)
        crossed = [{**three[0], "allocationIds": three[1]["allocationIds"]}, three[2]]
        with pytest.raises(ProviderError, match=r"Resource\.AlreadyAssociated"):
            aws.update(NAT_URN, NAT, id_, inputs, outputs, self.inputs(vpc, crossed), False, 60)

    @pytest.mark.parametrize(
        ("old", "new", "forced"),
        [
            ({"availabilityZoneAddresses": UNKNOWN}, {}, False),
            ({}, {"availabilityZoneAddresses": None}, True),
            ({}, {"vpcId": "vpc-2"}, True),
            ({}, {"availabilityMode": None, "vpcId": None, "subnetId": "subnet-1"}, True),
            ({}, {"availabilityZoneAddresses": [{"availabilityZone": "a", "allocationIds": [UNKNOWN]}]}, False),
        ],
    )
    def test_addresses_change_in_place_and_its_kind_does_not(
        self, aws: AwsProvider, old: dict[str, Any], new: dict[str, Any], forced: bool
    ) -> None:
        first = self.inputs("vpc-1", [{"availabilityZone": "a", "allocationIds": ["eipalloc-1"]}])
        olds, news = ({name: each for name, each in {**first, **change}.items() if each} for change in (old, new))
        diff = aws.diff(NAT_URN, NAT, "nat-1", olds, {}, news, [])
        assert bool(diff.replaces) is forced
        assert diff.delete_before_replace is False

    @pytest.mark.parametrize(
        ("addresses", "words"),
        [
            (None, "with addresses by zone only"),
            ([], "with addresses by zone only"),
            ([{"allocationIds": ["eipalloc-1"]}], "availabilityZone or availabilityZoneId must be given"),
            (UNKNOWN, None),
            ([UNKNOWN], None),
            ([{"availabilityZone": UNKNOWN, "allocationIds": UNKNOWN}], None),
        ],
    )
    def test_what_no_stand_in_makes_is_told_in_the_preview(
        self, aws: AwsProvider, addresses: Any, words: str | None
    ) -> None:
        _, failures = aws.check(NAT_URN, NAT, {}, self.inputs("vpc-1", addresses), b"")
        assert [words in each.reason for each in failures if words] == ([True] if words else [])
        assert bool(failures) is bool(words)
