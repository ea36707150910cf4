"""Private keys in all formats of the tls provider."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sandbox.providers.base import ProviderError

ALGORITHMS: Final = ("RSA", "ECDSA", "ED25519")
CURVES: Final = {"P224": ec.SECP224R1, "P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def hash_for_state(value: bytes) -> str:
    """The ID that terraform-provider-tls computes (common.go, hashForState): SHA-1 without surrounding whitespace."""
    return hashlib.sha1(value.strip(), usedforsecurity=False).hexdigest()


def make_key(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A new key of the given algorithm: ID and outputs."""
    key: PrivateKey
    if inputs["algorithm"] == "RSA":
        key = rsa.generate_private_key(65537, int(inputs["rsaBits"]))
    elif inputs["algorithm"] == "ECDSA":
        key = ec.generate_private_key(CURVES[inputs["ecdsaCurve"]]())
    else:
        key = ed25519.Ed25519PrivateKey.generate()
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
    return hash_for_state(spki), made


def _openssh(key: PrivateKey) -> dict[str, str]:
    """The OpenSSH formats, which P-224 lacks."""
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


def load_key(pem: str) -> PrivateKey:
    """Parse the private key of an input.

    Raises:
        ProviderError: an unsupported kind of key.
    """
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise ProviderError("tls: the private key is none of RSA, ECDSA, ED25519")
    return key


def algorithm_of(key: PrivateKey) -> str:
    """The provider's name of the key's algorithm."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def digest_of(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The digest for the key, as in Go's x509."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {384: hashes.SHA384(), 521: hashes.SHA512()}.get(key.curve.key_size, hashes.SHA256())
    return hashes.SHA256()
