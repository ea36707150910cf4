"""tls-crypt-v2 keys, in OpenVPN's format (doc/tls-crypt-v2.txt of its sources), so that none is made by hand.

Every person's client key is their own random key, wrapped with the server's key together with their name: the same
inputs give the same profile, and the bastion can tell before TLS whether the person is still in the list.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SERVER_KEY_BYTES: Final = 128
CLIENT_KEY_BYTES: Final = 256
_ENCRYPTION: Final = slice(0, 32)
_AUTHENTICATION: Final = slice(64, 96)
_TAG_BYTES: Final = 32
_LENGTH_BYTES: Final = 2
_MOST_WRAPPED_BYTES: Final = 1024
_USER_METADATA: Final = b"\x00"
_LINE: Final = 64


def _block(kind: str, raw: bytes) -> str:
    text = base64.b64encode(raw).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([f"-----BEGIN OpenVPN {kind}-----", *lines, f"-----END OpenVPN {kind}-----", ""])


def _checked(name: str, raw: bytes, length: int) -> bytes:
    if len(raw) != length:
        raise ValueError(f"tls-crypt-v2: {name} has {len(raw)} bytes; it needs {length}")
    return raw


def server_key(raw: bytes) -> str:
    """The server's key file.

    Raises:
        ValueError: not 128 bytes.
    """
    return _block("tls-crypt-v2 server key", _checked("the server key", raw, SERVER_KEY_BYTES))


def client_key(server: bytes, raw: bytes, person: str) -> str:
    """A person's key file: their key, and the same key wrapped for the server.

    Raises:
        ValueError: a key of the wrong size, or a name too long to be wrapped.
    """
    _checked("the server key", server, SERVER_KEY_BYTES)
    secret = _checked("a client key", raw, CLIENT_KEY_BYTES) + _USER_METADATA + person.encode()
    size = _TAG_BYTES + len(secret) + _LENGTH_BYTES
    if size > _MOST_WRAPPED_BYTES:
        raise ValueError(f"tls-crypt-v2: {person[:20]}... is too long a name to be wrapped")
    length = struct.pack(">H", size)
    tag = hmac.new(server[_AUTHENTICATION], length + secret, hashlib.sha256).digest()
    cipher = Cipher(algorithms.AES(server[_ENCRYPTION]), modes.CTR(tag[:16])).encryptor()
    return _block("tls-crypt-v2 client key", raw + tag + cipher.update(secret) + cipher.finalize() + length)
