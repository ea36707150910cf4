"""EC2 in the emulated AWS guards what AWS guards, and no longer than AWS does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.emulator.inprocess import emulated_aws

REGION = "eu-central-1"


def _by_zone(**entry: Any) -> dict[str, Any]:
    return {"AvailabilityZoneAddresses": [entry]}


NOT_MADE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"SubnetId": "subnet-1"}, "InvalidParameterCombination"),
    ({"AllocationId": "eipalloc-1"}, "InvalidParameterCombination"),
    ({"ConnectivityType": "private"}, "InvalidParameterCombination"),
    ({"AvailabilityMode": "zonal"}, "InvalidParameterCombination"),
    ({"VpcId": ""}, "MissingParameter"),
    ({"VpcId": "vpc-0"}, "InvalidVpcID.NotFound"),
    ({"AvailabilityZoneAddresses": []}, "UnsupportedOperation"),
    (_by_zone(AvailabilityZone=f"{REGION}a"), "InvalidParameterValue"),
    (_by_zone(AvailabilityZone=f"{REGION}z", AllocationIds=["eipalloc-1"]), "InvalidParameterValue"),
    (_by_zone(AllocationIds=["eipalloc-1"]), "InvalidParameterCombination"),
    (_by_zone(AvailabilityZone=f"{REGION}a", AllocationIds=["eipalloc-1"]), "InvalidAllocationID.NotFound"),
)
"""Regional NAT gateways that AWS would not make, and its code."""


@pytest.fixture
def ec2() -> Iterator[Any]:
    with emulated_aws():
        yield boto3.client("ec2", REGION)


@pytest.fixture
def vpc(ec2: Any) -> str:
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


@pytest.fixture
def internet(ec2: Any, vpc: str) -> str:
    """The internet gateway of the network."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def refused(call: Callable[..., Any], code: str = "DependencyViolation", **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response.get("Error", {}).get("Code") == code


def address(ec2: Any) -> str:
    return ec2.allocate_address(Domain="vpc")["AllocationId"]


@pytest.mark.usefixtures("internet")
def test_a_subnet_goes_after_the_nat_gateway_in_it(ec2: Any, subnet: str) -> None:
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address(ec2))["NatGateway"]
    assert made["AvailabilityMode"] == "zonal"
    refused(ec2.delete_subnet, SubnetId=subnet)
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    ec2.delete_subnet(SubnetId=subnet)


