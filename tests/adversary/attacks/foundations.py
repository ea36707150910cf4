"""Attacks on networks, rights and nodes that many stacks start with."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

ROLE: Final = "aws:iam/role:Role"
RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def _attack(requirement: str, name: str, why: str, blocked_by: str, *items: Item) -> Attack:
    return Attack(name=name, requirement=requirement, why=why, items=items, blocked_by=blocked_by)


def _of(type_: str, called: str = "it", /, **props: Any) -> Item:
    return Item(type=type_, name=called, props=props)


def _trust(**statement: Any) -> Item:
    said = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", **statement}
    return _of(ROLE, assumeRolePolicy=json.dumps({"Version": "2012-10-17", "Statement": [said]}))


def _policy(**statement: Any) -> Item:
    return _of("aws:iam/policy:Policy", policy=json.dumps({"Statement": {"Effect": "Allow", **statement}}))


def _rule(**props: Any) -> Item:
    return _of(RULE, securityGroupId="sg-1", description="In", **props)


ATTACKS: Final = (
    _attack(
        "AWS-SG",
        "every_port_of_the_neighbours",
        "One pod that is taken reaches every port of all others.",
        "sg-no-all-ports-ingress",
        _rule(ipProtocol="all", referencedSecurityGroupId="sg-1"),
    ),
    _attack(
        "AWS-SG",
        "database_for_the_office",
        "An office's address is everybody's in it, and no second factor.",
        "sg-no-public-admin-ports",
        _rule(ipProtocol="6", fromPort=5432, toPort=5432, cidrIpv4="203.0.113.0/24"),
    ),
    _attack(
        "AWS-SG",
        "default_group_that_is_open",
        "What names no group is in the default one.",
        "default-sg-empty",
        _of("aws:ec2/vpc:Vpc", "vpc", id="vpc-1", cidrBlock="10.0.0.0/16"),
    ),
    _attack(
        "INH-1",
        "network_without_records",
        "Nobody can tell afterwards who talked to whom.",
        "vpc-flow-logs",
        _of("aws:ec2/vpc:Vpc", "vpc", id="vpc-1", cidrBlock="10.0.0.0/16"),
    ),
    _attack(
        "AWS-EGRESS",
        "addresses_by_the_subnet",
        "Every machine in the subnet is public by itself.",
        "subnet-no-auto-public-ip",
        _of("aws:ec2/subnet:Subnet", vpcId="vpc-1", cidrBlock="10.0.0.0/24", mapPublicIpOnLaunch="true"),
    ),
    _attack(
        "AWS-EGRESS",
        "way_out_through_a_neighbour",
        "Everything goes out by another network, past our records.",
        "peering-route-not-default",
        _of(
            "aws:ec2/routeTable:RouteTable",
            vpcId="vpc-1",
            routes=[{"ipv6CidrBlock": "::/0", "vpcPeeringConnectionId": "pcx-1"}],
        ),
    ),
    _attack(
        "AWS-EGRESS",
        "nodes_on_the_internet",
        "The nodes' subnet has a route to an internet gateway, in a table that is the VPC's main one.",
        "nodes-in-private-subnets",
        _of("aws:ec2/vpc:Vpc", "vpc", id="vpc-1", mainRouteTableId="rtb-1"),
        _of("aws:ec2/subnet:Subnet", "subnet", id="subnet-a", vpcId="vpc-1"),
        _of("aws:ec2/internetGateway:InternetGateway", "internet", id="igw-1", vpcId="vpc-1"),
        _of(
            "aws:ec2/defaultRouteTable:DefaultRouteTable",
            "table",
            id="rtb-1",
            defaultRouteTableId="rtb-1",
            routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}],
        ),
        _of("aws:eks/nodeGroup:NodeGroup", "nodes", subnetIds=["subnet-a"]),
    ),
    _attack(
        "INH-4",
        "network_rights_of_every_node",
        "Every pod that takes the node's role moves addresses of other machines.",
        "node-role-no-cni-policy",
        _of(ROLE, "role", name="nodes", arn="arn:aws:iam::123456789012:role/nodes"),
        _of(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "attachment",
            role="nodes",
            policyArn="arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        ),
        _of("aws:eks/nodeGroup:NodeGroup", "nodes", nodeRoleArn="arn:aws:iam::123456789012:role/nodes"),
    ),
    _attack(
        "INH-4",
        "network_policies_that_nobody_enforces",
        "Network policies are there, and nothing reads them.",
        "cni-network-policy-on",
        _of("aws:eks/addon:Addon", addonName="vpc-cni", clusterName="palisade"),
    ),
    _attack(
        "VPN-MFA",
        "api_only_from_outside",
        "Without an endpoint inside, everybody has to come from outside.",
        "private-endpoint-on",
        _of("aws:eks/cluster:Cluster", name="palisade", vpcConfig={"subnetIds": ["subnet-1"]}),
    ),
    _attack(
        "AWS-MFA",
        "everything_by_the_alphabet",
        "Patterns for every first letter are everything together.",
        "iam-no-admin-wildcard",
        _policy(Action=[f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"], Resource="arn:aws:*:*:*:*"),
    ),
    _attack(
        "AWS-MFA",
        "role_for_the_internet",
        "Everybody with an AWS account takes the role.",
        "iam-trust-no-star",
        _trust(Principal={"AWS": ["*"]}, Action="sts:AssumeRole"),
    ),
    _attack(
        "AWS-MFA",
        "role_for_every_repository",
        "Every repository on the Internet takes the role.",
        "iam-oidc-trust",
        _trust(
            Principal={"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
            Condition={
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"},
            },
        ),
    ),
    _attack(
        "AWS-MFA",
        "rights_at_a_user",
        "An access key has the rights without a second factor.",
        "iam-no-user-attached-policy",
        _of("aws:iam/userPolicyAttachment:UserPolicyAttachment", user="ada", policyArn="arn:aws:iam::1:policy/x"),
    ),
    _attack(
        "INH-4",
        "role_of_whatever_comes",
        "Every kind that is installed later is in the role by itself.",
        "rbac-no-wildcards",
        _of(
            "kubernetes:rbac.authorization.k8s.io/v1:Role",
            metadata={"name": "web", "namespace": "shop"},
            rules=[{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}],
        ),
    ),
    _attack(
        "INH-4",
        "pod_that_is_called_a_config_map",
        "Policies look at the type, the API server at the kind.",
        "kind-as-typed",
        _of("kubernetes:core/v1:ConfigMap", apiVersion="v1", kind="Pod", metadata={"name": "web"}),
    ),
    _attack(
        "INH-4",
        "key_for_ever",
        "Anybody who ever had the key can read what it encrypted.",
        "kms-rotation",
        _of("aws:kms/key:Key", enableKeyRotation="false"),
    ),
    _attack(
        "AWS-S3",
        "bucket_over_plain_http",
        "Who listens on the way reads the objects.",
        "s3-tls-only",
        _of(
            "aws:s3/bucketPolicy:BucketPolicy",
            bucket="web",
            policy=json.dumps(
                {
                    "Statement": {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::web/*",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                }
            ),
        ),
    ),
    _attack(
        "TLS-CFG",
        "rule_beside_the_redirect",
        "The listener redirects to HTTPS, but one of its rules does not.",
        "listener-rules-redirect",
        _of(
            "aws:lb/listener:Listener",
            "listener",
            arn="listener-1",
            port=80,
            protocol="HTTP",
            defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
        ),
        _of(
            "aws:lb/listenerRule:ListenerRule",
            "rule",
            listenerArn="listener-1",
            actions=[{"type": "forward", "targetGroupArn": "t"}],
            conditions=[{"pathPattern": {"values": ["/login"]}}],
        ),
    ),
)
