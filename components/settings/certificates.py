"""Settings of publicly trusted certificates (TLS-PUB, TLS-CFG)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
from pydantic import SecretStr

from components.certificate import ImportedChain, IssuedByAcm, PublicCertificateArgs
from components.settings.base import Section, secret
from policies.guidelines.tls import ProfileName


class CertificateSettings(Section):
    """An entry of `palisade:certificates`."""

    name: str
    domain: str
    alternative_names: tuple[str, ...] = ()
    tls_profile: ProfileName = "intermediate"
    """The profile of the listeners that show it."""
    zone_id: str | None = None
    """The Route 53 zone in which ACM's proof is put; ACM then issues and renews it."""
    chain: str | None = None
    """Or: a certificate that somebody bought, with its chain, PEM. Its key is `palisade:certificateKeys.<name>`."""

    def to_args(
        self, key: SecretStr | None, keep: Callable[[SecretStr], pulumi.Input[str]] = secret, **more: Any
    ) -> PublicCertificateArgs:
        """The component's arguments; `more` are those that are not settings of this section.

        Args:
            key: the key of `chain`.
            keep: converts the key to an argument.
            more: further arguments.
        """
        source: IssuedByAcm | ImportedChain = IssuedByAcm(hosted_zone_id=self.zone_id or "")
        if self.chain is not None:
            source = ImportedChain(chain_pem=self.chain, private_key_pem="" if key is None else keep(key))
        return PublicCertificateArgs(
            domain=self.domain,
            alternative_names=self.alternative_names,
            source=source,
            tls_profile=self.tls_profile,
            **more,
        )
