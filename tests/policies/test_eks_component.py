"""The component of the eks package is judged by what it makes: the resources of a recorded preview of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from policies.kernel import ledger
from policies.kernel.cases import UNKNOWN, Item
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from tests.support.policies.sdk_harness import outcome

CLUSTER = "cluster-eksCluster-8062506"
PARENT = "urn:pulumi:dev::shop::eks:index:Cluster"
BLOCKING = (
    "all-control-plane-logs",
    "authentication-mode-api",
    "cni-network-policy-on",
    "creator-admin-off",
    "deletion-protection-in-production",
    "no-aws-auth-config-map",
    "no-public-ip",
    "node-role-no-cni-policy",
    "nodes-in-private-subnets",
    "private-endpoint-on",
    "public-endpoint-off-or-narrow",
    "secrets-customer-key",
    "sg-no-all-ports-ingress",
    "supported-version",
    "volumes-encrypted",
)
"""What the component's defaults break."""


def made(type_: str, called: str, on: Mapping[str, Sequence[str]] | None = None, **props: Any) -> Item:
    return Item(type=type_, props=props, name=called, urn=f"{PARENT}${type_}::{called}", depends_on=on or {})


COMPONENT = (
    Item(type="eks:index:Cluster", props={}, name="cluster", urn=f"{PARENT}::cluster", component=True),
    made("aws:ec2/subnet:Subnet", "public", vpcId="vpc-1", mapPublicIpOnLaunch=True),
    made("aws:iam/role:Role", "instanceRole", name="nodes", assumeRolePolicy=json.dumps({"Statement": []})),
    made(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "cni",
        {"role": ["instanceRole"]},
        policyArn="arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        role=UNKNOWN,
    ),
    made("aws:iam/instanceProfile:InstanceProfile", "profile", {"role": ["instanceRole"]}, role=UNKNOWN, path="/"),
    made(
        "aws:eks/cluster:Cluster",
        "eksCluster",
        bootstrapSelfManagedAddons=True,
        name=CLUSTER,
        roleArn=UNKNOWN,
        vpcConfig={
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            "securityGroupIds": [UNKNOWN],
            "subnetIds": UNKNOWN,
        },
    ),
    made(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "nodeIngress",
        type="ingress",
        description="Allow nodes to communicate with each other",
        protocol="-1",
        fromPort=0,
        toPort=0,
        self=True,
        securityGroupId=UNKNOWN,
    ),
    made(
        "kubernetes:core/v1:ConfigMap",
        "nodeAccess",
        apiVersion="v1",
        kind="ConfigMap",
        metadata={"name": "aws-auth", "namespace": "kube-system"},
        data={"mapRoles": UNKNOWN},
    ),
    made(
        "aws:eks/addon:Addon",
        "vpc-cni",
        addonName="vpc-cni",
        addonVersion=UNKNOWN,
        clusterName=CLUSTER,
        configurationValues=json.dumps({"env": {"ENABLE_POD_ENI": "false"}}),
    ),
    made(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "launchTemplate",
        blockDeviceMappings=[],
        imageId=UNKNOWN,
        instanceType="t3.micro",
        networkInterfaces=[{"associatePublicIpAddress": "true", "securityGroups": UNKNOWN}],
        userData=UNKNOWN,
    ),
    made(
        "aws:autoscaling/group:Group",
        "group",
        {"vpcZoneIdentifiers": ["public"]},
        tags=[{"key": f"kubernetes.io/cluster/{CLUSTER}", "propagateAtLaunch": True, "value": "owned"}],
        vpcZoneIdentifiers=UNKNOWN,
    ),
)


def test_every_default_that_breaks_a_rule_is_blocked_in_a_first_preview() -> None:
    ledger.RUN.clear()
    blocking = set()
    for policy in POLICIES:
        if policy.level is ADVISORY:
            continue
        judged = [COMPONENT] if policy.stack_rule else [(one,) for one in COMPONENT if one.type in policy.types]
        if any(outcome(policy, items).violations for items in judged):
            blocking.add(policy.id)
    # What is repaired is not listed, and the subnet is the caller's.
    assert blocking - {"imdsv2-required", "metadata-hop-limit", "subnet-no-auto-public-ip"} == set(BLOCKING)
