"""Attacks by ways into the VPC that no security group for SSH shows."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

WAY: Final = "no-other-way-in"


def _attack(
    name: str, why: str, type_: str, props: dict[str, Any], *, blocked_by: str = WAY, requirement: str = "VPN-MFA"
) -> Attack:
    return Attack(
        name=name, requirement=requirement, why=why, items=(Item(type=type_, props=props),), blocked_by=blocked_by
    )


ATTACKS: Final = (
    _attack(
        "vpn_by_certificate",
        "A stolen key file is enough to be inside.",
        "aws:ec2clientvpn/endpoint:Endpoint",
        {"authenticationOptions": [{"type": "certificate-authentication", "rootCertificateChainArn": "arn:x"}]},
    ),
    _attack(
        "ssh_through_an_endpoint",
        "Access keys lead to SSH on every machine, without the VPN.",
        "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint",
        {"subnetId": "subnet-1"},
    ),
    _attack(
        "serial_console",
        "Access keys lead to a console past every network.",
        "aws:ec2/serialConsoleAccess:SerialConsoleAccess",
        {},
    ),
    _attack(
        "any_port_through_a_session",
        "Sessions carry the database's protocol to anybody with access keys.",
        "aws:ssm/document:Document",
        {
            "name": "tunnel",
            "documentType": "Session",
            "content": json.dumps({"schemaVersion": "1.0", "sessionType": "Port"}),
        },
    ),
    _attack(
        "file_server_on_the_internet",
        "SFTP answers everybody.",
        "aws:transfer/server:Server",
        {"protocols": ["SFTP"]},
    ),
    _attack(
        "network_of_somebody_else",
        "Another account's VPC is inside ours.",
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        {"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerOwnerId": "210987654321"},
    ),
    _attack(
        "gateway_that_takes_everybody",
        "Whoever the transit gateway is shared with attaches a network.",
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        {"autoAcceptSharedAttachments": "enable"},
    ),
    _attack(
        "verified_access_for_everybody",
        "Everybody who signs in anywhere is let in.",
        "aws:verifiedaccess/group:Group",
        {"verifiedaccessInstanceId": "vai-1", "policyDocument": "permit(principal, action, resource);"},
    ),
    _attack(
        "private_link_without_asking",
        "A listed account connects, and nobody is asked.",
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        {"acceptanceRequired": False, "allowedPrincipals": ["arn:aws:iam::210987654321:root"]},
    ),
    _attack(
        "api_into_the_vpc",
        "A public API leads to a private load balancer.",
        "aws:apigatewayv2/vpcLink:VpcLink",
        {"name": "l", "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    ),
    _attack(
        "machine_in_the_default_vpc",
        "No subnet is named, so the machine gets a public address.",
        "aws:ec2/instance:Instance",
        {"ami": "ami-1", "instanceType": "t4g.small"},
        blocked_by="no-public-ip",
        requirement="AWS-EGRESS",
    ),
    _attack(
        "group_in_the_default_vpc",
        "The machines of the group get public addresses.",
        "aws:autoscaling/group:Group",
        {"availabilityZones": ["eu-central-1a"], "minSize": 1, "maxSize": 1},
        requirement="AWS-EGRESS",
    ),
    _attack(
        "default_subnet",
        "What is launched here has a public address.",
        "aws:ec2/defaultSubnet:DefaultSubnet",
        {"availabilityZone": "eu-central-1a", "mapPublicIpOnLaunch": False},
        requirement="AWS-EGRESS",
    ),
    _attack(
        "task_with_a_public_address",
        "The container is on the Internet.",
        "aws:cloudwatch/eventTarget:EventTarget",
        {
            "arn": "arn:x",
            "rule": "r",
            "ecsTarget": {"taskDefinitionArn": "arn:y", "networkConfiguration": {"assignPublicIp": True}},
        },
        requirement="AWS-EGRESS",
    ),
    _attack(
        "search_on_the_internet",
        "The index answers from a public address.",
        "aws:opensearch/domain:Domain",
        {"domainName": "logs"},
        requirement="AWS-EGRESS",
    ),
    _attack(
        "brokers_on_the_internet",
        "Kafka has public addresses.",
        "aws:msk/cluster:Cluster",
        {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}},
        requirement="AWS-EGRESS",
    ),
    _attack(
        "machine_of_lightsail",
        "It always has a public address, and SSH open.",
        "aws:lightsail/instance:Instance",
        {"name": "i", "availabilityZone": "eu-central-1a", "blueprintId": "amazon_linux_2023", "bundleId": "nano_3_0"},
    ),
)
