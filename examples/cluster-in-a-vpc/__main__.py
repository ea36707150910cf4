"""A hardened EKS cluster in a VPC that is already there."""

from __future__ import annotations

import pulumi

from components.cluster import Cluster, ClusterArgs, NodeGroup
from components.context import AwsContext
from components.people import Person
from components.tags import Tags

config = pulumi.Config()
nodes = config.require_object("nodeSubnets")
protect = config.get_bool("protect") is not False

cluster = Cluster(
    config.require("name"),
    ClusterArgs(
        context=AwsContext.current(),
        tags=Tags(owner=config.require("owner"), environment=config.require("environment"), stack=pulumi.get_stack()),
        people=[Person(**person) for person in config.require_object("people")],
        vpc_id=config.require("vpcId"),
        vpc_cidr=config.require("vpcCidr"),
        control_plane_subnet_ids=config.require_object("controlPlaneSubnets"),
        node_subnet_ids={zone: subnet["id"] for zone, subnet in nodes.items()},
        node_subnet_cidrs={zone: subnet["cidr"] for zone, subnet in nodes.items()},
        node_groups=[NodeGroup(name="general", min_size=2, desired_size=2, max_size=4)],
        deletion_protection=protect,
        protect=protect,
    ),
)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("apiSecurityGroup", cluster.api_security_group_id)
pulumi.export("nodeSecurityGroup", cluster.node_security_group_id)
pulumi.export("autoscalingGroups", cluster.autoscaling_group_names)
