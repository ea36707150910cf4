"""Settings of the VPN bastion (VPN-MFA)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from components.bastion import Duo, Totp
from components.bastion.openvpn import client_range_fault
from components.settings.base import InstanceType, Ipv4Cidr, Section, matching, secret


class TotpSettings(Section):
    """The second factor is a six-digit code of an authenticator application (RFC 6238); no third party involved."""

    kind: Literal["totp"]


class DuoSettings(Section):
    """The second factor is Duo. Its secret key is `palisade:duoSecretKey`, set with `--secret`."""

    kind: Literal["duo"]
    api_host: Annotated[
        str, matching(r"api-[0-9a-z]+\.duosecurity\.com", "Duo's API host, api-XXXXXXXX.duosecurity.com")
    ]
    integration_key: Annotated[str, matching(r"DI[0-9A-Z]{18}", "Duo's integration key: DI and 18 letters or digits")]


def _client_range(cidr: str) -> str:
    if fault := client_range_fault(cidr):
        raise ValueError(fault)
    return cidr


class VpnSettings(Section):
    """`palisade:vpn`."""

    mfa: Annotated[TotpSettings | DuoSettings, Field(discriminator="kind")] = TotpSettings(kind="totp")
    client_cidr: Annotated[Ipv4Cidr, AfterValidator(_client_range)] = "10.41.0.0/24"
    """Addresses that connected clients get; must not overlap the VPC."""
    source_cidrs: Annotated[tuple[Ipv4Cidr, ...], Field(min_length=1)] = ("0.0.0.0/0",)
    """Where clients may connect from. Everywhere by default: the tunnel asks for a certificate and a second factor."""
    port: Annotated[int, Field(ge=1, le=65535)] = 1194
    """UDP port of the OpenVPN server."""
    image: Literal["ubuntu-24.04", "ubuntu-26.04"] = "ubuntu-24.04"
    instance_type: InstanceType = "t3.small"

    def mfa_to_args(self, duo_secret_key: SecretStr | None) -> Totp | Duo:
        """The second factor as `VpnBastionArgs` takes it; `Settings` checks that Duo has its key."""
        if not isinstance(self.mfa, DuoSettings) or duo_secret_key is None:
            return Totp()
        key = secret(duo_secret_key)
        return Duo(api_host=self.mfa.api_host, integration_key=self.mfa.integration_key, secret_key=key)
