"""A private EKS cluster with nodes, add-ons and people (INH-1..4, AWS-SG, AWS-EGRESS, VPN-MFA)."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.cluster.access import make_access
from components.cluster.addons import BEFORE_NODES, after_nodes, make_addons, make_container_log_groups
from components.cluster.args import ClusterArgs
from components.cluster.capacity import shortages
from components.cluster.control_plane import make_control_plane
from components.cluster.firewall import API_PORT, make_firewall
from components.cluster.kubeconfig import kubeconfig
from components.cluster.nodes import make_nodes
from components.security_group_rules import RuleMaker


class Cluster(pulumi.ComponentResource):
    """An EKS cluster, reachable from its nodes and named security groups only. The cluster has the component's name.

        cluster = Cluster("palisade", ClusterArgs(
            context=context, tags=tags, people=people,
            vpc_id=network.vpc_id, vpc_cidr=network.vpc_cidr,
            control_plane_subnet_ids=network.intra_subnet_ids,
            node_subnet_ids=network.private_subnet_ids, node_subnet_cidrs=network.private_subnet_cidrs,
            nodes_after=network.ways_out,
        ))
        cluster.allow_api_from("bastion", bastion.security_group_id)

    Creation order, reversed on deletion: keys, log group and role; control plane; CNI, kube-proxy and Pod Identity
    agent (with the access entries in parallel); node groups; the other add-ons. Kubernetes objects must depend on this
    component (`depends_on=[cluster]`), so that they, and their load balancers, are deleted while nodes, CNI and their
    owner's access entry still exist.

    What cannot happen, and where it is prevented:

    1. Nodes before the CNI: `nodes.py` waits for BEFORE_NODES.
    2. Orphaned interfaces and load balancers: nodes are deleted before the CNI that cleans up after them, the control
       plane keeps AmazonEKSVPCResourceController until it is deleted, and Kubernetes objects depend on the cluster.
    3. An obscure error when the private API is out of reach: `Foundation.kubeconfig` reports how to reach it, also in
       previews.
    4. A stale Kubernetes provider: `kubeconfig` contains no token, and depends on nothing that changes; with
       `oidc_issuer` as its `cluster_identifier`, a provider keeps the cluster's content when the kubeconfig changes.
    5. Rights of the cluster's creator: the identity that runs the program is not in the graph; `access.py` uses the
       lists of people and automation only.
    6. Conflicts over aws-auth: the authentication mode is API.
    7. All nodes replaced at once: `nodes.py` names the template's latest version and lets one node be unavailable.
    8. A replaced cluster: the original subnets stay, the groups change in place, everything else is protected.

    Raises:
        ArgumentError: arguments are not allowed (see ClusterArgs.faults).
        ValueError: in a hook, before an update that skips a minor version.
    """

    name: str
    """Name of the EKS cluster."""
    cluster: aws.eks.Cluster
    """The EKS cluster itself."""
    endpoint: pulumi.Output[str]
    """URL of the private Kubernetes API."""
    certificate_authority_data: pulumi.Output[str]
    """Base64 PEM."""
    security_group_id: pulumi.Output[str]
    """The group that EKS makes. Nodes are not in it (see firewall.py): refer to the next two instead."""
    api_security_group_id: pulumi.Output[str]
    """On the control plane's interfaces."""
    node_security_group_id: pulumi.Output[str]
    """On every node, and so on every pod."""
    node_role_arn: pulumi.Output[str]
    """Role of every node."""
    node_groups: dict[str, aws.eks.NodeGroup]
    """Name -> managed node group."""
    autoscaling_group_names: dict[str, pulumi.Output[str]]
    """Node group -> its Auto Scaling group, for load balancers' target groups."""
    oidc_provider_arn: pulumi.Output[str]
    """IAM's provider for roles of service accounts."""
    oidc_issuer: pulumi.Output[str]
    """Without https://, as in the condition keys of trust policies. It also identifies this one cluster: a new cluster
    with the same name has another issuer."""
    kubeconfig: pulumi.Output[str]
    """Without a secret: the AWS CLI fetches a token for the current user."""
    key_arn: pulumi.Output[str]
    """Encrypts Kubernetes secrets."""
    logs_key_arn: pulumi.Output[str]
    """Encrypts log groups under /aws/."""
    audit_log_group_name: pulumi.Output[str]
    """All five control-plane logs."""
    container_log_group_names: dict[str, pulumi.Output[str]]
    """application, dataplane, host, performance -> log group."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:cluster:Cluster", name, None, opts)
        self.name, self._args = name, args
        for shortage in shortages(args.node_groups, args.node_subnet_cidrs):
            pulumi.log.warn(shortage, self)

        firewall = make_firewall(
            name,
            tags=args.tags,
            vpc_id=args.vpc_id,
            pod_ports=args.pod_ports,
            egress_ports=args.egress_ports,
            parent=self,
        )
        self._rule = RuleMaker(prefix=name, tags=args.tags, opts=pulumi.ResourceOptions(parent=self))
        self.api_security_group_id, self.node_security_group_id = firewall.api.id, firewall.nodes.id
        plane = make_control_plane(name, args, firewall, self)
        self._describe(plane.cluster)
        self.key_arn, self.logs_key_arn = plane.secrets_key.arn, plane.logs_key.arn
        self.audit_log_group_name = plane.log_group.name

        make_access(
            name,
            cluster=plane.cluster,
            people=args.people,
            automation=args.automation,
            operator_namespaces=args.operator_namespaces,
            context=args.context,
            tags=args.tags,
            parent=self,
        )
        for group in sorted({one.runner_security_group_id or "" for one in args.automation} - {""}):
            self.allow_api_from(f"runner-{group}", group)
        before = make_addons(name, BEFORE_NODES, args, cluster=plane.cluster, after=(), parent=self)
        nodes = make_nodes(
            name,
            args,
            cluster=plane.cluster,
            firewall=firewall,
            after=[*before.values(), *firewall.rules, *args.nodes_after],
            parent=self,
        )
        self.node_role_arn, self.node_groups = nodes.role.arn, nodes.groups
        self.autoscaling_group_names = {
            group: made.resources.apply(lambda resources: resources[0]["autoscaling_groups"][0]["name"])
            for group, made in nodes.groups.items()
        }
        logs = make_container_log_groups(name, args, plane.logs_key.arn, self)
        self.container_log_group_names = {kind: group.name for kind, group in logs.items()}
        hosts = [nodes.groups[group.name] for group in args.node_groups if group.takes_anything and group.min_size]
        make_addons(
            name,
            after_nodes(application_signals=args.application_signals),
            args,
            cluster=plane.cluster,
            after=[*hosts, *logs.values()],
            parent=self,
        )
        self.register_outputs(
            {
                "name": self.name,
                "endpoint": self.endpoint,
                "certificateAuthorityData": self.certificate_authority_data,
                "securityGroupId": self.security_group_id,
                "apiSecurityGroupId": self.api_security_group_id,
                "nodeSecurityGroupId": self.node_security_group_id,
                "nodeRoleArn": self.node_role_arn,
                "autoscalingGroupNames": self.autoscaling_group_names,
                "oidcProviderArn": self.oidc_provider_arn,
                "oidcIssuer": self.oidc_issuer,
                "kubeconfig": self.kubeconfig,
                "keyArn": self.key_arn,
                "logsKeyArn": self.logs_key_arn,
                "auditLogGroupName": self.audit_log_group_name,
                "containerLogGroupNames": self.container_log_group_names,
            }
        )

    def _describe(self, cluster: aws.eks.Cluster) -> None:
        """Set the outputs of the control plane, and register its token issuer in IAM."""
        self.cluster = cluster
        self.endpoint = cluster.endpoint
        self.certificate_authority_data = cluster.certificate_authority.apply(lambda authority: authority["data"])
        self.security_group_id = cluster.vpc_config.apply(lambda config: config["cluster_security_group_id"])
        issuer = cluster.identities.apply(lambda identities: identities[0]["oidcs"][0]["issuer"])
        self.oidc_issuer = issuer.apply(lambda url: url.removeprefix("https://"))
        # For the few clients without Pod Identity support.
        self.oidc_provider_arn = aws.iam.OpenIdConnectProvider(
            f"{self.name}-oidc",
            url=issuer,
            client_id_lists=["sts.amazonaws.com"],
            tags=self._args.tags.named(f"{self.name}-oidc"),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
        self.kubeconfig = pulumi.Output.all(self.endpoint, self.certificate_authority_data).apply(
            lambda known: kubeconfig(self.name, self._args.context.region, *known)
        )

    def allow_api_from(self, name: str, security_group_id: pulumi.Input[str]) -> pulumi.Resource:
        """Let the members of a group reach the Kubernetes API; their owner opens their outbound rule."""
        return self._rule.into(
            f"{name}-api",
            source=security_group_id,
            target=self.api_security_group_id,
            port=API_PORT,
            description=f"{name}: the Kubernetes API",
        )
