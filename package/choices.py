"""Arguments that are one of several, as objects of which one property is given: schemas know no unions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.bastion import Duo, Totp
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


CHOICES: Final[Mapping[Any, type]] = {
    Totp | Duo: SecondFactor,
    InternalCertificate | ImportedCertificate | ExternalCertificate: RouterCertificate,
}
"""Union -> the object that stands for it."""
