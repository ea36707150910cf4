"""The program: settings -> components -> exports, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.account import Account, own_users, trail_bucket_exists, user_without_mfa
from components.alarms import AlarmTopic
from components.baseline import Baseline
from components.bastion import VpnBastion, egress_domains
from components.certificate import PublicCertificate
from components.cluster import API_PORT, Cluster, architectures, control_plane_log_exists, reachable
from components.context import AwsContext
from components.deis import Deis, deis_domains, slug_bucket, storage_hosts
from components.foundation import OUTPUT, Foundation, read_foundation
from components.layers import attach_platform, full_stack_name, guard_foundation, keep_layer
from components.network import Network
from components.network.plan import Tier
from components.observability import Observability, ObservabilityArgs
from components.settings import DeisSettings, Settings, SettingsError, client_port_faults, load_stack
from components.tags import Tags


def make_foundation(settings: Settings) -> tuple[Foundation, list[pulumi.Resource]]:
    """Account, network, cluster, VPN and alarms: AWS's APIs only, so it runs from anywhere.

    Returns what the platform needs of them, and the components.
    """
    name, people = settings.name, [person.to_args() for person in settings.people]
    context = AwsContext.current()
    tags = settings.tags_to_args(pulumi.get_stack())
    production = settings.environment == "production"
    administrators = [person.email for person in people if person.role == "admin"]
    components: list[pulumi.Resource] = []
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
        components.append(account)
        pulumi.export("trailBucketPolicy", account.trail_bucket_policy)
        pulumi.export("retained", account.retained)
    mfa = settings.vpn.mfa_to_args(settings.duo_secret_key)
    network = Network(
        f"{name}-net",
        settings.network.to_args(
            *egress_domains(mfa),
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
    bastion = VpnBastion(
        f"{name}-vpn",
        settings.vpn.to_args(
            context=context,
            tags=tags,
            people=people,
            vpc_id=network.vpc_id,
            public_subnet_ids=network.public_subnet_ids,
            private_cidrs=[*network.private_subnet_cidrs.values(), *network.intra_subnet_cidrs.values()],
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
    certificates = public_certificates(settings, tags, topic)
    if certificates:
        shown = {name: {"arn": made.arn, "policy": made.listener_policy} for name, made in certificates.items()}
        pulumi.export("certificates", shown)
    pulumi.export("clusterName", cluster.name)
    pulumi.export("dashboardUrl", observability.dashboard_url)
    pulumi.export("apiEndpoint", cluster.endpoint)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("vpnEndpoint", bastion.endpoint)
    pulumi.export("vpnProfiles", pulumi.Output.secret(bastion.profiles))
    pulumi.export("vpnEnrolments", pulumi.Output.secret(bastion.enrolments))
    pulumi.export("vpnKnownHosts", bastion.known_hosts)
    components += [topic, network, cluster, bastion, observability, *certificates.values()]
    return Foundation(
        name=name,
        environment=settings.environment,
        context=context,
        vpc_id=network.vpc_id,
        vpc_cidr=network.vpc_cidr,
        subnet_ids={
            "public": network.public_subnet_ids,
            "private": network.private_subnet_ids,
            "intra": network.intra_subnet_ids,
        },
        subnet_cidrs={
            "public": network.public_subnet_cidrs,
            "private": network.private_subnet_cidrs,
            "intra": network.intra_subnet_cidrs,
        },
        firewall_rule_group_id=network.firewall_rule_group_id,
        api_endpoint=cluster.endpoint,
        certificate_authority_data=cluster.certificate_authority_data,
        oidc_issuer=cluster.oidc_issuer,
        node_security_group_id=cluster.node_security_group_id,
        node_architectures=architectures([group.to_args() for group in settings.cluster.node_groups]),
        autoscaling_group_names=cluster.autoscaling_group_names,
        application_log_group_name=cluster.container_log_group_names["application"],
        vpn_address=bastion.public_ip,
        vpn_client_ports=sorted({API_PORT, *settings.vpn.client_ports}),
        topic_arn=topic.arn,
    ), components


def public_certificates(settings: Settings, tags: Tags, topic: AlarmTopic) -> dict[str, PublicCertificate]:
    """The publicly trusted certificates, by their names."""
    return {
        wanted.name: PublicCertificate(
            f"{settings.name}-{wanted.name}",
            wanted.to_args(settings.certificate_keys.get(wanted.name), tags=tags, topic_arn=topic.arn),
        )
        for wanted in settings.certificates
    }


def make_platform(
    settings: Settings, foundation: Foundation, *, stack: str | None, after: Sequence[pulumi.Resource] = ()
) -> None:
    """Baseline and Deis: they need the private Kubernetes API, over the VPN or from inside the network.

    Args:
        settings: of the stack.
        foundation: what the platform is built on.
        stack: full name of the platform's own stack; None: the foundation is in the same stack.
        after: what is made first where it is in the same stack.
    """
    name, context, deis_settings = foundation.name, foundation.context, settings.deis
    tags = settings.tags_to_args(pulumi.get_stack(), foundation.environment)
    domains = deis_egress(deis_settings, name, context) if deis_settings else []
    attachment = attach_platform(foundation, tags, stack=stack, domains=domains)
    provider = kubernetes.Provider(
        f"{name}-kubernetes",
        kubeconfig=settings.kubeconfig or foundation.kubeconfig(),
        # Without it a kubeconfig with another server, or one not known in a preview, replaces everything in the cluster
        # (DiffConfig in provider/pkg/provider/provider.go of pulumi-kubernetes, 9497796).
        cluster_identifier=foundation.oidc_issuer,
    )
    baseline = Baseline(
        f"{name}-baseline",
        settings.baseline.to_args(
            allow_wide_whitelist=deis_settings is not None and deis_settings.allow_wide_whitelist,
            application_certificates=deis_settings.application_certificates if deis_settings is not None else (),
            kubernetes_after=[*after, attachment],
        ),
        pulumi.ResourceOptions(providers=[provider]),
    )
    if deis_settings is None:
        return
    internal = deis_settings.is_internal
    ids, cidrs = foundation.subnet_ids, foundation.subnet_cidrs
    balancer_tier: Tier = "intra" if internal else "public"
    deis = Deis(
        f"{name}-deis",
        deis_settings.to_args(
            settings.deis_secrets(),
            protect=settings.protect_data,
            context=context,
            tags=tags,
            # Of an internal balancer the VPN's people are clients by the bastion's private address.
            whitelist=[*dict.fromkeys((*deis_settings.whitelist, *(cidrs["public"].values() if internal else ())))],
            vpn_addresses={} if internal else {"vpn": foundation.vpn_address},
            vpc_id=foundation.vpc_id,
            vpc_cidr=foundation.vpc_cidr,
            database_subnet_ids=ids["private"],
            database_subnet_cidrs=cidrs["private"],
            balancer_subnet_ids=ids[balancer_tier],
            balancer_subnet_cidrs=cidrs[balancer_tier],
            api_cidrs=tuple(cidrs["intra"].values()),
            node_security_group_id=foundation.node_security_group_id,
            autoscaling_group_names=foundation.autoscaling_group_names,
            node_architectures=foundation.node_architectures,
            # Deis is admitted by the same rules as everything else.
            kubernetes_after=[*after, attachment, *baseline.rules],
            reserved_names=[namespace.name for namespace in settings.baseline.namespaces],
            topic_arn=foundation.topic_arn,
            cluster_name=name,
            application_log_group_name=foundation.application_log_group_name,
        ),
        # The marker stays until everything of the platform is gone.
        pulumi.ResourceOptions(providers=[provider], depends_on=[attachment]),
    )
    pulumi.export("deisUrl", deis.url)
    pulumi.export("deisLoadBalancer", deis.load_balancer_dns_name)
    pulumi.export("deisAdministrator", deis.administrator_username)
    pulumi.export("deisAdministratorPassword", deis.administrator_password)
    pulumi.export("deisAuthority", deis.authority_pem)


def deis_egress(deis_settings: DeisSettings, name: str, context: AwsContext) -> list[str]:
    """Domains that Deis resolves."""
    registry = deis_settings.registry.hostname if deis_settings.registry else None
    return [
        *deis_domains(deis_settings.images_to_args(), registry),
        *storage_hosts(slug_bucket(f"{name}-deis", context), context.region),
    ]


def referenced_foundation(settings: Settings) -> Foundation:
    """The foundation that a platform's stack names; checked before anything is registered.

    Raises:
        FoundationError: it cannot be used.
        SettingsError: the settings ask for what it does not have.
    """
    foundation = read_foundation(settings.foundation or "", AwsContext.current())
    if settings.deis is not None and (faults := [*client_port_faults(settings.deis, foundation.vpn_client_ports)]):
        raise SettingsError(faults)
    return foundation


settings = load_stack()
if settings.has_platform and settings.kubeconfig:
    reachable(settings.kubeconfig)
match settings.layer:
    case "foundation":
        keep_layer("foundation")
        foundation, components = make_foundation(settings)
        guard_foundation(foundation.name, settings.abandoned_platform, components)
        pulumi.export(OUTPUT, foundation.exported())
    case "platform":
        foundation = referenced_foundation(settings)
        keep_layer("platform")
        make_platform(settings, foundation, stack=full_stack_name())
    case "all":
        keep_layer("all")
        foundation, components = make_foundation(settings)
        clusters = [each for each in components if isinstance(each, Cluster)]
        make_platform(settings, foundation, stack=None, after=clusters)
