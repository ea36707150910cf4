"""The stand-in `tls` provider: real keys, requests and certificates, made with `cryptography`."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.providers.base import ProviderError, serve
from sandbox.providers.state_only import Maker, StateOnlyProvider

CURVES = {"P224": ec.SECP224R1, "P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1}
SUBJECT = {
    "commonName": NameOID.COMMON_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "country": NameOID.COUNTRY_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
KEY_USES = {
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
EXTENDED_USES = {
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def _private_key(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    key: PrivateKey
    match inputs["algorithm"]:
        case "RSA":
            key = rsa.generate_private_key(65537, int(inputs.get("rsaBits") or 2048))
        case "ECDSA":
            key = ec.generate_private_key(CURVES[inputs.get("ecdsaCurve") or "P224"]())
        case "ED25519":
            key = ed25519.Ed25519PrivateKey.generate()
        case other:
            raise ProviderError(f"tls: algorithm {other} is not one of RSA, ECDSA, ED25519")
    public = key.public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    traditional = (
        serialization.PrivateFormat.PKCS8
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else serialization.PrivateFormat.TraditionalOpenSSL
    )
    made = {
        "privateKeyPem": _private_pem(key, traditional),
        "privateKeyPemPkcs8": _private_pem(key, serialization.PrivateFormat.PKCS8),
        "publicKeyPem": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        "privateKeyOpenssh": "",
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
    if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1)):
        made |= _openssh(key)
    return hashlib.sha1(spki, usedforsecurity=False).hexdigest(), made


def _openssh(key: PrivateKey) -> dict[str, str]:
    """The OpenSSH forms, which P-224 does not have."""
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    loaded = serialization.load_ssh_public_key(public)
    md5 = serialization.ssh_key_fingerprint(loaded, hashes.MD5()).hex()  # noqa: S303 - the form that the SDK promises
    sha256 = base64.b64encode(serialization.ssh_key_fingerprint(loaded, hashes.SHA256())).decode().rstrip("=")
    return {
        "privateKeyOpenssh": _private_pem(key, serialization.PrivateFormat.OpenSSH),
        "publicKeyOpenssh": public.decode() + "\n",
        "publicKeyFingerprintMd5": ":".join(md5[at : at + 2] for at in range(0, len(md5), 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }


def _private_pem(key: PrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _load_key(pem: str) -> PrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise ProviderError("tls: the private key is none of RSA, ECDSA, ED25519")
    return key


def _algorithm(key: PrivateKey) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def _hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The digest that goes with the key, as Go's x509 chooses it."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {384: hashes.SHA384(), 521: hashes.SHA512()}.get(key.curve.key_size, hashes.SHA256())
    return hashes.SHA256()


def _subject(inputs: dict[str, Any]) -> x509.Name:
    subject = inputs.get("subject") or {}
    names = [x509.NameAttribute(oid, subject[key]) for key, oid in SUBJECT.items() if subject.get(key)]
    names += [x509.NameAttribute(NameOID.STREET_ADDRESS, line) for line in subject.get("streetAddresses") or []]
    return x509.Name(names)


def _alternative_names(inputs: dict[str, Any]) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in inputs.get("dnsNames") or []),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or []),
        *(x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []),
    ]


def _request(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    key = _load_key(inputs["privateKeyPem"])
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(inputs))
    if names := _alternative_names(inputs):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = builder.sign(key, _hash(key)).public_bytes(serialization.Encoding.PEM).decode()
    return hashlib.sha1(pem.encode(), usedforsecurity=False).hexdigest(), {
        "certRequestPem": pem,
        "keyAlgorithm": _algorithm(key),
    }


def _self_signed(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    key, subject = _load_key(inputs["privateKeyPem"]), _subject(inputs)
    builder = _certificate(inputs, subject, subject, key.public_key(), _alternative_names(inputs))
    if inputs.get("setAuthorityKeyId"):
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    id_, made = _signed(builder, key, inputs)
    return id_, {**made, "keyAlgorithm": _algorithm(key)}


def _locally_signed(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
    key = _load_key(inputs["caPrivateKeyPem"])
    request = x509.load_pem_x509_csr(inputs["certRequestPem"].encode())
    if not request.is_signature_valid:
        raise ProviderError("tls: the certificate request's signature does not fit its key")
    try:
        names: Iterable[x509.GeneralName] = request.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        names = ()
    builder = _certificate(inputs, request.subject, authority.subject, request.public_key(), list(names))
    try:
        subject_key = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)
        builder = builder.add_extension(identifier, critical=False)
    except x509.ExtensionNotFound:
        pass
    id_, made = _signed(builder, key, inputs)
    return id_, {**made, "caKeyAlgorithm": _algorithm(key)}


def _certificate(
    inputs: dict[str, Any], subject: x509.Name, issuer: x509.Name, public: Any, names: list[x509.GeneralName]
) -> x509.CertificateBuilder:
    """An unsigned certificate with the uses and the lifetime that the inputs ask for."""
    uses = inputs["allowedUses"]
    if unknown := [use for use in uses if use not in KEY_USES and use not in EXTENDED_USES]:
        raise ProviderError(f"tls: allowedUses: {', '.join(unknown)} is not known")
    start = dt.datetime.now(dt.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(hours=int(inputs["validityPeriodHours"])))
        .add_extension(
            x509.KeyUsage(**{field: any(KEY_USES.get(use) == field for use in uses) for field in KEY_USES.values()}),
            True,
        )
    )
    if extended := [EXTENDED_USES[use] for use in uses if use in EXTENDED_USES]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    authority = bool(inputs.get("isCaCertificate"))
    depth = inputs.get("maxPathLength") if authority else None
    builder = builder.add_extension(
        x509.BasicConstraints(ca=authority, path_length=None if depth is None or int(depth) < 0 else int(depth)), True
    )
    if authority or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder


def _signed(builder: x509.CertificateBuilder, key: PrivateKey, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    certificate = builder.sign(key, _hash(key))
    made = {
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "validityStartTime": certificate.not_valid_before_utc.isoformat(),
        "validityEndTime": certificate.not_valid_after_utc.isoformat(),
        "readyForRenewal": False,
    }
    return str(certificate.serial_number), made


def due(outputs: dict[str, Any], now: dt.datetime | None = None) -> bool:
    """Whether a certificate has come to the time of its early renewal."""
    early = dt.timedelta(hours=int(outputs.get("earlyRenewalHours") or 0))
    return (now or dt.datetime.now(dt.UTC)) >= dt.datetime.fromisoformat(outputs["validityEndTime"]) - early


CERTIFICATE = ("certPem", "validityStartTime", "validityEndTime", "readyForRenewal")
MAKERS = {
    "tls:index/privateKey:PrivateKey": Maker(
        _private_key,
        (
            "privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh",
            "publicKeyFingerprintMd5", "publicKeyFingerprintSha256",
        ),
    ),
    "tls:index/certRequest:CertRequest": Maker(_request, ("certRequestPem", "keyAlgorithm")),
    "tls:index/selfSignedCert:SelfSignedCert": Maker(_self_signed, (*CERTIFICATE, "keyAlgorithm"), due),
    "tls:index/locallySignedCert:LocallySignedCert": Maker(_locally_signed, (*CERTIFICATE, "caKeyAlgorithm"), due),
}  # fmt: skip


class TlsProvider(StateOnlyProvider):
    """The tls types. A certificate is replaced when an input changes or its early renewal is due."""

    name, version = "tls", "5.6.2"
    makers = MAKERS


if __name__ == "__main__":
    serve(TlsProvider())