class TestRegionalNatGateways:
    """Those whose zones and addresses are named."""

    @staticmethod
    def wanted(ec2: Any, zones: str) -> list[dict[str, Any]]:
        return [{"AvailabilityZone": f"{REGION}{zone}", "AllocationIds": [address(ec2)]} for zone in zones]

    @classmethod
    def made(cls, ec2: Any, vpc: str, zones: str = "ab", **changes: Any) -> dict[str, Any]:
        arguments = {"AvailabilityMode": "regional", "VpcId": vpc, "AvailabilityZoneAddresses": cls.wanted(ec2, zones)}
        return ec2.create_nat_gateway(**arguments | changes)["NatGateway"]

    @staticmethod
    def told(ec2: Any, id_: str) -> dict[str, Any]:
        return ec2.describe_nat_gateways(NatGatewayIds=[id_])["NatGateways"][0]

    @pytest.mark.usefixtures("internet")
    def test_it_is_in_no_subnet_and_has_an_address_in_each_zone(self, ec2: Any, vpc: str) -> None:
        tags = [{"Key": "Name", "Value": "out"}]
        made = self.made(ec2, vpc, TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags}])
        told = self.told(ec2, made["NatGatewayId"])
        assert (told["AvailabilityMode"], told["State"], told["VpcId"]) == ("regional", "available", vpc)
        assert (told["AutoProvisionZones"], told["AutoScalingIps"]) == ("disabled", "disabled")
        assert not told.get("SubnetId")
        assert told["Tags"] == tags
        held = {each["AvailabilityZone"]: each["PublicIp"] for each in told["NatGatewayAddresses"]}
        assert held.keys() == {f"{REGION}a", f"{REGION}b"}
        assert set(held.values()) == {each["PublicIp"] for each in ec2.describe_addresses()["Addresses"]}
        assert {each["Status"] for each in told["NatGatewayAddresses"]} == {"succeeded"}
        assert not ec2.describe_network_interfaces()["NetworkInterfaces"]

    def test_routes_lead_to_it_and_its_own_leads_to_the_internet(self, ec2: Any, vpc: str, internet: str) -> None:
        gateway = self.made(ec2, vpc)["NatGatewayId"]
        ours = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=ours, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
        tables = [ours, self.told(ec2, gateway)["RouteTableId"]]
        ways = [
            each.get("NatGatewayId") or each["GatewayId"]
            for table in ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
            for each in table["Routes"]
            if each["DestinationCidrBlock"] == "0.0.0.0/0"
        ]
        assert sorted(ways) == sorted([gateway, internet])

    @pytest.mark.usefixtures("internet")
    def test_addresses_of_a_zone_come_and_go(self, ec2: Any, vpc: str) -> None:
        gateway, third = self.made(ec2, vpc)["NatGatewayId"], address(ec2)
        there = {"NatGatewayId": gateway, "AvailabilityZone": f"{REGION}c"}
        ec2.associate_nat_gateway_address(AllocationIds=[third], **there)
        zones = [each["AvailabilityZone"][-1] for each in self.told(ec2, gateway)["NatGatewayAddresses"]]
        assert zones == ["a", "b", "c"]
        refused(ec2.associate_nat_gateway_address, "Resource.AlreadyAssociated", AllocationIds=[third], **there)
        refused(ec2.release_address, "InvalidIPAddress.InUse", AllocationId=third)
        (held,) = [each for each in self.told(ec2, gateway)["NatGatewayAddresses"] if each["AllocationId"] == third]
        associations = [held["AssociationId"]]
        ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=associations)
        ec2.release_address(AllocationId=third)
        assert len(self.told(ec2, gateway)["NatGatewayAddresses"]) == 2
        refused(
            ec2.disassociate_nat_gateway_address,
            "InvalidAssociationID.NotFound",
            NatGatewayId=gateway,
            AssociationIds=associations,
        )

    @pytest.mark.usefixtures("internet")
    def test_a_zone_may_be_named_by_its_id(self, ec2: Any, vpc: str) -> None:
        zone = ec2.describe_availability_zones()["AvailabilityZones"][1]
        given = [{"AvailabilityZoneId": zone["ZoneId"], "AllocationIds": [address(ec2), address(ec2)]}]
        made = self.made(ec2, vpc, AvailabilityZoneAddresses=given)
        assert {each["AvailabilityZone"] for each in made["NatGatewayAddresses"]} == {zone["ZoneName"]}
        assert len(made["NatGatewayAddresses"]) == 2

    def test_nothing_stays_when_it_goes(self, ec2: Any, vpc: str, internet: str) -> None:
        gateway = self.made(ec2, vpc)["NatGatewayId"]
        addresses = [each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]]
        attached = {"InternetGatewayId": internet, "VpcId": vpc}
        refused(ec2.detach_internet_gateway, **attached)
        refused(ec2.release_address, "InvalidIPAddress.InUse", AllocationId=addresses[0])
        for _ in range(2):
            ec2.delete_nat_gateway(NatGatewayId=gateway)
        assert self.told(ec2, gateway)["State"] == "deleted"
        for each in addresses:
            ec2.release_address(AllocationId=each)
        ec2.detach_internet_gateway(**attached)
        ec2.delete_internet_gateway(InternetGatewayId=internet)
        ec2.delete_vpc(VpcId=vpc)

    @pytest.mark.usefixtures("internet")
    def test_what_aws_would_not_make_is_refused(self, ec2: Any, vpc: str) -> None:
        for changes, code in NOT_MADE:
            refused(self.made, code, ec2=ec2, vpc=vpc, **changes)

    @pytest.mark.usefixtures("internet")
    def test_an_address_is_in_one_gateway_only(self, ec2: Any, vpc: str, subnet: str) -> None:
        (taken,) = self.made(ec2, vpc, "a")["NatGatewayAddresses"]
        ours = [{"AvailabilityZone": f"{REGION}b", "AllocationIds": [taken["AllocationId"]]}]
        code = "Resource.AlreadyAssociated"
        refused(self.made, code, ec2=ec2, vpc=vpc, AvailabilityZoneAddresses=ours)
        refused(ec2.create_nat_gateway, code, SubnetId=subnet, AllocationId=taken["AllocationId"])
        (gateway,) = ec2.describe_nat_gateways()["NatGateways"]
        refused(
            ec2.disassociate_nat_gateway_address,
            "InvalidParameterValue",
            NatGatewayId=gateway["NatGatewayId"],
            AssociationIds=[taken["AssociationId"]],
        )

    def test_a_network_without_an_internet_gateway_takes_none(self, ec2: Any, vpc: str, subnet: str) -> None:
        refused(self.made, "Gateway.NotAttached", ec2=ec2, vpc=vpc)
        refused(ec2.create_nat_gateway, "Gateway.NotAttached", SubnetId=subnet, AllocationId=address(ec2))
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")

    def test_what_is_not_there_cannot_be_changed(self, ec2: Any) -> None:
        refused(ec2.delete_nat_gateway, "NatGatewayNotFound", NatGatewayId="nat-1")


