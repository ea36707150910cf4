"""Rules for imported certificates, checked before they are served (TLS-PUB, TLS-CFG).

Deis's router accepts any content of the Secret, and ACM any certificate. A key that does not match stops the router's
nginx; with a missing name, a chain out of order or an expired certificate, clients are the first to notice. So
everything is checked before anything is registered.
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

from components.faults import Fault
from policies.guidelines.tls import Profile

DOMAIN: Final = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""A name that a certificate may be for, in lower case, with or without `*.` before it."""
CURVES: Final = {"P256": "secp256r1", "P384": "secp384r1"}
"""The tls provider's names -> cryptography's."""
WEAK_HASHES: Final = ("md5", "sha1")
RENEW_DAYS: Final = 21
"""From so many days before the end on, every `pulumi up` says so."""
REQUIREMENT: Final = "TLS-PUB"


def chain_of(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM file, the server's own certificate first.

    Raises:
        ValueError: there is none, or one of them cannot be read.
    """
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as fault:
        raise ValueError("is no PEM chain of certificates") from fault


def chain_faults(pem: str, wanted: Iterable[str], profile: Profile, now: datetime | None = None) -> list[Fault]:
    """Faults of a chain for the names it serves, each without a path: the caller knows the location of the chain.

    pem: the server's certificate, then the intermediate certificates.
        pem: the server's certificate, then those that lead to a root.
        wanted: domains, possibly wildcards such as *.apps.example.org, which only the same wildcard covers.
        profile: a profile of the guide; sets type and size of the key, and the longest lifetime.
        now: None: the current time.
    """
    try:
        first, *rest = chain_of(pem)
    except ValueError:
        return [_fault("is no PEM chain of certificates", "give the certificate, then those that lead to a root")]
    return [*_name_faults(first, wanted), *_life_faults(first, profile, now), *_strength_faults(first, rest, profile)]


def _fault(found: str, allowed: str) -> Fault:
    return Fault((), found, allowed, REQUIREMENT)


def names_of(certificate: x509.Certificate) -> list[str]:
    """The DNS names of a certificate, in lower case."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def _name_faults(first: x509.Certificate, wanted: Iterable[str]) -> Iterator[Fault]:
    held = names_of(first)
    for name in wanted:
        # A wildcard matches a single label, and no other wildcard.
        above = "*" if name.startswith("*.") else f"*.{name.partition('.')[2]}"
        if not {name, above} & set(held):
            yield _fault(f"is for {', '.join(held) or 'no name'}", f"it needs {name}")
    try:
        uses = first.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        found = "is no server's certificate: its extended key usage lacks serverAuth"
        yield _fault(found, "give a server's certificate")


def _life_faults(first: x509.Certificate, profile: Profile, now: datetime | None) -> Iterator[Fault]:
    moment, start, end = now or datetime.now(UTC), first.not_valid_before_utc, first.not_valid_after_utc
    if not start <= moment <= end:
        yield _fault(f"is valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}, not now", "give a valid one")
    if (days := (end - start).days) > profile.maximum_days:
        yield _fault(f"lives for {days} days", f"the guide's {profile.name} profile allows {profile.maximum_days}")


def _strength_faults(first: x509.Certificate, rest: list[x509.Certificate], profile: Profile) -> Iterator[Fault]:
    key = first.public_key()
    curves = [CURVES[curve] for curve in profile.ecdsa_curves]
    fine = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in curves
    if isinstance(key, rsa.RSAPublicKey) and profile.rsa_bits is not None:
        fine = key.key_size >= profile.rsa_bits
    if not fine:
        bits = f", or RSA with {profile.rsa_bits} bits" if profile.rsa_bits else ""
        yield _fault("its key is of another kind", f"give one with a key of {', '.join(profile.ecdsa_curves)}{bits}")
    hashed = first.signature_hash_algorithm
    if hashed is not None and hashed.name in WEAK_HASHES:
        yield _fault(f"is signed with {hashed.name}", "give one that is signed with SHA-256 or better")
    if first.issuer == first.subject:
        found = "is self-signed, which nobody trusts"
        yield _fault(found, "use one of a public authority, or of ours for internal names")
    elif not rest:
        found = "is alone, and clients find no way to a root"
        yield _fault(found, "add the intermediate certificates")
    for one, issuer in zip([first, *rest], rest, strict=False):
        try:
            one.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, ValueError):
            yield _fault("is out of order", "each certificate must be followed by the one that issued it")
            return


def key_faults(chain_pem: str, key_pem: str) -> Iterator[Fault]:
    """A fault, without a path, if the key does not match the chain. It reveals nothing about the key."""
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    except TypeError:
        yield _fault("is encrypted; a server cannot ask for its password", "give it without a password")
        return
    except ValueError:
        yield _fault("is no private key", "give it in PEM")
        return
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    try:
        leaf = chain_of(chain_pem)[0]
    except ValueError:
        # The fault of the chain itself reports it.
        return
    if key.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        yield _fault("does not belong to the certificate", "give the key that the certificate was made for")


def import_faults(chain_pem: str, key_pem: object, wanted: Iterable[str], profile: Profile) -> Iterator[Fault]:
    """Faults of a chain, and of its key if it is known already, each under its argument's name."""
    yield from (fault.under("chain_pem") for fault in chain_faults(chain_pem, wanted, profile))
    if isinstance(key_pem, str):
        yield from (fault.under("private_key_pem") for fault in key_faults(chain_pem, key_pem))


def days_left(chain_pem: str, now: datetime | None = None) -> int:
    """Whole days until the server's certificate expires."""
    return (chain_of(chain_pem)[0].not_valid_after_utc - (now or datetime.now(UTC))).days
