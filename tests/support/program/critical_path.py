"""Certificates as an authority would issue them, for the tests of certificate validation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NEW_KEYS = {
    "P256": partial(ec.generate_private_key, ec.SECP256R1()),
    "P384": partial(ec.generate_private_key, ec.SECP384R1()),
    "P521": partial(ec.generate_private_key, ec.SECP521R1()),
    "RSA 2048": partial(rsa.generate_private_key, 65537, 2048),
    "RSA 1024": partial(rsa.generate_private_key, 65537, 1024),
}


@dataclass(frozen=True)
class Chain:
    """A certificate with its issuer's, and its key."""

    certificates: tuple[str, ...]
    """PEM of each: the one asked for, then its issuer's."""
    key: str

    @property
    def pem(self) -> str:
        """The chain in the order in which servers send it."""
        return "".join(self.certificates)


def chain_for(
    domain: str,
    *,
    names: tuple[str, ...] | None = None,
    days: int = 90,
    age: int = 1,
    kind: str = "P256",
    client: bool = False,
) -> Chain:
    """A chain for *.<domain>, or for `names`, issued `age` days ago with a lifetime of `days`."""
    authority = ec.generate_private_key(ec.SECP384R1())
    key: Key = NEW_KEYS[kind]()
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=age)

    def issued(subject: x509.Name, public: object) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root)
            .public_key(public)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
        )

    held = names if names is not None else (f"*.{domain}", domain)
    leaf = issued(x509.Name([]), key.public_key())
    if held:
        leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in held]), critical=True)
    use = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    top = issued(root, authority.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    pem = serialization.Encoding.PEM
    return Chain(
        certificates=tuple(
            builder.sign(authority, hashes.SHA384()).public_bytes(pem).decode() for builder in (leaf, top)
        ),
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
    )