def test_a_subnet_goes_after_the_instance_in_it(ec2: Any, subnet: str) -> None:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (machine,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"]
    refused(ec2.delete_subnet, SubnetId=subnet)
    ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])
    ec2.delete_subnet(SubnetId=subnet)


def test_machines_start_from_a_further_version_of_a_template(ec2: Any, subnet: str) -> None:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    first = {"ImageId": image, "InstanceType": "t3.micro", "UserData": "b25l"}
    template = ec2.create_launch_template(LaunchTemplateName="box", LaunchTemplateData=first)["LaunchTemplate"]
    given = {"LaunchTemplateId": template["LaunchTemplateId"], "LaunchTemplateData": {**first, "UserData": "dHdv"}}
    made = ec2.create_launch_template_version(**given)["LaunchTemplateVersion"]
    assert (made["VersionNumber"], made["DefaultVersion"]) == (2, False)
    told = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"], Versions=["2"])
    assert told["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"] == "dHdv"
    boto3.client("autoscaling", REGION).create_auto_scaling_group(
        AutoScalingGroupName="box",
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "2"},
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
    )
    (machine,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    told = ec2.describe_instance_attribute(InstanceId=machine["InstanceId"], Attribute="userData")
    assert told["UserData"]["Value"] == "dHdv"


@pytest.mark.parametrize("text", ["metrics-server's API", "Café", "a" * 256])
def test_a_rule_is_described_in_the_letters_that_ec2_takes(ec2: Any, vpc: str, text: str) -> None:
    def ranges(description: str) -> dict[str, Any]:
        return {"IpRanges": [{"CidrIp": "10.0.0.0/24", "Description": description}]}

    group = ec2.create_security_group(GroupName="a", Description="for a test", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission | ranges("API (TLS), 443")])
    for call, arguments in (
        (ec2.authorize_security_group_egress, {"GroupId": group, "IpPermissions": [permission | ranges(text)]}),
        (ec2.create_security_group, {"GroupName": "b", "Description": text, "VpcId": vpc}),
    ):
        with pytest.raises(ClientError, match="Valid descriptions"):
            call(**arguments)


def test_a_group_goes_after_the_rule_that_names_it(ec2: Any, vpc: str) -> None:
    named, naming = (
        ec2.create_security_group(GroupName=name, Description="for a test", VpcId=vpc)["GroupId"] for name in "ab"
    )
    permission = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": named}]},
    ]
    ec2.authorize_security_group_ingress(GroupId=naming, IpPermissions=permission)
    refused(ec2.delete_security_group, GroupId=named)
    ec2.revoke_security_group_ingress(GroupId=naming, IpPermissions=permission)
    ec2.delete_security_group(GroupId=named)


def test_a_network_goes_last(ec2: Any, vpc: str, subnet: str) -> None:
    refused(ec2.delete_vpc, VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
