"""The people of these tests, with the keys that only they have, and certificates that nobody should have."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from components.people import Person

PEM = serialization.Encoding.PEM
UNENCRYPTED = serialization.NoEncryption()


def name_of(common_name: str) -> x509.Name:
    """A subject of just a CN."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """The key in PEM."""
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, UNENCRYPTED).decode()


def certificate(
    common_name: str,
    key: ec.EllipticCurvePrivateKey,
    authority: tuple[str, str] | None = None,
    *,
    days: tuple[float, float] = (-1, 30),
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    dns_name: str | None = None,
) -> str:
    """A certificate for a key, valid from and to so many days from now; signed by itself without an authority."""
    now = datetime.datetime.now(datetime.UTC)
    issuer, signer = name_of(common_name), key
    if authority:
        issuer = x509.load_pem_x509_certificate(authority[0].encode()).subject
        loaded = serialization.load_pem_private_key(authority[1].encode(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signer = loaded
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, authority is None, False, False, False), True)
    )
    if authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if dns_name:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
    return builder.sign(signer, hashes.SHA384()).public_bytes(PEM).decode()


@dataclass(frozen=True)
class Someone:
    """A person and their keys."""

    name: str
    role: Any
    generated: bool = False
    """Whether their VPN key is made by the program."""

    @cached_property
    def vpn_key(self) -> ec.EllipticCurvePrivateKey:
        """The key behind their request."""
        return ec.generate_private_key(ec.SECP384R1())

    @cached_property
    def ssh_key(self) -> ed25519.Ed25519PrivateKey:
        """The key that they log in with."""
        return ed25519.Ed25519PrivateKey.generate()

    @cached_property
    def person(self) -> Person:
        """Their entry in the list of people."""
        request = x509.CertificateSigningRequestBuilder().subject_name(name_of(self.name))
        signed = request.sign(self.vpn_key, hashes.SHA384()).public_bytes(PEM).decode()
        public = self.ssh_key.public_key()
        return Person(
            name=self.name,
            email=f"{self.name}@example.org",
            role=self.role,
            iam_principal=f"arn:aws:iam::123456789012:role/{self.name}",
            ssh_key=public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode(),
            vpn_certificate_request=None if self.generated else signed,
            generate_vpn_key=self.generated,
        )

    def write_key(self, folder: Path) -> None:
        """Put the VPN key where their profile expects it."""
        path = folder / f"{self.name}.key"
        path.write_text(private_pem(self.vpn_key))
        path.chmod(0o600)

    def write_ssh_key(self, folder: Path) -> Path:
        """Write the SSH key as ssh takes it."""
        path = folder / f"{self.name}.ssh"
        path.write_bytes(self.ssh_key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, UNENCRYPTED))
        path.chmod(0o600)
        return path


ADA = Someone("ada", "admin")
GRACE = Someone("grace", "operator", generated=True)
LIN = Someone("lin", "viewer", generated=True)
