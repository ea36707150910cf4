"""What a Deis is made of, and what of it is refused before anything is registered (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi

from components.certificate_rules import chain_faults
from components.context import AwsContext
from components.deis.images import ARCHITECTURE, Images
from components.deis.rds_roots import are_roots, bundle_url, roots
from components.tags import Tags
from policies.guidelines.cidr import network, whitelist_faults
from policies.guidelines.deis import (
    CERTIFICATE_NAME,
    DOMAIN,
    OPEN_REGISTRATION,
    REGISTRATION_MODES,
    ROUTER_PUBLIC_PORTS,
    WHITELIST_MODES,
)
from policies.guidelines.eks import Architecture
from policies.guidelines.tls import PROFILES, ProfileName

LEAST_ZONES: Final = 2
NODE_PORTS: Final = range(30000, 32768)
USERNAME: Final = re.compile(r"[a-z0-9-]{1,30}")
LEAST_BACKUP_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True)
class InternalCertificate:
    """A certificate of an authority of its own, short-lived and renewed by `pulumi up`; clients must trust the CA."""

    organization: str = "Palisade"
    """Named as the subject's organisation."""


@dataclass(frozen=True, kw_only=True)
class ImportedCertificate:
    """A certificate of a public authority, bought or of Let's Encrypt: for *.<domain>, with its chain (TLS-PUB)."""

    chain_pem: str
    """The certificate, then those that lead to a root; checked by `validate`."""
    private_key_pem: pulumi.Input[str]
    """Treated as a secret; that it belongs to the certificate is checked when it is known."""


@dataclass(frozen=True, kw_only=True)
class ExternalCertificate:
    """Somebody else, such as cert-manager, keeps the Secret deis-router-platform-cert in the namespace deis.

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
    """RDS refuses to delete the instance, whoever asks. Only with False is it deleted without a last snapshot."""
    ca_pem: str | None = None
    """Roots that the controller trusts for the database, PEM; None: RDS's own root of the region, where it is known."""

    def faults(self, region: str) -> list[str]:
        """What is wrong with it, a text each."""
        found = []
        if not re.fullmatch(r"\d{2}", self.engine_version):
            found.append(f"database.engine_version: {self.engine_version!r} is no major version such as 15 (INH-4)")
        if not re.fullmatch(r"db\.[a-z0-9-]+\.[a-z0-9]+", self.instance_class):
            found.append(
                f"database.instance_class: {self.instance_class!r} is none of RDS, such as db.t4g.small (INH-4)"
            )
        if not self.storage_gib < self.largest_storage_gib:
            found.append("database.largest_storage_gib: must be more than storage_gib, so that it can grow (INH-4)")
        if self.backup_days < LEAST_BACKUP_DAYS:
            found.append(
                f"database.backup_days: {self.backup_days} is too few; keep {LEAST_BACKUP_DAYS} or more (INH-4)"
            )
        if self.ca_pem is None and region not in roots():
            found.append(
                f"database.ca_pem: the roots of RDS in {region} are not part of Palisade; give those of"
                f" {bundle_url(region)} (TLS-INT)"
            )
        if self.ca_pem is not None and not are_roots(self.ca_pem):
            found.append(f"database.ca_pem: must be root certificates in PEM, such as {bundle_url(region)} (TLS-INT)")
        return found


def architecture_faults(architectures: Collection[Architecture]) -> list[str]:
    """Say what is wrong with nodes of these architectures; none: nothing is known of them."""
    if not architectures or ARCHITECTURE in architectures:
        return []
    return [
        f"Hephy publishes its images for {ARCHITECTURE} only, and all nodes are {', '.join(architectures)}; add a node"
        " group of x86_64 instances without taints, such as m7i.large (INH-4)"
    ]


