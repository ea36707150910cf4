"""All sections together, and what must hold between them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from components.automation import automation_faults
from components.certificate_rules import key_fault
from components.cluster import ClusterArgs, architectures
from components.deis.args import architecture_faults
from components.deis.images import TAGS, Images
from components.network.plan import ZONE_LETTERS
from components.settings.account import AccountSettings
from components.settings.alerts import AlertsSettings
from components.settings.automation import AutomationSettings
from components.settings.base import Section, camel_case, matching
from components.settings.baseline import BaselineSettings
from components.settings.certificates import CertificateSettings, key_faults
from components.settings.cluster import ClusterSettings
from components.settings.deis import DeisSettings
from components.settings.network import NetworkSettings
from components.settings.people import PersonSettings, shared_keys
from components.settings.vpn import DuoSettings, VpnSettings
from components.tags import Tags

SECRETS = frozenset({"certificateKeys", "deisCertificateKey", "deisRegistryPassword", "duoSecretKey"})
"""Keys whose values must be set with `pulumi config set --secret`."""


class Settings(Section):
    """Everything under `palisade:` in the stack's configuration."""

    stage: Literal["foundation", "platform"]
    """foundation: only AWS's APIs, from anywhere. platform: adds what needs the private Kubernetes API."""
    environment: Literal["production", "development", "sandbox"] = "production"
    """Decides protection: in production data and cluster are protected from deletion."""
    protect_data: bool = True
    """False lifts the protection of data (database, buckets, keys, logs), before a stack is torn down."""
    name: Annotated[
        str,
        matching(
            r"(?=.{1,20}$)(?!internal-)[a-z][a-z0-9]*(-[a-z0-9]+)*",
            "1 to 20 lower-case letters and digits, single dashes between them, starting with a letter but not with"
            " internal-: AWS takes no other load balancers and databases that are called after it",
        ),
    ] = "palisade"
    """What every resource is called after, the cluster above all; two stacks of one account need two names."""
    owner: Annotated[str, Field(min_length=1, max_length=256)]
    """Team that answers for the stack; a tag of every resource."""
    tags: dict[str, str] = Field(default_factory=dict)
    account: AccountSettings = AccountSettings()
    network: NetworkSettings = NetworkSettings()
    people: Annotated[tuple[PersonSettings, ...], Field(min_length=1)]
    automation: tuple[AutomationSettings, ...] = ()
    """Roles of CI and other programs that use the cluster."""
    vpn: VpnSettings = VpnSettings()
    cluster: ClusterSettings = ClusterSettings()
    alerts: AlertsSettings = AlertsSettings()
    certificates: tuple[CertificateSettings, ...] = ()
    """Publicly trusted certificates in ACM, for load balancers."""
    certificate_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """Name of a certificate with a chain -> its private key, PEM."""
    baseline: BaselineSettings = BaselineSettings()
    """What holds in the cluster for everybody; of stage platform."""
    deis: DeisSettings | None = None
    """Absent: no Deis in this environment."""
    kubeconfig: str | None = None
    """Path of a kubeconfig to use for stage platform; absent: the cluster's own, with `aws eks get-token`."""
    duo_secret_key: SecretStr | None = None
    deis_certificate_key: SecretStr | None = None
    """PEM: the private key of `deis.certificateChain`."""
    deis_registry_password: SecretStr | None = None
    """Of `deis.registry`."""

    @model_validator(mode="after")
    def _between_the_sections(self) -> Settings:
        faults = shared_keys(self.people)
        if not any(person.role == "admin" for person in self.people):
            faults.append("people: nobody has role admin; the cluster would have no administrator (VPN-MFA)")
        people = [person.to_args() for person in self.people]
        faults += camel_case(automation_faults([principal.to_args() for principal in self.automation], people))
        cluster_faults = self.cluster.faults(self.network.zones or ZONE_LETTERS)
        faults += self._tag_faults() + cluster_faults
        if self.deis is not None and not cluster_faults:
            usable = architectures([group.to_args() for group in self.cluster.node_groups])
            faults += [f"cluster.nodeGroups: {fault}" for fault in architecture_faults(usable)]
        services = ipaddress.IPv4Network(ClusterArgs.service_cidr)
        vpc, clients = ipaddress.IPv4Network(self.network.cidr), ipaddress.IPv4Network(self.vpn.client_cidr)
        if vpc.overlaps(clients):
            faults.append(f"vpn.clientCidr: {clients} overlaps network.cidr {vpc}; choose a range outside it (VPN-MFA)")
        for key, given in (("network.cidr", vpc), ("vpn.clientCidr", clients)):
            if given.overlaps(services):
                faults.append(f"{key}: {given} overlaps {services}, the cluster's Services; choose another (AWS-SG)")
        if isinstance(self.vpn.mfa, DuoSettings) and self.duo_secret_key is None:
            faults.append("duoSecretKey: missing; run `pulumi config set --secret palisade:duoSecretKey` (VPN-MFA)")
        faults += self._deis_faults()
        faults += self._baseline_faults()
        faults += key_faults(self.certificates, self.certificate_keys)
        if self.environment == "production" and self.network.nat == "single":
            faults.append("network.nat: single is not allowed in production; use zone or regional (AWS-EGRESS)")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _tag_faults(self) -> list[str]:
        """What AWS would refuse of the tags, and what would be lost."""
        own = Tags(owner="-", environment=self.environment, stack="-").common
        faults = [
            f"tags.{key}: the program sets it itself; choose another key (INH-4)"
            for key in sorted(self.tags.keys() & own.keys())
        ]
        try:
            Tags(owner=self.owner, environment=self.environment, stack="-", extra=dict(self.tags))
        except ValueError as fault:
            faults.append(f"{fault} (INH-4)")
        return faults

    def _baseline_faults(self) -> list[str]:
        """What the cluster's own rules would refuse."""
        faults = self.baseline.faults()
        if self.deis is not None:
            images = Images(registry=self.deis.image_registry, overrides=self.deis.images)
            used = [images.reference(name) for name in TAGS]
            if self.deis.registry is not None:
                used.append(f"{self.deis.registry.hostname}/{self.deis.registry.organization}")
            faults += self.baseline.foreign(used)
        return faults

    def _deis_faults(self) -> list[str]:
        """What is wrong between Deis's section and its secrets; no secret is shown."""
        chain = self.deis.certificate_chain if self.deis else None
        registry = self.deis.registry if self.deis else None
        faults = []
        for key, value, wanted, requirement in (
            ("deisCertificateKey", self.deis_certificate_key, chain is not None, "TLS-PUB"),
            ("deisRegistryPassword", self.deis_registry_password, registry is not None, "INH-4"),
        ):
            if wanted and value is None:
                faults.append(f"{key}: missing; run `pulumi config set --secret palisade:{key}` ({requirement})")
            elif value is not None and not wanted:
                faults.append(f"{key}: nothing in `deis` uses it; remove it ({requirement})")
        if chain is not None and self.deis_certificate_key is not None:
            fault = key_fault(chain, self.deis_certificate_key.get_secret_value())
            faults += [f"deisCertificateKey: {fault} (TLS-PUB)"] if fault else []
        return faults
