"""The instance: a launch template, and an auto-scaling group of one that heals it (VPN-MFA, AWS-EGRESS, SSH-USER)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.bastion.args import VpnBastionArgs
from components.bastion.firewall import ROLE_TAG
from components.bastion.images import IMAGES
from components.instance_types import architecture
from components.launch import metadata_options, tag_specifications

ROOT_DEVICE: Final = "/dev/sda1"
"""Of Ubuntu's images."""
DISK_GIB: Final = 16
GRACE_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True)
class MachineArgs:
    """Inputs of the instance."""

    profile: aws.iam.InstanceProfile
    security_group_id: pulumi.Input[str]
    user_data: pulumi.Output[str]
    """Base64."""
    after: Sequence[pulumi.Resource]
    """What it needs at its first boot."""


def make_machine(name: str, args: VpnBastionArgs, machine: MachineArgs, parent: pulumi.Resource) -> None:
    """Make the template and the group.

    A change of the template replaces the instance at the next `pulumi up`, which ends the sessions for the few minutes
    that the new instance takes to start. The old instance goes first: two at once would compete for the address.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    tags = args.tags.named(name, **ROLE_TAG)
    template = aws.ec2.LaunchTemplate(
        f"{name}-instance",
        description=f"VPN bastion {name}",
        image_id=IMAGES[args.image].ami(architecture(args.instance_type)),
        instance_type=args.instance_type,
        user_data=machine.user_data,
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=machine.profile.arn),
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                # Until it has installed what it needs to attach its own address, which then replaces this address.
                associate_public_ip_address="true",
                security_groups=[machine.security_group_id],
                delete_on_termination="true",
            )
        ],
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=ROOT_DEVICE,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3", volume_size=DISK_GIB, encrypted="true", delete_on_termination="true"
                ),
            )
        ],
        metadata_options=metadata_options(),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        tag_specifications=tag_specifications(tags),
        update_default_version=True,
        tags=tags,
        opts=opts,
    )
    aws.autoscaling.Group(
        f"{name}-instance",
        min_size=1,
        max_size=1,
        desired_capacity=1,
        vpc_zone_identifiers=[args.public_subnet_ids[zone] for zone in sorted(args.public_subnet_ids)],
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            id=template.id, version=template.latest_version.apply(str)
        ),
        health_check_type="EC2",
        health_check_grace_period=GRACE_SECONDS,
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(min_healthy_percentage=0),
        ),
        tags=[
            # The template tags the instance.
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
            for key, value in sorted(tags.items())
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*machine.after]),
    )
