"""Deis (Hephy) on the cluster, which cannot be opened by accident (DEIS-REG, DEIS-WL, SSH-USER, TLS-CFG)."""

from __future__ import annotations

import pulumi

from components.deis.alarms import make_alarms
from components.deis.args import DeisArgs
from components.deis.balancer import make_balancer
from components.deis.bootstrap import make_bootstrap
from components.deis.builder import make_builder, make_builder_service, make_git_config, make_image_configs
from components.deis.certificate_watch import make_certificate_watch
from components.deis.controller import make_controller, make_controller_service, make_database_ca
from components.deis.database import NAME as DATABASE_NAME
from components.deis.database import make_database
from components.deis.key_copies import make_key_copies
from components.deis.namespace import make_namespace
from components.deis.network_policies import DATABASE_PORT, make_network_policies
from components.deis.objects import Objects, without_kubernetes
from components.deis.restart import make_restart
from components.deis.rights import certificate_rules, make_rights
from components.deis.router import make_router, make_router_service
from components.deis.secrets import DATABASE, OBJECT_STORAGE, make_secret, make_secrets
from components.deis.storage import make_storage
from components.deis.whitelist import with_whitelist
from policies.guidelines.deis import BUILDER, CONTROLLER, ROUTER, controller_annotations, router_annotations
from policies.guidelines.tls import PROFILES


