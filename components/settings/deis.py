"""Settings of Deis (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pydantic import Field, SecretStr

from components.deis import (
    Certificate,
    Database,
    DeisArgs,
    ExternalCertificate,
    Images,
    ImportedCertificate,
    InternalCertificate,
    Registry,
)
from components.deis.args import Balancer
from components.settings.base import Section, secret
from policies.guidelines.deis import WhitelistMode
from policies.guidelines.tls import ProfileName


@dataclass(frozen=True, kw_only=True)
class DeisSecrets:
    """The secret settings of Deis."""

    certificate_key: SecretStr | None = None
    registry_password: SecretStr | None = None
    keep: Callable[[SecretStr], pulumi.Input[str]] = secret
    """Makes an argument of one."""

    def kept(self, value: SecretStr | None) -> pulumi.Input[str]:
        """The argument for a secret; an empty text for a missing secret, which is reported separately."""
        return "" if value is None else self.keep(value)


class AdministratorSettings(Section):
    """The first administrator, created before anything is reachable; the password is generated."""

    username: str = "admin"
    email: str


class DatabaseSettings(Section):
    """The controller's database."""

    instance_class: str = "db.t4g.small"
    multi_az: bool = True
    """A standby in another zone."""
    largest_storage_gib: int = 100
    """Storage starts at 20 GiB and grows by itself up to this."""
    backup_days: int = 14
    deletion_protection: bool = True
    """RDS refuses to delete the database. With false, deleting it leaves no last snapshot behind."""
    ca_pem: str | None = None
    """Roots that the controller trusts for the database, PEM: for regions whose root is not part of Palisade."""

    def to_args(self, *, protect: bool) -> Database:
        """The database as `DeisArgs` takes it; without `protect` it is not protected from deletion."""
        return Database(**{**self.model_dump(), "deletion_protection": self.deletion_protection and protect})


class RegistrySettings(Section):
    """A registry with credentials, from which nodes pull the images of applications."""

    hostname: str
    organization: str
    username: str
    """Its password is the secret `palisade:deisRegistryPassword`."""

    def to_args(self, password: pulumi.Input[str]) -> Registry:
        """The registry as `DeisArgs` takes it."""
        return Registry(**self.model_dump(), password=password)


class DeisSettings(Section):
    """`palisade:deis`."""

    domain: str
    """The platform's domain: the controller answers at deis.<domain>, applications at <app>.<domain>."""
    administrator: AdministratorSettings
    registration_mode: str = "admin_only"
    """`enabled` does not exist: see DEIS-REG."""
    allow_wide_whitelist: bool = False
    """Accept an entry wider than /16, or more than 50 entries; never everyone."""
    whitelist: tuple[str, ...]
    """Who may talk to the controller and push, besides the VPN."""
    whitelist_mode: WhitelistMode = "override"
    balancer: Balancer = "public"
    """internal: Deis is reached from inside the VPC and through the VPN only."""
    tls_profile: ProfileName = "intermediate"
    certificate: Literal["internal", "imported", "external"] = "internal"
    """internal: signed by an authority of its own. imported: `certificateChain`, with the secret
    `palisade:deisCertificateKey`. external: you keep the Secret deis-router-platform-cert yourself."""
    certificate_chain: str | None = None
    """PEM: a public authority's certificate for *.<domain>, then those that lead to a root."""
    image_registry: str = "docker.io/hephy"
    images: dict[str, str] = Field(default_factory=dict)
    """Image -> its digest in imageRegistry, or the whole reference of one that lies elsewhere."""
    registry: RegistrySettings | None = None
    """Absent: the account's ECR, from which nodes pull by their own role, and public registries."""
    router_uid: int | None = None
    """Numeric ID of the user in the router's image; absent: the image's own user, whose number we do not know."""
    application_ports: tuple[int, ...] = (5000,)
    """Ports of applications' pods that the router reaches; buildpacks use 5000. Others also need cluster.podPorts."""
    application_certificates: tuple[str, ...] = ()
    """Names of certificates (`deis certs:add <name>`) that applications may attach: the router reads no others."""
    database: DatabaseSettings = DatabaseSettings()
    rotation: str = "1"
    """Change it to make the storage key, the database password and the internal keys anew."""

    @property
    def is_internal(self) -> bool:
        """Whether Deis is reachable from inside the VPC and through the tunnel only."""
        return self.balancer == "internal"

    def images_to_args(self) -> Images:
        """Source of the images of Deis, as `DeisArgs` takes it."""
        return Images(registry=self.image_registry, overrides=self.images)  # type: ignore[arg-type] - judged by Images

    def to_args(self, secrets: DeisSecrets, *, protect: bool, **more: Any) -> DeisArgs:
        """The component's arguments; `more` are those that are not settings of this section.

        Args:
            secrets: the secret settings.
            protect: whether data is protected from deletion.
            more: further arguments; `whitelist` replaces the one of the settings.
        """
        registry = self.registry
        return DeisArgs(
            domain=self.domain,
            administrator_username=self.administrator.username,
            administrator_email=self.administrator.email,
            registration_mode=self.registration_mode,  # type: ignore[arg-type] - judged by DeisArgs
            whitelist_mode=self.whitelist_mode,
            allow_wide_whitelist=self.allow_wide_whitelist,
            balancer=self.balancer,
            images=self.images_to_args(),
            certificate=self._certificate_to_args(secrets),
            registry=registry.to_args(secrets.kept(secrets.registry_password)) if registry else None,
            router_uid=self.router_uid,
            application_ports=self.application_ports,
            application_certificates=self.application_certificates,
            tls_profile=self.tls_profile,
            database=self.database.to_args(protect=protect),
            rotation=self.rotation,
            protect=protect,
            **{"whitelist": self.whitelist, **more},
        )

    def _certificate_to_args(self, secrets: DeisSecrets) -> Certificate:
        if self.certificate == "external":
            return ExternalCertificate()
        if self.certificate_chain is None:
            return InternalCertificate()
        return ImportedCertificate(
            chain_pem=self.certificate_chain, private_key_pem=secrets.kept(secrets.certificate_key)
        )
