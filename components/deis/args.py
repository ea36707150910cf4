"""Arguments of `Deis`, and their validation (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import pulumi

from components.context import AwsContext
from components.deis.certificate_args import Certificate, ImportedCertificate, InternalCertificate
from components.deis.database_args import Database
from components.deis.images import ARCHITECTURE, Images
from components.deis.registry_args import Registry
from components.faults import (
    Arguments,
    Fault,
    unless_among,
    unless_matching,
    unless_ranges,
    unless_within,
)
from components.log_retention import retention_faults
from components.network.plan import service_range_faults
from components.people import email_faults
from components.tags import Tags
from policies.guidelines.cidr import MOST_ENTRIES, WIDEST_PREFIX, network, whitelist_faults
from policies.guidelines.deis import (
    CERTIFICATE_NAME,
    DOMAIN,
    OPEN_REGISTRATION,
    REGISTRATION_MODES,
    ROUTER_PUBLIC_PORTS,
    WHITELIST_MODES,
    RegistrationMode,
    WhitelistMode,
)
from policies.guidelines.eks import Architecture
from policies.guidelines.tls import PROFILES, ProfileName

Balancer = Literal["public", "internal"]

LEAST_ZONES: Final = 2
NODE_PORTS: Final = range(30000, 32768)
USERNAME: Final = re.compile(r"[a-z0-9-]{1,30}")
LARGEST_UID: Final = 2**31 - 1
"""Largest user that Kubernetes accepts (runAsUser)."""
ROTATION: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class DeisArgs(Arguments):
    """Arguments of `Deis`."""

    context: AwsContext
    """Account and region that Deis is for."""
    tags: Tags
    """Tags of every AWS resource."""
    domain: str
    """The controller answers at deis.<domain>, applications at <app>.<domain>."""
    administrator_email: str
    """Address of the administrator's account."""
    administrator_username: str = "admin"
    """Made before anything is reachable, with a generated password."""
    registration_mode: RegistrationMode = "admin_only"
    """admin_only or disabled (DEIS-REG)."""
    whitelist: Sequence[str]
    """IPv4 ranges that may reach the load balancer, and that talk to what has no list of its own (DEIS-WL)."""
    whitelist_mode: WhitelistMode = "override"
    """override: an application's own list replaces the default; extend: adds to it."""
    allow_wide_whitelist: bool = False
    """Accept an entry wider than /16, or more than 50 entries; never everyone."""
    vpn_addresses: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Who -> one public IPv4 address that is only known once it exists, such as the bastion's; whitelisted as /32."""

    vpc_id: pulumi.Input[str]
    """The VPC of the cluster."""
    vpc_cidr: str
    """Its range; pods of Deis do not reach it but for what they need."""
    database_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Private subnets for the database, by zone letter."""
    database_subnet_cidrs: Mapping[str, str]
    """Their ranges, the only ones at which pods reach PostgreSQL."""
    balancer_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets of the load balancer: public ones, or for an internal balancer others in which no pod runs."""
    balancer_subnet_cidrs: Mapping[str, str]
    """Their ranges: the only ones whose PROXY header the router believes, so none of a pod's addresses."""
    balancer: Balancer = "public"
    """Whether the load balancer has public addresses."""
    api_cidrs: Sequence[str]
    """Where the Kubernetes API answers: the control plane's subnets."""
    service_cidr: str = "172.20.0.0/16"
    """Addresses of the cluster's Services."""
    node_security_group_id: pulumi.Input[str]
    """On every node; gets the rules towards the database and from the load balancer."""
    autoscaling_group_names: Mapping[str, pulumi.Input[str]]
    """Node group -> its Auto Scaling group, whose nodes the load balancer reaches."""
    node_architectures: Sequence[Architecture] = ()
    """Architectures of the nodes that take pods without tolerations, where they are known: one must be x86_64."""
    kubernetes_after: Sequence[pulumi.Resource] = ()
    """What everything in Kubernetes waits for and goes before: `[cluster]`. AWS's parts do not wait for it."""

    images: Images = field(default_factory=Images)
    """Where the images come from."""
    certificate: Certificate = field(default_factory=InternalCertificate)
    """Whose certificate the router shows."""
    tls_profile: ProfileName = "intermediate"
    """Server Side TLS profile of the router (TLS-CFG)."""
    registry: Registry | None = None
    """External registry of the applications' images; None: the account's ECR."""
    database: Database = field(default_factory=Database)
    """The controller's PostgreSQL."""
    node_ports: Mapping[int, int] = field(default_factory=lambda: {80: 31080, 443: 31443, 2222: 31222})
    """Port of the load balancer -> port on every node."""
    controller_replicas: int = 2
    """Pods of the controller."""
    router_replicas: int = 2
    """Pods of the router."""
    router_uid: int | None = None
    """Numeric ID of the router image's user; None: the image's own user, whose number we do not know."""
    application_ports: Sequence[int] = (5000,)
    """Ports of applications' pods that the router reaches; buildpacks use 5000."""
    application_certificates: Sequence[str] = ()
    """Names of certificates (`deis certs:add <name>`) that applications may attach: the router's account reads the
    Secrets `<name>-cert`, and no others outside Deis's namespace. Tell the Baseline the same."""
    reserved_names: Sequence[str] = ()
    """Namespaces of others: no application may be called so."""
    rotation: str = "1"
    """Change it to make the storage key, the database password and the internal keys anew."""
    topic_arn: pulumi.Input[str] | None = None
    """Topic that hears the alarms."""
    cluster_name: str | None = None
    """With a topic: alarms on Container Insights' metrics of this cluster."""
    application_log_group_name: pulumi.Input[str] | None = None
    """With a topic: alarms on what the router logs."""
    log_retention_days: int = 365
    """Days that the database's logs are kept; a value that CloudWatch Logs knows."""
    protect: bool = True
    """Pulumi refuses to delete database, bucket, keys and logs."""

    def faults(self) -> Iterator[Fault]:
        """Yield arguments that would open Deis, or that its parts would not accept."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        yield from self._access_faults()
        yield from self._name_faults()
        if isinstance(self.certificate, ImportedCertificate) and self.tls_profile in PROFILES:
            faults = self.certificate.faults(self.domain, PROFILES[self.tls_profile])
            yield from (fault.under("certificate") for fault in faults)
        yield from self._subnet_faults()
        yield from self._network_faults()
        yield from (fault.under("images") for fault in self.images.faults(self.context.region))
        yield from (fault.under("database") for fault in self.database.faults(self.context.region))
        if self.registry is not None:
            yield from (fault.under("registry") for fault in self.registry.faults())
        yield from retention_faults(self.log_retention_days)
        if self.router_uid is not None:
            yield from unless_within(("router_uid",), self.router_uid, 1, LARGEST_UID, "INH-4")

    def _access_faults(self) -> Iterator[Fault]:
        if self.registration_mode == OPEN_REGISTRATION:
            found = f"{OPEN_REGISTRATION} is not allowed: open registration lets anyone make an account"
            yield Fault(("registration_mode",), found, "use admin_only or disabled", "DEIS-REG")
        else:
            yield from unless_among(("registration_mode",), self.registration_mode, REGISTRATION_MODES, "DEIS-REG")
        yield from unless_among(("whitelist_mode",), self.whitelist_mode, WHITELIST_MODES, "DEIS-WL")
        wide = f"wider than /{WIDEST_PREFIX} or more than {MOST_ENTRIES} needs `allow_wide_whitelist`"
        never = {*whitelist_faults(self.whitelist, allow_wide=True)}
        for text in whitelist_faults(self.whitelist, allow_wide=self.allow_wide_whitelist):
            allowed = "give IPv4 ranges of those who may reach Deis, such as 203.0.113.0/24" if text in never else wide
            yield Fault(("whitelist",), text, allowed, "DEIS-WL")
        bare = [entry for entry in self.whitelist if network(entry) and "/" not in entry]
        yield from unless_ranges(("whitelist",), bare, "DEIS-WL")

    def _name_faults(self) -> Iterator[Fault]:
        allowed = "a domain that the router takes, such as apps.example.org"
        yield from unless_matching(("domain",), self.domain, DOMAIN, allowed, "DEIS-WL")
        allowed = "1 to 30 lower-case letters, digits and dashes"
        yield from unless_matching(
            ("administrator_username",), self.administrator_username, USERNAME, allowed, "DEIS-REG"
        )
        yield from email_faults(("administrator_email",), self.administrator_email, "DEIS-REG")
        yield from unless_among(("tls_profile",), self.tls_profile, PROFILES, "TLS-CFG")
        yield from unless_among(("balancer",), self.balancer, get_args(Balancer), "DEIS-WL")
        yield from unless_matching(("rotation",), self.rotation, ROTATION, "a short word, such as 2026-11", "INH-4")
        for name in self.application_certificates:
            allowed = "the name of a certificate, such as www-2027"
            yield from unless_matching(("application_certificates",), name, CERTIFICATE_NAME, allowed, "DEIS-WL")

    def _subnet_faults(self) -> Iterator[Fault]:
        for name, ids, cidrs in (
            ("database", self.database_subnet_ids, self.database_subnet_cidrs),
            ("balancer", self.balancer_subnet_ids, self.balancer_subnet_cidrs),
        ):
            if len(ids) < LEAST_ZONES or ids.keys() != cidrs.keys():
                found, allowed = (
                    f"{len(ids)} subnets with {len(cidrs)} ranges",
                    f"give {LEAST_ZONES} zones or more, and the range of each",
                )
                yield Fault((f"{name}_subnet_ids",), found, allowed, "INH-4")
        for name, ranges in (
            ("balancer_subnet_cidrs", tuple(self.balancer_subnet_cidrs.values())),
            ("api_cidrs", tuple(self.api_cidrs)),
        ):
            for text in whitelist_faults(ranges):
                yield Fault((name,), text, "give the ranges of the subnets", "DEIS-WL")
        for cidr in self.balancer_subnet_cidrs.values():
            for other in self.database_subnet_cidrs.values():
                if (one := network(cidr)) and (two := network(other)) and one.overlaps(two):
                    found = f"{cidr} overlaps {other}, a subnet of database and nodes"
                    allowed = "choose subnets without pods, which could say that they come from any address"
                    yield Fault(("balancer_subnet_cidrs",), found, allowed, "DEIS-WL")

    def _network_faults(self) -> Iterator[Fault]:
        numbers = [*self.node_ports.values()]
        if (
            self.node_ports.keys() != ROUTER_PUBLIC_PORTS.keys()
            or not {*numbers} <= {*NODE_PORTS}
            or len({*numbers}) != len(numbers)
        ):
            found = f"{dict(self.node_ports)} is not allowed"
            allowed = "give each of 80, 443 and 2222 one of its own, 30000 to 32767"
            yield Fault(("node_ports",), found, allowed, "AWS-SG")
        if self.node_architectures and ARCHITECTURE not in self.node_architectures:
            nodes = ", ".join(self.node_architectures)
            found = f"Hephy publishes its images for {ARCHITECTURE} only, and all nodes are {nodes}"
            allowed = f"add a node group of {ARCHITECTURE} instances without taints, such as m7i.large"
            yield Fault(("node_architectures",), found, allowed, "INH-4")
        if not self.autoscaling_group_names:
            found = "the load balancer would reach no node"
            yield Fault(("autoscaling_group_names",), found, "name a node group", "INH-4")
        if not self.application_ports:
            yield Fault(("application_ports",), "there is none", "name at least one, such as 5000", "AWS-SG")
        for port in self.application_ports:
            yield from unless_within(("application_ports",), port, 1, 65535, "AWS-SG")
        yield from service_range_faults(self.service_cidr, self.vpc_cidr)
