"""Certificates that the router may present: arguments of `Deis` (TLS-PUB, TLS-INT)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi

from components.certificate_rules import import_faults
from components.faults import Fault
from policies.guidelines.tls import Profile


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

    def faults(self, domain: str, profile: Profile) -> Iterator[Fault]:
        """Yield the faults of the certificate for a domain and its TLS profile (TLS-PUB, TLS-CFG)."""
        yield from import_faults(self.chain_pem, self.private_key_pem, [f"*.{domain}"], profile)


@dataclass(frozen=True, kw_only=True)
class ExternalCertificate:
    """A certificate in the Secret deis-router-platform-cert (namespace deis), managed by another tool.

    Until it exists no pod of the router starts, and an update waits.
    """


Certificate = InternalCertificate | ImportedCertificate | ExternalCertificate
