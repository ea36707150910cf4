"""The program: settings -> components -> exports, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.account import Account, own_users, trail_bucket_exists, user_without_mfa
from components.alarms import AlarmTopic
from components.baseline import Baseline
from components.bastion import VpnBastion, egress_domains
from components.certificate import PublicCertificate
from components.cluster import Cluster, architectures, control_plane_log_exists, reachable
from components.context import AwsContext
from components.deis import Deis, deis_domains, slug_bucket, storage_hosts
from components.network import Network
from components.observability import Observability, ObservabilityArgs
from components.settings import Settings, load_stack
from components.tags import Tags


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What stands after the first stage."""

    context: AwsContext
    tags: Tags
    network: Network
    cluster: Cluster
    bastion: VpnBastion
    topic: AlarmTopic


def foundation(settings: Settings) -> Foundation:
    """Account, network, cluster, VPN and alarms: only AWS's APIs, so it works from anywhere."""
    name, people = settings.name, [person.to_args() for person in settings.people]
    context = AwsContext.current()
    tags = settings.tags_to_args(pulumi.get_stack())
    production = settings.environment == "production"
    administrators = [person.email for person in people if person.role == "admin"]
    topic = AlarmTopic(
        f"{name}-alarms",
        settings.alerts.to_args(administrators, context=context, tags=tags, protect=settings.protect_data),
    )
    if settings.account.manage:
        caller = aws.get_caller_identity().arn
        account = Account(
            f"{name}-account",
            settings.account.to_args(
                slug_bucket(f"{name}-deis", context),
                context=context,
                tags=tags,
                topic_arn=topic.arn,
                users=own_users([person.iam_principal for person in people], context),
                locked_out_user=user_without_mfa(caller, has_mfa=settings.account.deployer_has_mfa),
                trail_bucket_exists=trail_bucket_exists(f"{name}-account", context),
                protect=settings.protect_data,
            ),
        )
        pulumi.export("trailBucketPolicy", account.trail_bucket_policy)
        pulumi.export("retained", account.retained)
    mfa = settings.vpn.mfa_to_args(settings.duo_secret_key)
    network = Network(
        f"{name}-net",
        settings.network.to_args(
            *egress_domains(mfa),
            *_deis_domains(settings, context),
            context=context,
            tags=tags,
            protect=settings.protect_data,
        ),
    )
    cluster = Cluster(
        name,
        settings.cluster.to_args(
            context=context,
            tags=tags,
            people=people,
            automation=[principal.to_args() for principal in settings.automation],
            vpc_id=network.vpc_id,
            vpc_cidr=network.vpc_cidr,
            control_plane_subnet_ids=network.intra_subnet_ids,
            node_subnet_ids=network.private_subnet_ids,
            node_subnet_cidrs=network.private_subnet_cidrs,
            nodes_after=network.ways_out,
            control_plane_log_exists=control_plane_log_exists(name),
            deletion_protection=production and settings.protect_data,
            protect=production and settings.protect_data,
        ),
    )
    internal_deis = settings.deis is not None and settings.deis.is_internal
    bastion = VpnBastion(
        f"{name}-vpn",
        settings.vpn.to_args(
            context=context,
            tags=tags,
            people=people,
            vpc_id=network.vpc_id,
            public_subnet_ids=network.public_subnet_ids,
            private_cidrs=[*network.private_subnet_cidrs.values(), *network.intra_subnet_cidrs.values()],
            client_ports={443: "the Kubernetes API"} | ({2222: "git push"} if internal_deis else {}),
            resolver=network.resolver_ip,
            mfa=mfa,
            api_security_group_ids={name: cluster.api_security_group_id},
            topic_arn=topic.arn,
            protect=settings.protect_data,
        ),
    )
    observability = Observability(
        f"{name}-observability",
        ObservabilityArgs(
            context=context,
            tags=tags,
            cluster_name=cluster.name,
            audit_log_group=cluster.audit_log_group_name,
            topic_arn=topic.arn,
            secret_readers=settings.alerts.secret_readers,
            vpn_log_group=bastion.log_group_name,
            application_log_group=cluster.container_log_group_names["application"],
        ),
    )
    shown = public_certificates(settings, tags, topic)
    if shown:
        pulumi.export("certificates", {key: {"arn": c.arn, "policy": c.listener_policy} for key, c in shown.items()})
    pulumi.export("clusterName", cluster.name)
    pulumi.export("dashboardUrl", observability.dashboard_url)
    pulumi.export("apiEndpoint", cluster.endpoint)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("vpnEndpoint", bastion.endpoint)
    pulumi.export("vpnProfiles", pulumi.Output.secret(bastion.profiles))
    pulumi.export("vpnEnrolments", pulumi.Output.secret(bastion.enrolments))
    pulumi.export("vpnKnownHosts", bastion.known_hosts)
    return Foundation(context=context, tags=tags, network=network, cluster=cluster, bastion=bastion, topic=topic)


