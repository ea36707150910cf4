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


def _stack(name: str, why: str, *items: Item, blocked_by: str = "front-no-admin-ports") -> Attack:
    return Attack(name=name, requirement="AWS-SG", why=why, items=items, blocked_by=blocked_by)


def _balanced(port: int, target: int, attached: int | None = None) -> tuple[Item, ...]:
    """A public network load balancer and its targets."""
    forward = [{"type": "forward", "targetGroupArn": "arn:targets"}]
    attachment = {"targetGroupArn": "arn:targets", "targetId": "i-1", **({"port": attached} if attached else {})}
    return (
        Item(type="aws:lb/loadBalancer:LoadBalancer", name="nlb", props={"arn": "arn:nlb", "internal": False}),
        Item(
            type="aws:lb/listener:Listener",
            name="listener",
            props={"loadBalancerArn": "arn:nlb", "port": port, "protocol": "TCP", "defaultActions": forward},
        ),
        Item(type="aws:lb/targetGroup:TargetGroup", name="targets", props={"arn": "arn:targets", "port": target}),
        Item(type="aws:lb/targetGroupAttachment:TargetGroupAttachment", name="attachment", props=attachment),
    )


def _rule(name: str, low: int, high: int) -> Item:
    ports = {"protocol": "tcp", "fromPort": low, "toPort": high}
    props = {"type": "ingress", "securityGroupId": "sg-1", "cidrBlocks": ["10.0.0.0/8"], **ports}
    return Item(type="aws:ec2/securityGroupRule:SecurityGroupRule", name=name, props=props)


_ROUTED: Final = {"rules": [{"backendRefs": [{"name": "db", "port": 5432}]}]}

ATTACKS: Final = (
    _stack("ssh_by_a_balancer", "Everybody reaches SSH.", *_balanced(22, 22)),
    _stack("database_behind_443", "The port that listens hides the database.", *_balanced(443, 5432)),
    _stack("one_target_on_another_port", "The target group says 8080, its target 3306.", *_balanced(443, 8080, 3306)),
    _stack(
        "classic_ssh",
        "Everybody reaches SSH.",
        Item(
            type="aws:elb/loadBalancer:LoadBalancer",
            props={"listeners": [{"lbPort": 8443, "lbProtocol": "tcp", "instancePort": 22, "instanceProtocol": "tcp"}]},
        ),
    ),
    _stack(
        "accelerated_ssh",
        "The accelerator turns 443 into 22.",
        Item(
            type="aws:globalaccelerator/endpointGroup:EndpointGroup",
            props={"listenerArn": "arn:x", "portOverrides": [{"listenerPort": 443, "endpointPort": 22}]},
        ),
    ),
    _stack(
        "every_port_in_parts",
        "Two rules of half the ports each, and none of them all.",
        _rule("low", 0, 30000),
        _rule("high", 30001, 60000),
        blocked_by="sg-rules-together",
    ),
    _stack(
        "list_of_somebody_else",
        "The list holds the whole Internet tomorrow.",
        Item(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            props={
                "securityGroupId": "sg-1",
                "ipProtocol": "tcp",
                "fromPort": 8443,
                "toPort": 8443,
                "prefixListId": "pl-0123456789abcdef0",
            },
        ),
        blocked_by="sg-rules-together",
    ),
    _attack(
        "half_of_the_world_over_ipv6",
        "Two such rules are everybody.",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 8443, "toPort": 8443, "cidrIpv6": "8000::/1"},
        blocked_by="sg-public-ingress-allowlist",
        requirement="AWS-SG",
    ),
    _attack(
        "database_by_a_route",
        "The gateway leads everybody to the database.",
        "kubernetes:gateway.networking.k8s.io/v1alpha2:TCPRoute",
        {"metadata": {"name": "db", "namespace": "shop"}, "spec": _ROUTED},
        blocked_by="route-no-admin-ports",
        requirement="AWS-SG",
    ),
    _attack(
        "search_by_an_ingress",
        "Everybody reads the index.",
        "kubernetes:networking.k8s.io/v1:Ingress",
        {
            "metadata": {"name": "logs", "namespace": "shop"},
            "spec": {
                "ingressClassName": "nginx",
                "defaultBackend": {"service": {"name": "logs", "port": {"number": 9200}}},
            },
        },
        blocked_by="route-no-admin-ports",
        requirement="AWS-SG",
    ),
    _attack(
        "database_by_a_service",
        "Everybody behind the office's address gets in, without a second factor.",
        "kubernetes:core/v1:Service",
        {
            "metadata": {"name": "db", "namespace": "shop"},
            "spec": {
                "type": "LoadBalancer",
                "ports": [{"port": 443, "targetPort": 5432}],
                "loadBalancerSourceRanges": ["203.0.113.0/24"],
            },
        },
        blocked_by="service-exposure",
        requirement="AWS-SG",
    ),
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
        "Every account that shares the transit gateway can attach a network.",
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
