"""A node's AWS calls with its own role, and the policy that allows exactly these (INH-4).

AWS's `AmazonEKSWorkerNodePolicy` allows nine more actions, on every resource: those of the in-tree cloud provider of
kubelet, which Kubernetes removed in 1.27. The CNI, the storage driver and the CloudWatch agent have roles of their own.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from components.context import AwsContext
from policies.guidelines.eks import NodeImage

MANAGED_POLICIES: Final = (
    # The Pod Identity agent calls eks-auth:AssumeRoleForPodIdentity for the pods of its node.
    "AmazonEKSWorkerNodeMinimalPolicy",
    # kubelet's ecr-credential-provider: EKS's add-on images are in ECR.
    "AmazonEC2ContainerRegistryPullOnly",
    # Sessions through SSM are the only login to a node.
    "AmazonSSMManagedInstanceCore",
)
NEVER: Final = ("ssm:GetParameter", "ssm:GetParameters")
"""AmazonSSMManagedInstanceCore allows them on every parameter of the account, secret ones included. Sessions call
neither (aws/amazon-ssm-agent, and SSM's guide, "Additional policy considerations for managed instances")."""


@dataclass(frozen=True, kw_only=True)
class NodeCall:
    """An action that no policy in `MANAGED_POLICIES` allows."""

    action: str
    images: frozenset[NodeImage]
    """The images that call it."""
    own_cluster_only: bool = False
    """Whether the action can be limited to the cluster; EC2's Describe actions take no resource."""
    caller: str
    """Who calls it, and what happens without it."""
    source: str
    """Read 2026-11-28."""


NODE_CALLS: Final = (
    NodeCall(
        action="ec2:DescribeInstances",
        images=frozenset({"AL2023"}),
        caller="nodeadm init: the node's name is its private DNS name; it waits ten minutes and fails, no node joins",
        source="awslabs/amazon-eks-ami 81fec2e nodeadm/internal/api/status.go, getPrivateDNSName",
    ),
    NodeCall(
        action="ec2:DescribeInstances",
        images=frozenset({"BOTTLEROCKET"}),
        caller="pluto: the default hostname-override-source is private-dns-name; it fails, and the boot with it",
        source="bottlerocket-os/bottlerocket-core-kit a10182f sources/api/pluto/src/main.rs, generate_node_name;"
        " bottlerocket 91632ff sources/shared-defaults/kubernetes-aws-external-cloud-provider.toml",
    ),
    NodeCall(
        action="ec2:DescribeInstanceTypes",
        images=frozenset({"AL2023"}),
        caller="nodeadm, for instance types newer than the image: else 110 pods, more than the node has addresses for",
        source="awslabs/amazon-eks-ami 81fec2e nodeadm/internal/kubelet/config.go, withDefaultReservedResources",
    ),
    NodeCall(
        action="eks:DescribeCluster",
        images=frozenset({"BOTTLEROCKET"}),
        own_cluster_only=True,
        caller="pluto, for the address of the cluster's DNS: else a guess that is wrong outside of 10.0.0.0/8",
        source="bottlerocket-os/bottlerocket-core-kit a10182f sources/api/pluto/src/main.rs, generate_cluster_dns_ip",
    ),
)


def node_policy(images: Collection[NodeImage], context: AwsContext, cluster: str) -> str:
    """The policy, as JSON, for nodes of these images in addition to `MANAGED_POLICIES`; it denies `NEVER`."""
    needed = [call for call in NODE_CALLS if call.images & {*images}]
    resources = {False: "*", True: context.arn("eks", f"cluster/{cluster}")}
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}
        for own, resource in resources.items()
        if (actions := {call.action for call in needed if call.own_cluster_only is own})
    ]
    statements.append({"Effect": "Deny", "Action": [*NEVER], "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