class Deis(pulumi.ComponentResource):
    """Controller, builder and router as native objects; database, bucket and load balancer in AWS.

        deis = Deis("deis", DeisArgs(
            context=context, tags=tags,
            domain=settings.deis.domain,
            administrator_email=settings.deis.administrator.email,
            registration_mode=settings.deis.registration_mode,
            whitelist=settings.deis.whitelist, whitelist_mode=settings.deis.whitelist_mode,
            vpn_addresses={"vpn": bastion.public_ip},
            vpc_id=network.vpc_id, vpc_cidr=network.vpc_cidr,
            database_subnet_ids=network.private_subnet_ids, database_subnet_cidrs=network.private_subnet_cidrs,
            balancer_subnet_ids=network.public_subnet_ids, balancer_subnet_cidrs=network.public_subnet_cidrs,
            api_cidrs=tuple(network.intra_subnet_cidrs.values()),
            node_security_group_id=cluster.node_security_group_id,
            autoscaling_group_names=cluster.autoscaling_group_names,
            kubernetes_after=[cluster],
        ), pulumi.ResourceOptions(providers=[kubernetes_provider]))

    Pass only the provider in `opts`: with `depends_on=[cluster]`, database, bucket and load balancer would wait for the
    cluster too. `kubernetes_after` is for the Kubernetes objects. The Kubernetes provider is passed to `Objects` alone,
    because a component and all its children wait for each of its providers; in a package for another language, the
    whole component waits. The cluster may be any cluster: Deis needs a security group on its nodes and their Auto
    Scaling groups.

    Creation order, reversed on deletion: namespace with its limits and network policies; Secrets; the database; the
    bootstrap Job; the Services; the controller; builder and router in parallel; the load balancer's listeners.

    What cannot happen, and where it is prevented:

    1. An open registration: `enabled` is refused here, in the settings, by the pack and by admission.
    2. A stranger who becomes administrator before the administrator exists: the Service of the controller, with its
       `routable` label, is made only after the Job has completed. One Service cannot be two resources, and labelling it
       afterwards would need a patch that a later update undoes; only the controller's own pods need it earlier, and the
       builder, which finds it by its link, comes later still.
    3. A whitelist that the router drops: every value is checked before it is rendered (policies/guidelines/deis.py).
       Values known only later (`vpn_addresses`) are checked when they are known, and fail the update.
    4. A client with a forged address: only the load balancer reaches the router (network_policies.py), and the router
       trusts only its subnets.

    If the Job fails, the update fails with the Job's log command; nothing is exposed then. Dockerfile builds do not
    work: they need the socket of Docker, which no pod here gets.

    Raises:
        ArgumentError: arguments are not allowed (see DeisArgs.faults).
    """

    url: pulumi.Output[str]
    """Of the controller's API."""
    load_balancer_dns_name: pulumi.Output[str]
    """Point *.<domain> at it."""
    administrator_username: pulumi.Output[str]
    """Who administers Deis."""
    administrator_password: pulumi.Output[str]
    """Secret. The first one: who changes it in Deis keeps the change."""
    authority_pem: pulumi.Output[str] | None
    """The CA that clients must trust; None where the certificate is not ours."""
    database_endpoint: pulumi.Output[str]
    """`<host>:<port>` of the controller's PostgreSQL."""

    def __init__(self, name: str, args: DeisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        rest, kubernetes = without_kubernetes(opts)
        super().__init__("palisade:deis:Deis", name, None, rest)
        child = pulumi.ResourceOptions(parent=self)
        inside = Objects(f"{name}-objects", pulumi.ResourceOptions(parent=self, providers=kubernetes))

        database = make_database(name, args, child)
        storage = make_storage(name, args, child)
        base = make_namespace(name, args.kubernetes_after, inside)
        within = pulumi.ResourceOptions(parent=inside, depends_on=[*base.rules])
        policies = make_network_policies(name, args, opts=within)
        generated = make_secrets(name, args, aws_opts=child, opts=within)
        database_secret = make_secret(
            name,
            DATABASE,
            {
                "name": DATABASE_NAME,
                "user": DATABASE_NAME,
                "password": database.password,
                "host": database.instance.address,
                "port": str(DATABASE_PORT),
            },
            within,
        )
        storage_secret = make_secret(name, OBJECT_STORAGE, storage.values, within)
        configs = [*make_image_configs(name, args, within), make_git_config(name, within)]
        ca = make_database_ca(name, database.ca_pem, within)
        first = [*base.rules, *policies, *configs, ca, database_secret, *generated.for_controller]
        revision = pulumi.Output.format("{0}-{1}", args.rotation, storage.revision)

        job = make_bootstrap(name, args, [*first, database.instance, *database.rules], inside)
        exposed = pulumi.ResourceOptions(parent=inside, depends_on=[job])
        services = [
            make_controller_service(
                name,
                with_whitelist(args, controller_annotations(args.whitelist, allow_wide=True)),
                exposed,
            ),
            make_builder_service(name, exposed),
            make_router_service(name, args, exposed),
        ]
        rights = {
            app: make_rights(f"{name}-{app.removeprefix('deis-')}", app, within, more)
            for app, more in (
                (CONTROLLER, ()),
                (BUILDER, ()),
                (ROUTER, certificate_rules(args.application_certificates)),
            )
        }
        controller = make_controller(
            name,
            args,
            revision=revision,
            after=[job, *services, *first, storage_secret, *rights[CONTROLLER]],
            parent=inside,
        )
        builder = make_builder(
            name,
            args,
            revision=revision,
            after=[controller, *first, *generated.for_builder, storage_secret, *storage.ready, *rights[BUILDER]],
            parent=inside,
        )
        router = make_router(
            name,
            args,
            annotations=with_whitelist(
                args,
                router_annotations(
                    args.whitelist,
                    args.whitelist_mode,  # type: ignore[arg-type] (validated)
                    list(args.balancer_subnet_cidrs.values()),
                    PROFILES[args.tls_profile],
                    platform_domain=args.domain,
                    allow_wide=True,
                ),
            ),
            revision=generated.certificate_expires or "",
            after=[job, controller, *policies, *generated.for_router, *rights[ROUTER]],
            parent=inside,
        )
        make_key_copies(name, args, storage.revision, [controller, storage_secret, *policies], inside)
        balancer = make_balancer(name, args, [builder, router], child)
        make_certificate_watch(name, args, [*policies, *generated.for_router], inside)
        make_restart(name, args, [controller, builder, *policies], inside)
        make_alarms(name, args, database, balancer, child)

        self.url = pulumi.Output.from_input(f"https://deis.{args.domain}")
        self.load_balancer_dns_name = balancer.balancer.dns_name
        self.administrator_username = pulumi.Output.from_input(args.administrator_username)
        self.administrator_password = generated.administrator_password
        self.authority_pem = generated.authority_pem
        self.database_endpoint = database.instance.endpoint
        self.register_outputs(
            {
                "url": self.url,
                "loadBalancerDnsName": self.load_balancer_dns_name,
                "administratorUsername": self.administrator_username,
                "administratorPassword": self.administrator_password,
                "authorityPem": self.authority_pem,
                "databaseEndpoint": self.database_endpoint,
            }
        )
