"""Arguments that are one of several, as objects of which one property is given: schemas know no unions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.bastion import Duo, Totp
from components.certificate import ImportedChain, IssuedByAcm
from components.deis import ExternalCertificate, ImportedCertificate, InternalCertificate


@dataclass(frozen=True, kw_only=True)
class SecondFactor:
    """The VPN's second factor; give exactly one (VPN-MFA)."""

    totp: Totp | None = None
    """Codes of an authenticator application."""
    duo: Duo | None = None
    """Duo: push, telephone or passcode."""


@dataclass(frozen=True, kw_only=True)
class RouterCertificate:
    """The certificate of Deis's router; give exactly one (TLS-PUB, TLS-INT)."""

    internal: InternalCertificate | None = None
    """Of an authority of its own."""
    imported: ImportedCertificate | None = None
    """Bought, or from elsewhere."""
    external: ExternalCertificate | None = None
    """Kept in the cluster by somebody else."""


@dataclass(frozen=True, kw_only=True)
class CertificateSource:
    """Where a public certificate comes from; give exactly one (TLS-PUB)."""

    acm: IssuedByAcm | None = None
    """AWS issues and renews it."""
    imported: ImportedChain | None = None
    """Somebody bought it."""


CHOICES: Final[Mapping[Any, type]] = {
    Totp | Duo: SecondFactor,
    IssuedByAcm | ImportedChain: CertificateSource,
    InternalCertificate | ImportedCertificate | ExternalCertificate: RouterCertificate,
}
"""Union -> the object that stands for it."""
