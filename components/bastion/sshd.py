"""The OpenSSH guide as data, and the sshd configuration written from it (SSH-CFG, SSH-USER).

The guide's modern list is older than today's scanners: the entries here are those that ssh-audit still accepts without
a failure or a warning; NIST curves, the non-etm MACs and plain curve25519 key exchange are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DROP_IN: Final = "/etc/ssh/sshd_config.d/00-palisade.conf"
"""sshd takes the first value it reads, so the name must sort before every other drop-in."""
SFTP_SERVER: Final = "/usr/lib/openssh/sftp-server"
"""Where Debian and Ubuntu install it."""


@dataclass(frozen=True, kw_only=True)
class HostKey:
    """A kind of host key that the server offers."""

    kind: str
    """As ssh-keygen names it."""
    path: str


HOST_KEYS: Final = (
    HostKey(kind="ed25519", path="/etc/ssh/ssh_host_ed25519_key"),
    HostKey(kind="rsa", path="/etc/ssh/ssh_host_rsa_key"),
)
RSA_BITS: Final = 4096
"""Modulus of the RSA host key."""
LEAST_RSA_BITS: Final = 3072
"""The shortest RSA key accepted from anyone."""
HOST_KEY_ALGORITHMS: Final = ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256")
CIPHERS: Final = (
    "chacha20-poly1305@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS: Final = ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "umac-128-etm@openssh.com")

_KEX_OLDEST: Final = ("sntrup761x25519-sha512@openssh.com",)
_KEX_OPENSSH_10: Final = ("mlkem768x25519-sha256", "sntrup761x25519-sha512", *_KEX_OLDEST)
OLDEST_VERSION: Final = (9, 1)
"""RequiredRSASize appeared in 9.1."""


def key_exchanges(version: tuple[int, int]) -> tuple[str, ...]:
    """The post-quantum key exchanges of an OpenSSH version, the preferred one first.

    Raises:
        ValueError: the version is too old for the configuration that the guide requires.
    """
    if version < OLDEST_VERSION:
        raise ValueError(f"OpenSSH {version[0]}.{version[1]} is too old; 9.1 is the oldest supported (SSH-CFG)")
    return _KEX_OPENSSH_10 if version >= (10, 0) else _KEX_OLDEST


@dataclass(frozen=True, kw_only=True)
class SshdOptions:
    """Parameters that differ between servers."""

    version: tuple[int, int]
    """Of OpenSSH, such as (9, 6)."""
    listen_address: str
    """The one address to listen on."""
    authorized_keys_file: str
    """Pattern of the root-owned files that name each account's key: nobody adds a key for themselves (SSH-USER)."""
    group: str
    """Only members of this group log in."""
    port: int = 22
    host_keys: Sequence[HostKey] = HOST_KEYS


def render(options: SshdOptions) -> str:
    """The drop-in that configures sshd as the guide requires."""
    lines = [
        "# Rendered from the OpenSSH guideline; changes are overwritten (SSH-CFG).",
        f"Port {options.port}",
        f"ListenAddress {options.listen_address}",
        *(f"HostKey {key.path}" for key in options.host_keys),
        f"HostKeyAlgorithms {','.join(HOST_KEY_ALGORITHMS)}",
        f"KexAlgorithms {','.join(key_exchanges(options.version))}",
        f"Ciphers {','.join(CIPHERS)}",
        f"MACs {','.join(MACS)}",
        f"RequiredRSASize {LEAST_RSA_BITS}",
        "AuthenticationMethods publickey",
        "PubkeyAuthentication yes",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "HostbasedAuthentication no",
        "PermitRootLogin no",
        "PermitEmptyPasswords no",
        "PermitUserEnvironment no",
        f"AuthorizedKeysFile {options.authorized_keys_file}",
        "AuthorizedKeysCommand none",
        "TrustedUserCAKeys none",
        f"AllowGroups {options.group}",
        "UsePAM yes",
        "LogLevel VERBOSE",
        "MaxAuthTries 3",
        "MaxStartups 10:30:60",
        "LoginGraceTime 30",
        "ClientAliveInterval 300",
        "ClientAliveCountMax 2",
        "DisableForwarding yes",
        # Before 10.0 the line above did not disable the next two (CVE-2025-32728).
        "AllowAgentForwarding no",
        "X11Forwarding no",
        "PermitTunnel no",
        f"Subsystem sftp {SFTP_SERVER} -f AUTHPRIV -l INFO",
    ]
    return "\n".join(lines) + "\n"
