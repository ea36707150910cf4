"""The control plane: private, encrypted with its own key, all logs kept, upgraded one minor version at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.args import ClusterArgs
from components.cluster.firewall import Firewall
from components.cluster.roles import make_role, trust
from components.keys import EncryptionKey, EncryptionKeyArgs, log_groups
from components.refusal import refuse_creation
from policies.guidelines.eks import CONTROL_PLANE_LOGS, SECRETS, upgrade_fault

ROLE_POLICIES = (
    "AmazonEKSClusterPolicy",
    # With it the control plane removes interfaces that the CNI left behind on deleted nodes.
    "AmazonEKSVPCResourceController",
)


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """The results of `make_control_plane`."""

    cluster: aws.eks.Cluster
    secrets_key: EncryptionKey
    logs_key: EncryptionKey
    log_group: aws.cloudwatch.LogGroup


def refuse_skipped_minors(args: pulumi.ResourceHookArgs) -> None:
    """Hook before an update of the cluster, also in previews: one minor version at a time, and no downgrade.

    Raises:
        ValueError: the step is not possible; the message has a possible version.
    """
    current, wanted = _version(args.old_outputs), _version(args.new_inputs)
    if current and wanted and (fault := upgrade_fault(current, wanted)):
        raise ValueError(f"ClusterArgs.version: {fault} (INH-4)")


def _version(properties: Mapping[str, object] | None) -> str | None:
    value = (properties or {}).get("version")
    return value if isinstance(value, str) else None


def control_plane_log(name: str) -> str:
    """Name of the log group that EKS writes to."""
    return f"/aws/eks/{name}/cluster"


def control_plane_log_exists(name: str, opts: pulumi.InvokeOptions | None = None) -> bool:
    """Whether the group exists: from this stack, or created by EKS after an earlier cluster was deleted."""
    group = control_plane_log(name)
    return group in aws.cloudwatch.get_log_groups(log_group_name_prefix=group, opts=opts).log_group_names


def _log_exists(group: str) -> str:
    return (
        f"{group}: the log group exists already. EKS creates it again, without key and retention, when it delivers the"
        f" last lines of a cluster that was deleted; run `aws logs delete-log-group --log-group-name {group}` (INH-1)"
    )


def make_control_plane(name: str, args: ClusterArgs, firewall: Firewall, parent: pulumi.Resource) -> ControlPlane:
    """Make the keys, the log group, the role and, after these, the cluster."""
    opts = pulumi.ResourceOptions(parent=parent)
    context, tags = args.context, args.tags
    secrets_key = EncryptionKey(
        f"{name}-secrets",
        EncryptionKeyArgs(
            description=f"Kubernetes secrets of the cluster {name}", context=context, tags=tags, protect=args.protect
        ),
        opts,
    )
    logs_key = EncryptionKey(
        f"{name}-logs",
        EncryptionKeyArgs(
            description=f"Logs of the cluster {name}",
            context=context,
            tags=tags,
            users=[log_groups(context, *(f"/aws/{service}/{name}/" for service in ("eks", "containerinsights")))],
            protect=args.protect,
        ),
        opts,
    )
    # EKS would create this group itself, without key and retention, if it did not exist before the cluster.
    log_group_name = control_plane_log(name)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-control-plane",
        name=log_group_name,
        retention_in_days=args.log_retention_days,
        kms_key_id=logs_key.arn,
        tags=tags.named(log_group_name),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=args.protect,
            hooks=refuse_creation(f"{name}-control-plane-log", _log_exists(log_group_name))
            if args.control_plane_log_exists
            else None,
        ),
    )
    role = make_role(
        f"{name}-control-plane",
        description=f"Control plane of the cluster {name}",
        trust_policy=trust(
            "eks.amazonaws.com",
            {
                "StringEquals": {"aws:SourceAccount": context.account_id},
                "ArnLike": {"aws:SourceArn": context.arn("eks", f"cluster/{name}")},
            },
        ),
        managed=ROLE_POLICIES,
        context=context,
        tags=tags,
        parent=parent,
    )
    key_use = aws.iam.RolePolicy(
        f"{name}-control-plane-key",
        role=role.role.name,
        policy=secrets_key.arn.apply(_key_use),
        opts=opts,
    )
    cluster = aws.eks.Cluster(
        f"{name}-cluster",
        name=name,
        version=args.version,
        role_arn=role.role.arn,
        # API only: there is no aws-auth map to conflict with, and the identity that runs the program is not in the
        # graph.
        access_config=aws.eks.ClusterAccessConfigArgs(
            authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
        ),
        # The add-ons are installed through the add-on API, pinned; changing this replaces the cluster.
        bootstrap_self_managed_addons=False,
        vpc_config=aws.eks.ClusterVpcConfigArgs(
            subnet_ids=[args.control_plane_subnet_ids[zone] for zone in sorted(args.control_plane_subnet_ids)],
            security_group_ids=[firewall.api.id],
            endpoint_private_access=True,
            endpoint_public_access=bool(args.bootstrap_cidrs),
            public_access_cidrs=list(args.bootstrap_cidrs) or None,
        ),
        kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
            ip_family="ipv4", service_ipv4_cidr=args.service_cidr
        ),
        encryption_config=aws.eks.ClusterEncryptionConfigArgs(
            provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=secrets_key.arn), resources=[SECRETS]
        ),
        enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
        upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
        zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
        deletion_protection=args.deletion_protection,
        tags=tags.named(name),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=args.protect,
            depends_on=[log_group, key_use, *role.attachments],
            # The provider changes subnets and groups in place, but EKS accepts no zones beyond those at creation: so
            # the original zones stay, and a zone added later is for nodes only.
            ignore_changes=["vpcConfig.subnetIds"],
            hooks=pulumi.ResourceHookBinding(
                before_update=[
                    pulumi.ResourceHook(
                        f"{name}-one-minor-at-a-time",
                        refuse_skipped_minors,
                        pulumi.ResourceHookOptions(on_dry_run=True),
                    )
                ]
            ),
        ),
    )
    return ControlPlane(cluster=cluster, secrets_key=secrets_key, logs_key=logs_key, log_group=log_group)


def _key_use(key_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
                    "Resource": key_arn,
                }
            ],
        }
    )
