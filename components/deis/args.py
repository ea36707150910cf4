"""Arguments of `Deis`, and their validation (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import pulumi

from components.certificate_rules import import_faults
from components.context import AwsContext
from components.deis.images import ARCHITECTURE, Images
from components.deis.rds_roots import are_roots, bundle_url, roots
from components.faults import (
    Arguments,
    Fault,
    unless_among,
    unless_matching,
    unless_ranges,
    unless_within,
)
from components.log_retention import retention_faults
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
BACKUP_DAYS: Final = (7, 35)
"""At least what we ask for, at most what RDS keeps."""
INSTANCE_CLASS: Final = re.compile(r"db\.[a-z0-9-]+\.[a-z0-9]+")
ROTATION: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)
HOST: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(:\d+)?", re.ASCII)
ORGANIZATION: Final = re.compile(r"[a-z0-9][a-z0-9._/-]*")


@dataclass(frozen=True, kw_only=True)
class InternalCertificate:
    """A certificate of an authority of its own, short-lived and renewed by `pulumi up`; clients must trust the CA."""

    organization: str = "Palisade"
    """Named as the subject's organisation."""


@dataclass(frozen=True, kw_only=True)
class ImportedCertificate:
    """A certificate of a public authority, bought or of Let's Encrypt: for *.<domain>, with its chain (TLS-PUB)."""

    chain_pem: str
    """The certificate, then those that lead to a root; checked by `faults`."""
    private_key_pem: pulumi.Input[str]
    """Treated as a secret; that it belongs to the certificate is checked when it is known."""


@dataclass(frozen=True, kw_only=True)
class ExternalCertificate:
    """A certificate in the Secret deis-router-platform-cert (namespace deis), managed by another tool.

    Until it exists no pod of the router starts, and an update waits.
    """


Certificate = InternalCertificate | ImportedCertificate | ExternalCertificate


@dataclass(frozen=True, kw_only=True)
class Registry:
    """An external registry with credentials, from which nodes pull the images of applications, slugrunner's included.

    Without one, nodes pull from the account's ECR by their own role, and from public registries.
    """

    hostname: str
    """Such as registry.example.org."""
    organization: str
    """Prefix of the repositories."""
    username: pulumi.Input[str]
    """Who pulls."""
    password: pulumi.Input[str]
    """Treated as a secret; the controller copies it into application namespaces."""

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of the registry (INH-4)."""
        allowed = "a host name, such as registry.example.org"
        yield from unless_matching(("hostname",), self.hostname, HOST, allowed, "INH-4")
        yield from unless_matching(
            ("organization",), self.organization, ORGANIZATION, "a path in it, such as apps", "INH-4"
        )
        if self.username == "":
            yield Fault(("username",), "is empty", "say who pulls", "INH-4")


@dataclass(frozen=True, kw_only=True)
class Database:
    """The controller's PostgreSQL on RDS."""

    engine_version: str = "15"
    """Major version; the minor ones come by themselves in the maintenance window."""
    instance_class: str = "db.t4g.small"
    """RDS instance class."""
    multi_az: bool = True
    """A standby in another zone."""
    storage_gib: int = 20
    """Storage at the start, in GiB."""
    largest_storage_gib: int = 100
    """Storage grows by itself up to this."""
    backup_days: int = 14
    """Days that automated backups are kept."""
    deletion_protection: bool = True
    """RDS refuses every deletion of the instance. Only with False is it deleted without a final snapshot."""
    ca_pem: str | None = None
    """Roots that the controller trusts for the database, PEM; None: RDS's own root of the region, where it is known."""

    def faults(self, region: str) -> Iterator[Fault]:
        """Yield values that RDS in a region, or Palisade, would refuse."""
        yield from unless_matching(
            ("engine_version",), self.engine_version, r"\d{2}", "a major version, such as 15", "INH-4"
        )
        allowed = "an instance class of RDS, such as db.t4g.small"
        yield from unless_matching(("instance_class",), self.instance_class, INSTANCE_CLASS, allowed, "INH-4")
        if not self.storage_gib < self.largest_storage_gib:
            found = f"{self.largest_storage_gib} is not more than the {self.storage_gib} at the start"
            yield Fault(("largest_storage_gib",), found, "give more, so that it can grow", "INH-4")
        yield from unless_within(("backup_days",), self.backup_days, *BACKUP_DAYS, "INH-4")
        if self.ca_pem is None and region not in roots():
            found = f"the roots of RDS in {region} are not part of Palisade"
            yield Fault(("ca_pem",), found, f"give those of {bundle_url(region)}", "TLS-INT")
        if self.ca_pem is not None and not are_roots(self.ca_pem):
            found = "these are not root certificates in PEM"
            yield Fault(("ca_pem",), found, f"give those of {bundle_url(region)}", "TLS-INT")


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
        yield from self._certificate_faults()
        yield from self._subnet_faults()
        yield from self._network_faults()
        yield from (fault.under("images") for fault in self.images.faults(self.context.region))
        yield from (fault.under("database") for fault in self.database.faults(self.context.region))
        if self.registry is not None:
            yield from (fault.under("registry") for fault in self.registry.faults())
        yield from retention_faults(self.log_retention_days)

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

    def _certificate_faults(self) -> Iterator[Fault]:
        if not isinstance(self.certificate, ImportedCertificate) or self.tls_profile not in PROFILES:
            return
        chain, key, profile = self.certificate.chain_pem, self.certificate.private_key_pem, PROFILES[self.tls_profile]
        found = import_faults(chain, key, [f"*.{self.domain}"], profile)
        yield from (fault.under("certificate") for fault in found)

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
        malformed = [
            *unless_ranges(("service_cidr",), [self.service_cidr], "AWS-SG"),
            *unless_ranges(("vpc_cidr",), [self.vpc_cidr], "AWS-SG"),
        ]
        yield from malformed
        if not malformed and ipaddress.IPv4Network(self.service_cidr).overlaps(ipaddress.IPv4Network(self.vpc_cidr)):
            found = f"the range of Services, {self.service_cidr}, overlaps the VPC's {self.vpc_cidr}"
            yield Fault(("service_cidr",), found, "choose private ranges that do not overlap", "AWS-SG")
