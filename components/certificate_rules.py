"""What a certificate that somebody else issued must be, before anybody is shown it (TLS-PUB, TLS-CFG).

Deis's router takes whatever lies in the Secret, and ACM whatever is one. A key that does not fit stops the router's
nginx; a name that is missing, a chain out of order or an end in the past is first told by the clients. So it is all
checked before anything is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policies.guidelines.tls import Profile

DOMAIN: Final = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""A name that a certificate may be for, in lower case, with or without `*.` before it."""
CURVES: Final = {"P256": "secp256r1", "P384": "secp384r1"}
"""The tls provider's names -> cryptography's."""
WEAK_HASHES: Final = ("md5", "sha1")
RENEW_DAYS: Final = 21
"""From so many days before the end on, every `pulumi up` says so."""


def chain_of(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM file, the server's own first.

    Raises:
        ValueError: there is none, or one of them cannot be read.
    """
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as fault:
        raise ValueError("is no PEM chain of certificates") from fault


def chain_faults(pem: str, wanted: Iterable[str], profile: Profile, now: datetime | None = None) -> list[str]:
    """What is wrong with a chain for the names that are served, a text each; empty: nothing.

    Args:
        pem: the server's certificate, then those that lead to a root.
        wanted: domains, also such as *.apps.example.org, for which only the same will do.
        profile: of the guide; sets kind and strength of the key, and the longest life.
        now: None: the present.
    """
    try:
        first, *rest = chain_of(pem)
    except ValueError as fault:
        return [str(fault)]
    return [*_name_faults(first, wanted), *_life_faults(first, profile, now), *_strength_faults(first, rest, profile)]


def names_of(certificate: x509.Certificate) -> list[str]:
    """The DNS names that a certificate is for, in lower case."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def _name_faults(first: x509.Certificate, wanted: Iterable[str]) -> Iterator[str]:
    held = names_of(first)
    for name in wanted:
        # A star stands for one label, and for no other star.
        above = "*" if name.startswith("*.") else f"*.{name.partition('.')[2]}"
        if not {name, above} & set(held):
            yield f"is for {', '.join(held) or 'no name'}; it needs {name}"
    try:
        uses = first.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        yield "is no server's certificate (its extended key usage lacks serverAuth)"


def _life_faults(first: x509.Certificate, profile: Profile, now: datetime | None) -> Iterator[str]:
    moment, start, end = now or datetime.now(UTC), first.not_valid_before_utc, first.not_valid_after_utc
    if not start <= moment <= end:
        yield f"is valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}, not now"
    if (days := (end - start).days) > profile.maximum_days:
        yield f"lives for {days} days; the guide's {profile.name} profile allows {profile.maximum_days}"


def _strength_faults(first: x509.Certificate, rest: list[x509.Certificate], profile: Profile) -> Iterator[str]:
    key = first.public_key()
    curves = [CURVES[curve] for curve in profile.ecdsa_curves]
    fine = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in curves
    if isinstance(key, rsa.RSAPublicKey) and profile.rsa_bits is not None:
        fine = key.key_size >= profile.rsa_bits
    if not fine:
        bits = f", or RSA with {profile.rsa_bits} bits" if profile.rsa_bits else ""
        yield f"its key is none of {', '.join(profile.ecdsa_curves)}{bits}"
    hashed = first.signature_hash_algorithm
    if hashed is not None and hashed.name in WEAK_HASHES:
        yield f"is signed with {hashed.name}"
    if first.issuer == first.subject:
        yield "is self-signed, which nobody trusts; use one of a public authority, or of ours for internal names"
    elif not rest:
        yield "is alone; add the intermediate certificates, without which clients find no way to a root"
    for one, issuer in zip([first, *rest], rest, strict=False):
        try:
            one.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, ValueError):
            yield "is out of order: each certificate must be followed by the one that issued it"
            return


def key_fault(chain_pem: str, key_pem: str) -> str | None:
    """Why the key is not the chain's; None: it is. Says nothing of the key itself."""
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    except TypeError:
        return "is encrypted; a server cannot ask for its password"
    except ValueError:
        return "is no PEM private key"
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != chain_of(chain_pem)[0].public_key().public_bytes(*form):
        return "does not belong to the certificate"
    return None


def days_left(chain_pem: str, now: datetime | None = None) -> int:
    """Whole days until the server's certificate ends."""
    return (chain_of(chain_pem)[0].not_valid_after_utc - (now or datetime.now(UTC))).days
