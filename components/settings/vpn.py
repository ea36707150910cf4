"""Settings of the VPN bastion (VPN-MFA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field, SecretStr

from components.bastion import Duo, Totp, VpnBastionArgs
from components.bastion.images import ImageName
from components.cluster import API_PORT
from components.settings.base import Section, secret


class TotpSettings(Section):
    """A six-digit code of an authenticator application (RFC 6238) as the second factor; no third party involved."""

    kind: Literal["totp"]


class DuoSettings(Section):
    """Duo as the second factor. Its secret key is `palisade:duoSecretKey`, set with `--secret`."""

    kind: Literal["duo"]
    api_host: str
    integration_key: str


class VpnSettings(Section):
    """`palisade:vpn`."""

    mfa: Annotated[TotpSettings | DuoSettings, Field(discriminator="kind")] = TotpSettings(kind="totp")
    client_cidr: str = "10.41.0.0/24"
    """Addresses that connected clients get; must not overlap the VPC."""
    source_cidrs: tuple[str, ...] = ("0.0.0.0/0",)
    """Where clients may connect from. Everywhere by default: the tunnel asks for a certificate and a second factor."""
    port: int = 1194
    """UDP port of the OpenVPN server."""
    image: ImageName = "ubuntu-24.04"
    instance_type: str = "t3.small"
    client_ports: dict[int, str] = Field(default_factory=dict)
    """TCP ports that people reach through the VPN, and what for, besides 443 for the Kubernetes API. An internal Deis
    needs 2222 for git push."""

    def mfa_to_args(
        self, duo_secret_key: SecretStr | None, keep: Callable[[SecretStr], pulumi.Input[str]] = secret
    ) -> Totp | Duo:
        """The second factor as `VpnBastionArgs` takes it; `keep` converts Duo's key to an argument."""
        if not isinstance(self.mfa, DuoSettings):
            return Totp()
        key = "" if duo_secret_key is None else keep(duo_secret_key)
        return Duo(api_host=self.mfa.api_host, integration_key=self.mfa.integration_key, secret_key=key)

    def to_args(self, **more: Any) -> VpnBastionArgs:
        """The component's arguments; `more` are those that are not settings of this section."""
        return VpnBastionArgs(
            client_cidr=self.client_cidr,
            source_cidrs=self.source_cidrs,
            port=self.port,
            image=self.image,
            instance_type=self.instance_type,
            client_ports={API_PORT: "the Kubernetes API", **self.client_ports},
            **more,
        )