def _deis_domains(settings: Settings, context: AwsContext) -> list[str]:
    """What Deis resolves, where it is installed."""
    wanted = settings.deis
    if wanted is None:
        return []
    return [
        *deis_domains(wanted.images_to_args(), wanted.registry.hostname if wanted.registry else None),
        *storage_hosts(slug_bucket(f"{settings.name}-deis", context), context.region),
    ]


def public_certificates(settings: Settings, tags: Tags, topic: AlarmTopic) -> dict[str, PublicCertificate]:
    """The publicly trusted certificates, by their names."""
    return {
        wanted.name: PublicCertificate(
            f"{settings.name}-{wanted.name}",
            wanted.to_args(settings.certificate_keys.get(wanted.name), tags=tags, topic_arn=topic.arn),
        )
        for wanted in settings.certificates
    }


def platform(settings: Settings, stands: Foundation) -> None:
    """What needs the private Kubernetes API: run it over the VPN, or from inside the network."""
    cluster, network, wanted = stands.cluster, stands.network, settings.deis
    provider = kubernetes.Provider(
        f"{settings.name}-kubernetes",
        kubeconfig=settings.kubeconfig or cluster.reachable_kubeconfig(),
        # Without it a kubeconfig with another server, or one not known in a preview, replaces everything in the cluster
        # (DiffConfig in provider/pkg/provider/provider.go of pulumi-kubernetes, 9497796).
        cluster_identifier=cluster.oidc_issuer,
    )
    baseline = Baseline(
        f"{settings.name}-baseline",
        settings.baseline.to_args(
            allow_wide_whitelist=wanted is not None and wanted.allow_wide_whitelist,
            application_certificates=wanted.application_certificates if wanted is not None else (),
            kubernetes_after=[cluster],
        ),
        pulumi.ResourceOptions(providers=[provider]),
    )
    if wanted is None:
        return
    internal = wanted.is_internal
    deis = Deis(
        f"{settings.name}-deis",
        wanted.to_args(
            settings.deis_secrets(),
            protect=settings.protect_data,
            context=stands.context,
            tags=stands.tags,
            # Of an internal balancer the VPN's people are clients by the bastion's private address.
            whitelist=[
                *dict.fromkeys((*wanted.whitelist, *(network.public_subnet_cidrs.values() if internal else ())))
            ],
            vpn_addresses={} if internal else {"vpn": stands.bastion.public_ip},
            vpc_id=network.vpc_id,
            vpc_cidr=network.vpc_cidr,
            database_subnet_ids=network.private_subnet_ids,
            database_subnet_cidrs=network.private_subnet_cidrs,
            balancer_subnet_ids=network.intra_subnet_ids if internal else network.public_subnet_ids,
            balancer_subnet_cidrs=network.intra_subnet_cidrs if internal else network.public_subnet_cidrs,
            api_cidrs=tuple(network.intra_subnet_cidrs.values()),
            node_security_group_id=cluster.node_security_group_id,
            autoscaling_group_names=cluster.autoscaling_group_names,
            node_architectures=architectures([group.to_args() for group in settings.cluster.node_groups]),
            # Deis is admitted by the same rules as everything else.
            kubernetes_after=[cluster, *baseline.rules],
            reserved_names=[one.name for one in settings.baseline.namespaces],
            topic_arn=stands.topic.arn,
            cluster_name=cluster.name,
            application_log_group_name=cluster.container_log_group_names["application"],
        ),
        pulumi.ResourceOptions(providers=[provider]),
    )
    pulumi.export("deisUrl", deis.url)
    pulumi.export("deisLoadBalancer", deis.load_balancer_dns_name)
    pulumi.export("deisAdministrator", deis.administrator_username)
    pulumi.export("deisAdministratorPassword", deis.administrator_password)
    pulumi.export("deisAuthority", deis.authority_pem)


settings = load_stack()
if settings.stage == "platform" and settings.kubeconfig:
    reachable(settings.kubeconfig)
stands = foundation(settings)
if settings.stage == "platform":
    platform(settings, stands)
