"""EKS add-ons, pinned: those that nodes need in order to join, and those that need nodes (INH-1, INH-2, INH-4).

An add-on that calls AWS uses a role of its own, which Pod Identity grants to exactly its service account. CoreDNS,
kube-proxy, metrics-server and the Pod Identity agent make no AWS calls and have no role.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.cluster.args import ClusterArgs
from components.cluster.roles import make_role, pod_identity_trust
from policies.guidelines.eks import ADDON_VERSIONS, AddonName


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The AWS rights of an add-on's service account."""

    namespace: str
    service_account: str
    policies: Sequence[str]
    """AWS's managed policies, by the part of their ARN after `policy/`."""
    existing_log_groups: str | None = None
    """Prefix of log groups that the program creates, before the cluster's name: the role may not create them again."""


@dataclass(frozen=True, kw_only=True)
class Addon:
    """An add-on."""

    configuration: Mapping[str, Any] = field(default_factory=dict)
    """As the add-on's own schema wants it."""
    identity: Identity | None = None


SPREAD: Final = [
    {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
]

BEFORE_NODES: Final[Mapping[AddonName, Addon]] = {
    "eks-pod-identity-agent": Addon(),
    "kube-proxy": Addon(),
    "vpc-cni": Addon(
        # Strings, because its schema requires them.
        configuration={"enableNetworkPolicy": "true", "nodeAgent": {"enablePolicyEventLogs": "true"}},
        identity=Identity(namespace="kube-system", service_account="aws-node", policies=["AmazonEKS_CNI_Policy"]),
    ),
}
"""A node without these never becomes ready, so they stand first and go last."""

AFTER_NODES: Final[Mapping[AddonName, Addon]] = {
    "amazon-cloudwatch-observability": Addon(
        # The agent's own default, since 5.0.0, injects init containers and variables into every workload behind a
        # Service (helm-charts 71a298f, values.yaml and manager.modify-auto-monitor-config of _helpers.tpl, read
        # 2026-11-28). The chart's `applicationSignals.enabled` is left alone: no document of AWS says that the
        # add-on's schema takes it, and without instrumented workloads nothing is sent.
        configuration={
            "containerLogs": {"enabled": True},
            "manager": {"applicationSignals": {"autoMonitor": {"monitorAllServices": False}}},
        },
        identity=Identity(
            namespace="amazon-cloudwatch",
            service_account="cloudwatch-agent",
            policies=["CloudWatchAgentServerPolicy"],
            # The groups exist. A pod that ends after the deletion of its group would create it again, without key and
            # retention. Agent (pusher/target.go) and fluent-bit (cloudwatch_api.c) create the stream first, and a group
            # only if that fails.
            existing_log_groups="/aws/containerinsights/",
        ),
    ),
    "aws-ebs-csi-driver": Addon(
        identity=Identity(
            namespace="kube-system",
            service_account="ebs-csi-controller-sa",
            policies=["service-role/AmazonEBSCSIDriverPolicy"],
        ),
    ),
    "coredns": Addon(configuration={"replicaCount": 2, "topologySpreadConstraints": SPREAD}),
    "metrics-server": Addon(configuration={"replicas": 2}),
}
"""These run as pods that need a node to become healthy."""

CONTAINER_LOGS: Final = ("application", "dataplane", "host", "performance")
"""What the CloudWatch add-on writes to: /aws/containerinsights/<cluster>/<one of these>."""


def after_nodes(*, application_signals: bool) -> Mapping[AddonName, Addon]:
    """`AFTER_NODES`, with all workloads instrumented for Application Signals if that is enabled."""
    if not application_signals:
        return AFTER_NODES
    monitoring = AFTER_NODES["amazon-cloudwatch-observability"]
    signals = {"applicationSignals": {"autoMonitor": {"monitorAllServices": True}}}
    instrumented = replace(monitoring, configuration={**monitoring.configuration, "manager": signals})
    return {**AFTER_NODES, "amazon-cloudwatch-observability": instrumented}


def make_addons(
    name: str,
    addons: Mapping[AddonName, Addon],
    args: ClusterArgs,
    *,
    cluster: aws.eks.Cluster,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> dict[AddonName, aws.eks.Addon]:
    """Make the add-ons and their roles; the roles at once, the add-ons after `after`."""
    made: dict[AddonName, aws.eks.Addon] = {}
    for addon_name, addon in addons.items():
        child = f"{name}-{addon_name}"
        associations: list[aws.eks.AddonPodIdentityAssociationArgs] = []
        attachments: tuple[pulumi.Resource, ...] = ()
        if addon.identity:
            role = make_role(
                child,
                description=f"Add-on {addon_name} of the cluster {name}",
                trust_policy=pod_identity_trust(
                    args.context, name, addon.identity.namespace, addon.identity.service_account
                ),
                managed=addon.identity.policies,
                context=args.context,
                tags=args.tags,
                parent=parent,
            )
            attachments = role.attachments
            if addon.identity.existing_log_groups:
                groups = args.context.arn("logs", f"log-group:{addon.identity.existing_log_groups}{name}/*")
                deny = [
                    {"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": groups},
                    # The AWS policy allows it on every group, including those of the trail and the flow logs.
                    {"Effect": "Deny", "Action": "logs:PutRetentionPolicy", "Resource": "*"},
                ]
                policy = aws.iam.RolePolicy(
                    f"{child}-no-new-log-groups",
                    role=role.role.name,
                    policy=json.dumps({"Version": "2012-10-17", "Statement": deny}),
                    opts=pulumi.ResourceOptions(parent=parent),
                )
                attachments = (*attachments, policy)
            associations.append(
                aws.eks.AddonPodIdentityAssociationArgs(
                    role_arn=role.role.arn, service_account=addon.identity.service_account
                )
            )
        made[addon_name] = aws.eks.Addon(
            child,
            cluster_name=cluster.name,
            addon_name=addon_name,
            addon_version=ADDON_VERSIONS[args.version][addon_name],
            # Also `{}`: if omitted, EKS would keep the values of an earlier version of this table.
            configuration_values=json.dumps(addon.configuration, sort_keys=True),
            pod_identity_associations=associations or None,
            # This table decides: the next update reverts a manual change in the cluster.
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=args.tags.named(child),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[*attachments, *after]),
        )
    return made


def make_container_log_groups(
    name: str, args: ClusterArgs, key_arn: pulumi.Input[str], parent: pulumi.Resource
) -> dict[str, aws.cloudwatch.LogGroup]:
    """The groups that the CloudWatch add-on would create itself, without key and retention, if they did not exist."""
    return {
        kind: aws.cloudwatch.LogGroup(
            f"{name}-{kind}",
            name=f"/aws/containerinsights/{name}/{kind}",
            retention_in_days=args.log_retention_days,
            kms_key_id=key_arn,
            tags=args.tags.named(f"/aws/containerinsights/{name}/{kind}"),
            opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
        )
        for kind in CONTAINER_LOGS
    }
