"""Node groups: private, without SSH keys, replaced one node at a time (INH-4, AWS-EGRESS, SSH-USER)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.args import ClusterArgs
from components.cluster.firewall import Firewall
from components.cluster.node_group_args import NodeGroup
from components.cluster.node_needs import MANAGED_POLICIES, node_policy
from components.cluster.roles import MadeRole, make_role, trust
from components.instance_types import architecture
from components.launch import metadata_options, tag_specifications
from policies.guidelines.eks import AMI_TYPES

MINUTES_PER_NODE = 15
"""A drained node may keep its pods so long before EKS gives up on it."""
LEAST_UPDATE_MINUTES = 60


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The results of `make_nodes`."""

    role: aws.iam.Role
    groups: dict[str, aws.eks.NodeGroup]
    """By the group's name."""


def make_node_role(name: str, args: ClusterArgs, parent: pulumi.Resource) -> MadeRole:
    """The role of every node, with the policies it needs to boot attached.

    The CNI's policy is not attached: the CNI has a role of its own, which pods cannot use through the node.
    """
    made = make_role(
        f"{name}-nodes",
        description=f"Nodes of the cluster {name}",
        trust_policy=trust("ec2.amazonaws.com", None),
        managed=MANAGED_POLICIES,
        context=args.context,
        tags=args.tags,
        parent=parent,
    )
    calls = aws.iam.RolePolicy(
        f"{name}-nodes-calls",
        role=made.role.name,
        policy=node_policy({group.image for group in args.node_groups}, args.context, name),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return MadeRole(role=made.role, attachments=(*made.attachments, calls))


def make_nodes(
    name: str,
    args: ClusterArgs,
    *,
    cluster: aws.eks.Cluster,
    firewall: Firewall,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> Nodes:
    """Make the role, the launch templates and, after the resources that nodes need to become ready, the groups."""
    role = make_node_role(name, args, parent)
    groups = {}
    for group in args.node_groups:
        template = _make_template(f"{name}-{group.name}", args, group, firewall, parent)
        groups[group.name] = aws.eks.NodeGroup(
            f"{name}-{group.name}",
            cluster_name=cluster.name,
            node_role_arn=role.role.arn,
            subnet_ids=[args.node_subnet_ids[zone] for zone in sorted(group.zones or args.node_subnet_ids)],
            ami_type=AMI_TYPES[group.image, architecture(group.instance_types[0])],
            capacity_type=group.capacity,
            # Also for a single type here, never in the launch template: EKS refuses both at once, and omitting it here
            # would keep the old types (the attribute is Optional and Computed).
            instance_types=list(group.instance_types),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            # The cluster's reported version, not the argument: nodes are upgraded after the control plane.
            version=cluster.version,
            release_version=group.release,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=group.min_size, max_size=group.max_size, desired_size=group.desired_size
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1, update_strategy="DEFAULT"),
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True, max_parallel_nodes_repaired_count=1),
            # False: a pod disruption budget stops an update instead of being violated.
            force_update_version=False,
            labels=dict(group.labels),
            taints=[
                aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value or None, effect=taint.effect)
                for taint in group.taints
            ],
            tags=args.tags.named(f"{name}-{group.name}"),
            opts=pulumi.ResourceOptions(
                parent=parent,
                depends_on=[*role.attachments, *after],
                ignore_changes=["scalingConfig.desiredSize"] if group.autoscaled else None,
                custom_timeouts=pulumi.CustomTimeouts(
                    update=f"{max(LEAST_UPDATE_MINUTES, MINUTES_PER_NODE * group.max_size)}m"
                ),
            ),
        )
    return Nodes(role=role.role, groups=groups)


def _make_template(
    name: str, args: ClusterArgs, group: NodeGroup, firewall: Firewall, parent: pulumi.Resource
) -> aws.ec2.LaunchTemplate:
    tags = args.tags.named(name)
    return aws.ec2.LaunchTemplate(
        name,
        description=f"Nodes of group {group.name}",
        vpc_security_group_ids=[firewall.nodes.id],
        block_device_mappings=_volumes(group),
        metadata_options=metadata_options(),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        tag_specifications=tag_specifications(tags),
        update_default_version=True,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _volumes(group: NodeGroup) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgs]:
    """AL2023 has one volume; Bottlerocket one for the system, as large as its image, and one for images and pods."""
    sizes: dict[str, int | None] = {"/dev/xvda": group.disk_gib}
    if group.image == "BOTTLEROCKET":
        # AWS starts no node whose volume is smaller than its snapshot, and Bottlerocket's grows over time.
        sizes = {"/dev/xvda": None, "/dev/xvdb": group.disk_gib}
    return [
        aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
            device_name=device,
            ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                volume_type="gp3", volume_size=size, encrypted="true", delete_on_termination="true"
            ),
        )
        for device, size in sizes.items()
    ]
