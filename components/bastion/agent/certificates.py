"""The public key of a certificate, parsed with the standard library alone."""

import base64
import hashlib
import re

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
SEQUENCE, VERSION = 0x30, 0xA0
BEFORE_KEY = 5
"""Serial, signature algorithm, issuer, validity and subject come before the key."""
LONG_FORM = 0x80


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start of content and end of the DER element at an offset."""
    tag, length, start = der[at], der[at + 1], at + 2
    if length & LONG_FORM:
        count = length & ~LONG_FORM
        length, start = int.from_bytes(der[start : start + count], "big"), start + count
    if start + length > len(der):
        raise ValueError("the certificate ends too early")
    return tag, start, start + length


def key_fingerprint(pem: str) -> str:
    """SHA-256 of the certificate's SubjectPublicKeyInfo, in hex.

    Raises:
        ValueError: this is no certificate.
    """
    found = BLOCK.search(pem)
    if not found:
        raise ValueError("no certificate in PEM")
    der = base64.b64decode("".join(found[1].split()), validate=True)
    try:
        _, outer, _ = _element(der, 0)
        _, at, _ = _element(der, outer)
        tag, _, end = _element(der, at)
        at = end if tag == VERSION else at
        for _ in range(BEFORE_KEY):
            _, _, at = _element(der, at)
        tag, _, end = _element(der, at)
    except IndexError:
        raise ValueError("the certificate ends too early") from None
    if tag != SEQUENCE:
        raise ValueError("the certificate has no public key where it must be")
    return hashlib.sha256(der[at:end]).hexdigest()
