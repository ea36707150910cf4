"""EC2 in the emulated AWS guards what AWS guards, and no longer than AWS does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.emulator.inprocess import emulated_aws

REGION = "eu-central-1"


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


def refused(call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response.get("Error", {}).get("Code") == "DependencyViolation"


def test_a_subnet_goes_after_the_nat_gateway_in_it(ec2: Any, subnet: str) -> None:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    refused(ec2.delete_subnet, SubnetId=subnet)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_subnet_goes_after_the_instance_in_it(ec2: Any, subnet: str) -> None:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (machine,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"]
    refused(ec2.delete_subnet, SubnetId=subnet)
    ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])
    ec2.delete_subnet(SubnetId=subnet)


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
