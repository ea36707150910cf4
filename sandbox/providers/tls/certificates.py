"""Requests and certificates, with the extensions that the tls provider and Go's crypto/x509 write."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.providers.base import ProviderError
from sandbox.providers.tls.keys import PrivateKey, algorithm_of, digest_of, hash_for_state, load_key

SUBJECT: Final = {
    "country": NameOID.COUNTRY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
"""In the order in which Go's pkix.Name writes them."""
KEY_USES: Final = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
EXTENDED_USES: Final = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
SERIAL_BITS: Final = 128
NANOSECONDS: Final = 10**9
REQUEST: Final = re.compile(r"-----BEGIN CERTIFICATE REQUEST-----")
BLOCK: Final = re.compile(r"^-----BEGIN ", re.MULTILINE)
"""Where Go's encoding/pem sees a block begin."""


def make_request(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A signing request: ID and outputs."""
    key = load_key(inputs["privateKeyPem"])
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(inputs))
    if names := _alternative_names(inputs):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(key, digest_of(key))
    return hash_for_state(request.public_bytes(serialization.Encoding.DER)), {
        "certRequestPem": request.public_bytes(serialization.Encoding.PEM).decode(),
        "keyAlgorithm": algorithm_of(key),
    }


def make_self_signed(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A self-signed certificate: ID and outputs."""
    key, subject = load_key(inputs["privateKeyPem"]), _subject(inputs)
    own = _key_identifier(key.public_key()) if inputs["isCaCertificate"] or inputs["setSubjectKeyId"] else None
    if inputs["setAuthorityKeyId"] and own is None:
        raise ProviderError("Invalid Certificate Authority: Could not determine Authority Key Identifier")
    issuer = own if inputs["setAuthorityKeyId"] else None
    id_, made = _signed(inputs, subject, subject, key.public_key(), _alternative_names(inputs), issuer, key)
    return id_, {**made, "keyAlgorithm": algorithm_of(key)}


def make_locally_signed(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A certificate for a request, signed by an authority: ID and outputs. The request's signature is not verified."""
    authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
    key = load_key(inputs["caPrivateKeyPem"])
    pem = inputs["certRequestPem"]
    block = BLOCK.search(pem)
    if block is None or not REQUEST.match(pem, block.start()):
        raise ProviderError("Failed to parse certificate request PEM: no PEM block of the type CERTIFICATE REQUEST")
    request = x509.load_pem_x509_csr(pem.encode())
    try:
        names = list(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    try:
        issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        issuer = None
    subject = _subject_of(request.subject)
    # crypto/x509 omits the authority key ID if subject and issuer are equal.
    issuer = None if subject == authority.subject else issuer
    id_, made = _signed(inputs, subject, authority.subject, request.public_key(), names, issuer, key)
    return id_, {**made, "caKeyAlgorithm": algorithm_of(key)}


def _subject(inputs: dict[str, Any]) -> x509.Name:
    subject = inputs.get("subject") or {}
    given = {key: value if isinstance(value, list) else [value] for key, value in subject.items() if value}
    parts = [[x509.NameAttribute(SUBJECT[key], text) for text in given[key]] for key in SUBJECT if key in given]
    email = [x509.NameAttribute(NameOID.EMAIL_ADDRESS, text) for text in given.get("emailAddress", [])]
    return x509.Name([x509.RelativeDistinguishedName(part) for part in (*parts, email) if part])


def _subject_of(name: x509.Name) -> x509.Name:
    """A request's subject as Go encodes it: in its own order, and without fields that pkix.Name lacks."""
    parts = [name.get_attributes_for_oid(oid) for oid in SUBJECT.values()]
    return x509.Name([x509.RelativeDistinguishedName(part) for part in parts if part])


def _alternative_names(inputs: dict[str, Any]) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in inputs.get("dnsNames") or []),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or []),
        *(x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []),
    ]


def _key_identifier(public: Any) -> bytes:
    """common_cert.go, generateSubjectKeyID: as in RFC 5280, except that Ed25519 keys are hashed with a header."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return hashlib.sha1(b"\x04\x20" + public.public_bytes_raw(), usedforsecurity=False).digest()
    return x509.SubjectKeyIdentifier.from_public_key(public).digest


def _signed(
    inputs: dict[str, Any],
    subject: x509.Name,
    issuer: x509.Name,
    public: Any,
    names: Sequence[x509.GeneralName],
    issuer_key: bytes | None,
    key: PrivateKey,
) -> tuple[str, dict[str, Any]]:
    """ID and outputs of a certificate with the uses and the lifetime of the inputs."""
    authority, uses = inputs["isCaCertificate"], inputs["allowedUses"]
    if authority and not list(subject):
        raise ProviderError("Invalid Certificate Subject: Must contain at least one Distinguished Name")
    start = time.time_ns()
    end = start + int(inputs["validityPeriodHours"]) * 3600 * NANOSECONDS
    serial = secrets.randbits(SERIAL_BITS)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(dt.datetime.fromtimestamp(start // NANOSECONDS, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(end // NANOSECONDS, dt.UTC))
    )
    chosen = {field: use in uses for use, field in KEY_USES.items()}
    if any(chosen.values()):
        builder = builder.add_extension(x509.KeyUsage(**chosen), critical=True)
    if extended := [EXTENDED_USES[use] for use in uses if use in EXTENDED_USES]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    # The provider does not set Go's MaxPathLenZero, so a length of 0 means none.
    depth = int(inputs.get("maxPathLength") or 0) if authority else 0
    builder = builder.add_extension(x509.BasicConstraints(authority, depth if depth > 0 else None), critical=True)
    if authority or inputs["setSubjectKeyId"]:
        builder = builder.add_extension(x509.SubjectKeyIdentifier(_key_identifier(public)), critical=False)
    if issuer_key is not None:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(issuer_key, None, None), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not list(subject))
    certificate = builder.sign(key, digest_of(key))
    return str(serial), {
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "validityStartTime": rfc3339(start),
        "validityEndTime": rfc3339(end),
    }


def rfc3339(moment: int) -> str:
    """Nanoseconds since 1970 as Go's time.Time marshals them: in the local time zone, without trailing zeros."""
    seconds, rest = divmod(moment, NANOSECONDS)
    local = dt.datetime.fromtimestamp(seconds).astimezone()
    fraction = f".{rest:09}".rstrip("0").rstrip(".")
    return local.strftime("%Y-%m-%dT%H:%M:%S") + fraction + local.isoformat()[19:].replace("+00:00", "Z")
