"""Settings of Deis (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from components.certificate_rules import chain_faults
from components.deis import (
    Certificate,
    Database,
    ExternalCertificate,
    ImportedCertificate,
    InternalCertificate,
    Registry,
)
from components.deis.images import DIGEST, REFERENCE, REGISTRY, ImageName
from components.settings.base import Email, Ipv4Cidr, Section, matching, secret
from policies.guidelines.cidr import MOST_ENTRIES, WIDEST_PREFIX, whitelist_faults
from policies.guidelines.deis import CERTIFICATE_NAME, DOMAIN, OPEN_REGISTRATION, RegistrationMode, WhitelistMode
from policies.guidelines.tls import PROFILES, ProfileName

Username = Annotated[str, matching(r"[a-z0-9-]{1,30}", "1 to 30 lower-case letters, digits and dashes (DEIS-REG)")]
Image = Annotated[
    str,
    matching(rf"{DIGEST.pattern}|(?=.*/){REFERENCE.pattern}", "sha256:..., or a reference with its registry (INH-4)"),
]


class AdministratorSettings(Section):
    """The first administrator, made before anything is reachable; the password is generated."""

    username: Username = "admin"
    email: Email


class DatabaseSettings(Section):
    """The controller's database."""

    instance_class: Annotated[
        str, matching(r"db\.[a-z0-9-]+\.[a-z0-9]+", "an instance class of RDS, such as db.t4g.small (INH-4)")
    ] = "db.t4g.small"
    multi_az: bool = True
    """A standby in another zone."""
    backup_days: Annotated[int, Field(ge=7, le=35)] = 14
    deletion_protection: bool = True
    """RDS refuses to delete the database. With false, deleting it leaves no last snapshot behind."""
    ca_pem: str | None = None
    """Roots that the controller trusts for the database, PEM: for regions whose root is not part of Palisade."""

    def to_args(self, *, protect: bool) -> Database:
        """The database as `DeisArgs` takes it; without `protect` it is not protected from deletion."""
        return Database(**{**self.model_dump(), "deletion_protection": self.deletion_protection and protect})


class RegistrySettings(Section):
    """A registry with credentials, from which nodes pull the images of applications."""

    hostname: Annotated[
        str, matching(r"[a-z0-9][a-z0-9.-]*(:\d+)?", "a host name, such as registry.example.org (INH-4)")
    ]
    organization: Annotated[str, matching(r"[a-z0-9][a-z0-9._/-]*", "a path in it, such as apps (INH-4)")]
    username: Annotated[str, Field(min_length=1)]
    """Its password is the secret `palisade:deisRegistryPassword`."""

    def to_args(self, password: SecretStr) -> Registry:
        """The registry as `DeisArgs` takes it."""
        return Registry(**self.model_dump(), password=secret(password))


class DeisSettings(Section):
    """`palisade:deis`."""

    domain: Annotated[
        str, matching(DOMAIN.pattern, "a domain that the router takes, such as apps.example.org (DEIS-WL)")
    ]
    """The platform's domain: the controller answers at deis.<domain>, applications at <app>.<domain>."""
    administrator: AdministratorSettings
    registration_mode: RegistrationMode = "admin_only"
    """`enabled` does not exist: see DEIS-REG."""
    allow_wide_whitelist: bool = False
    """Accept an entry wider than /16, or more than 50 entries. Stands before the list, which is judged by it."""
    whitelist: Annotated[tuple[Ipv4Cidr, ...], Field(min_length=1)]
    """Who may talk to the controller and push, besides the VPN."""
    whitelist_mode: WhitelistMode = "override"
    balancer: Literal["public", "internal"] = "public"
    """internal: Deis is reached from inside the VPC and through the VPN only."""
    tls_profile: ProfileName = "intermediate"
    """Stands before the certificate, which is judged by it."""
    certificate: Literal["internal", "imported", "external"] = "internal"
    """internal: signed by an authority of its own. imported: `certificateChain`, with the secret
    `palisade:deisCertificateKey`. external: you keep the Secret deis-router-platform-cert yourself."""
    certificate_chain: str | None = None
    """PEM: a public authority's certificate for *.<domain>, then those that lead to a root."""
    image_registry: Annotated[
        str, matching(REGISTRY.pattern, "a registry and a prefix, such as docker.io/hephy (INH-4)")
    ] = "docker.io/hephy"
    images: dict[ImageName, Image] = Field(default_factory=dict)
    """Image -> its digest in imageRegistry, or the whole reference of one that lies elsewhere."""
    registry: RegistrySettings | None = None
    """Absent: the account's ECR, from which nodes pull by their own role, and public registries."""
    application_ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(min_length=1)] = (5000,)
    """Ports of applications' pods that the router reaches; buildpacks use 5000. Others also need cluster.podPorts."""
    application_certificates: tuple[
        Annotated[str, matching(CERTIFICATE_NAME.pattern, "a certificate's name, such as www-2027 (DEIS-WL)")], ...
    ] = ()
    """Names of certificates (`deis certs:add <name>`) that applications may attach: the router reads no others."""
    database: DatabaseSettings = DatabaseSettings()
    rotation: Annotated[str, matching(r"[\w.-]{1,40}", "a short word, such as 2026-11 (INH-4)")] = "1"
    """Change it to make the storage key, the database password and the internal keys anew."""

    @model_validator(mode="after")
    def _a_certificate_that_fits(self) -> DeisSettings:
        if (self.certificate == "imported") != (self.certificate_chain is not None):
            raise ValueError("certificateChain and certificate: imported belong together (TLS-PUB)")
        if self.certificate_chain is not None:
            faults = chain_faults(self.certificate_chain, [f"*.{self.domain}"], PROFILES[self.tls_profile])
            if faults:
                raise ValueError(f"certificateChain: {'; '.join(faults)} (TLS-PUB)")
        return self

    @field_validator("registration_mode", mode="before")
    @classmethod
    def _never_open(cls, value: object) -> object:
        if value == OPEN_REGISTRATION:
            raise ValueError("open registration lets anyone make an account; use admin_only or disabled (DEIS-REG)")
        return value

    @field_validator("whitelist")
    @classmethod
    def _not_everyone(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        faults = whitelist_faults(value, allow_wide=bool(info.data.get("allow_wide_whitelist")))
        if faults:
            wide = any("wider than" in fault or "more than" in fault for fault in faults)
            advice = f"; wider than /{WIDEST_PREFIX} or more than {MOST_ENTRIES} needs allowWideWhitelist: true"
            raise ValueError(f"{'; '.join(faults)}{advice if wide else ''} (DEIS-WL)")
        return value

    @property
    def is_internal(self) -> bool:
        """Whether Deis is reached from inside the VPC and through the tunnel only."""
        return self.balancer == "internal"

    def certificate_to_args(self, key: SecretStr | None) -> Certificate:
        """The certificate as `DeisArgs` takes it; `key` is that of an imported one."""
        if self.certificate == "external":
            return ExternalCertificate()
        if self.certificate_chain is None or key is None:
            return InternalCertificate()
        return ImportedCertificate(chain_pem=self.certificate_chain, private_key_pem=secret(key))