@dataclass(frozen=True, kw_only=True)
class DeisArgs:
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
    registration_mode: str = "admin_only"
    """admin_only or disabled (DEIS-REG)."""
    whitelist: Sequence[str]
    """IPv4 ranges that may reach the load balancer, and that talk to what has no list of its own (DEIS-WL)."""
    whitelist_mode: str = "override"
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
    balancer: Literal["public", "internal"] = "public"
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

    def validate(self) -> None:
        """Refuse what would open Deis, or what its parts would not take, all faults at once.

        Raises:
            ValueError: each fault names the argument, its value, what is allowed and the requirement.
        """
        faults = [
            *self._access_faults(),
            *self._name_faults(),
            *self._certificate_faults(),
            *self._network_faults(),
            *self.images.faults(),
            *self.images.region_faults(self.context.region),
            *self.database.faults(self.context.region),
        ]
        if faults:
            raise ValueError("\n".join(f"DeisArgs.{fault}" for fault in faults))

    def _access_faults(self) -> list[str]:
        faults = []
        if self.registration_mode == OPEN_REGISTRATION:
            faults.append(
                f"registration_mode: {OPEN_REGISTRATION} is not allowed, anyone could make an account;"
                " use admin_only or disabled (DEIS-REG)"
            )
        elif self.registration_mode not in REGISTRATION_MODES:
            faults.append(
                f"registration_mode: {self.registration_mode} is not one of {', '.join(REGISTRATION_MODES)} (DEIS-REG)"
            )
        found = whitelist_faults(self.whitelist, allow_wide=self.allow_wide_whitelist)
        faults += [f"whitelist: {fault} (DEIS-WL)" for fault in found]
        if self.whitelist_mode not in WHITELIST_MODES:
            faults.append(f"whitelist_mode: {self.whitelist_mode} is not one of {', '.join(WHITELIST_MODES)} (DEIS-WL)")
        return faults

    def _name_faults(self) -> list[str]:
        faults = []
        if not DOMAIN.fullmatch(self.domain):
            faults.append(f"domain: {self.domain} is none that the router takes, such as apps.example.org (DEIS-WL)")
        if not USERNAME.fullmatch(self.administrator_username):
            faults.append(
                f"administrator_username: {self.administrator_username!r} must be a-z, 0-9 and dashes (DEIS-REG)"
            )
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", self.administrator_email):
            faults.append(f"administrator_email: {self.administrator_email!r} is no e-mail address (DEIS-REG)")
        if self.tls_profile not in PROFILES:
            faults.append(f"tls_profile: {self.tls_profile} is not one of {', '.join(PROFILES)} (TLS-CFG)")
        faults += [
            f"application_certificates: {name!r} is no name of a certificate, such as www-2027 (DEIS-WL)"
            for name in self.application_certificates
            if not CERTIFICATE_NAME.fullmatch(name)
        ]
        if not re.fullmatch(r"[\w.-]{1,40}", self.rotation):
            faults.append(f"rotation: {self.rotation!r} must be a short word, such as 2026-11 (SSH-USER)")
        return faults

    def _certificate_faults(self) -> list[str]:
        if not isinstance(self.certificate, ImportedCertificate) or self.tls_profile not in PROFILES:
            return []
        found = chain_faults(self.certificate.chain_pem, [f"*.{self.domain}"], PROFILES[self.tls_profile])
        return [f"certificate.chain_pem: {fault} (TLS-PUB)" for fault in found]

    def _network_faults(self) -> list[str]:
        faults = []
        for name, ids, cidrs in (
            ("database", self.database_subnet_ids, self.database_subnet_cidrs),
            ("balancer", self.balancer_subnet_ids, self.balancer_subnet_cidrs),
        ):
            if len(ids) < LEAST_ZONES or ids.keys() != cidrs.keys():
                faults.append(f"{name}_subnet_ids: needs {LEAST_ZONES} zones or more, and the range of each (INH-4)")
        for name, ranges in (
            ("balancer_subnet_cidrs", tuple(self.balancer_subnet_cidrs.values())),
            ("api_cidrs", tuple(self.api_cidrs)),
        ):
            faults += [f"{name}: {fault} (DEIS-WL)" for fault in whitelist_faults(ranges)]
        faults += [
            f"balancer_subnet_cidrs: {cidr} overlaps {other}, a subnet of database and nodes; pods there could say that"
            " they come from any address (DEIS-WL)"
            for cidr in self.balancer_subnet_cidrs.values()
            for other in self.database_subnet_cidrs.values()
            if (one := network(cidr)) and (two := network(other)) and one.overlaps(two)
        ]
        wrong = [port for port in self.node_ports.values() if port not in NODE_PORTS]
        if self.node_ports.keys() != ROUTER_PUBLIC_PORTS.keys() or wrong or len(set(self.node_ports.values())) != 3:  # noqa: PLR2004
            faults.append("node_ports: needs one of its own, 30000 to 32767, for each of 80, 443 and 2222 (AWS-SG)")
        faults += [f"node_architectures: {fault}" for fault in architecture_faults(self.node_architectures)]
        if not self.autoscaling_group_names:
            faults.append("autoscaling_group_names: the load balancer would reach no node; name a node group (INH-4)")
        if ipaddress.IPv4Network(self.service_cidr).overlaps(ipaddress.IPv4Network(self.vpc_cidr)):
            faults.append(f"service_cidr: {self.service_cidr} overlaps the VPC's {self.vpc_cidr} (AWS-SG)")
        return faults
