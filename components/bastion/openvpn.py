"""OpenVPN with a second factor, as data and as the configuration files written from it (VPN-MFA, TLS-CFG, TLS-INT).

Server and client profile are derived from the same facts: TLS 1.3 of the modern profile, AEAD ciphers for the data, a
tls-crypt-v2 key per person, certificates verified on both sides, and a second factor once per session.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.faults import Fault
from policies.guidelines import tls

DATA_CIPHERS: Final = ("AES-256-GCM", "AES-128-GCM", "CHACHA20-POLY1305")
HAND_WINDOW_SECONDS: Final = 60
"""How long a handshake may take, the second factor included."""
MFA_SECONDS: Final = 45
"""How long the second factor may take: less than the handshake, so that a slow answer is a refusal, not a hang."""
RENEGOTIATE_SECONDS: Final = 3600
SESSION_SECONDS: Final = 43200
"""How long one second factor lasts; renegotiation within it asks for no further one."""
KEEPALIVE: Final = (10, 60)
"""Seconds between pings, and of silence until the other side counts as gone."""
FIRST_PACKETS: Final = (100, 10)
"""Initial packets answered, in so many seconds: more than people need, little for a flood."""

BASTION_TAG: Final = ("palisade:role", "vpn-bastion")
"""Marks the instance, its security group and its way in: what may have a public address and a port open to people."""

FORBIDDEN: Final = frozenset(
    {
        "duplicate-cn",  # one certificate, many sessions: shared identities
        "client-to-client",  # routes around the firewall of the bastion
        "auth-user-pass-optional",  # makes the second factor optional
        "verify-client-cert none",
        "verify-client-cert optional",
        "redirect-gateway",  # the tunnel is for the private subnets only
        "compress",
        "comp-lzo",  # compression leaks plain text (VORACLE)
        "cipher none",
        "auth none",
        "secret",  # static keys: no forward secrecy
    }
)
"""Directives, or directives with a value, that undo the guide; never rendered."""


def forbidden_in(configuration: str) -> list[str]:
    """The forbidden directives in a configuration, including pushed ones."""
    found = []
    for line in configuration.splitlines():
        words = line.split("#", 1)[0].split(";", 1)[0].replace('"', " ").split()
        words = words[1:] if words[:1] == ["push"] else words
        hits = {word for word in (" ".join(words[:1]), " ".join(words[:2])) if word in FORBIDDEN}
        found += sorted(hits)
    return found


@dataclass(frozen=True, kw_only=True)
class Files:
    """Paths of the server's files."""

    ca: str
    certificate: str
    key: str
    tls_crypt_v2: str
    helper: str
    """Program that decides about tls-crypt-v2 metadata, certificates and second factors, by `script_type`."""
    management: str
    """Path of the management interface's socket."""
    exported_certificates: str
    """Folder in which the peer's certificate is put for the helper."""


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Parameters that differ between servers."""

    port: int
    client_cidr: str
    """Range that clients get their addresses from."""
    routes: Sequence[str]
    """Networks pushed to the clients; nothing else is routed through the tunnel."""
    resolver: str
    """DNS server pushed to the clients, and routed."""
    domains: Sequence[str] = ()
    """Domains that are asked of the resolver; the client's own DNS keeps the rest where it supports that."""
    files: Files
    version: tuple[int, int]
    """Of OpenVPN, such as (2, 6)."""
    post_quantum: bool
    """Whether its OpenSSL is 3.5 or later."""
    user: str = "nobody"
    group: str = "nogroup"
    """Whom the server becomes after start."""
    max_clients: int = 100
    mfa_environment: Sequence[str] = field(default_factory=tuple)
    """Further `setenv` pairs for the helper."""


def _network(cidr: str) -> str:
    network = ipaddress.IPv4Network(cidr)
    return f"{network.network_address} {network.netmask}"


WIDEST_CLIENTS: Final = 16
"""Prefix of the widest range that OpenVPN gives addresses from."""
NARROWEST_CLIENTS: Final = 28
"""Below sixteen addresses hardly anybody could connect."""


def client_range_faults(cidr: str) -> Iterator[Fault]:
    """A fault if a network cannot serve as the clients' range."""
    network = ipaddress.IPv4Network(cidr)
    if not network.is_private or not WIDEST_CLIENTS <= network.prefixlen <= NARROWEST_CLIENTS:
        allowed = f"give a private range of /{WIDEST_CLIENTS} to /{NARROWEST_CLIENTS}"
        yield Fault(("client_cidr",), f"{network} is not allowed", allowed, "VPN-MFA")


def server_address(client_cidr: str) -> str:
    """The server's own address in the tunnel: the first of the range."""
    return str(ipaddress.IPv4Network(client_cidr)[1])


def _tls_lines(*, post_quantum: bool) -> list[str]:
    profile = tls.MODERN
    return [
        "tls-version-min 1.3",
        f"tls-ciphersuites {':'.join(profile.tls13_suites)}",
        f"tls-groups {':'.join(tls.groups_for(profile, post_quantum=post_quantum))}",
        "tls-cert-profile preferred",
        f"data-ciphers {':'.join(DATA_CIPHERS)}",
    ]


def _persist_lines(version: tuple[int, int]) -> list[str]:
    # OpenVPN 2.7 always keeps keys and warns about the directive.
    return ["persist-tun"] if version >= (2, 7) else ["persist-key", "persist-tun"]


def render_server(options: ServerOptions) -> str:
    """The server's configuration file."""
    files = options.files
    resolver = ipaddress.IPv4Network(f"{options.resolver}/32")
    routes = sorted({*map(ipaddress.IPv4Network, options.routes), resolver})
    # A resolver inside a routed network needs no route of its own.
    routes = [
        route for route in routes if route != resolver or not any(route != r and route.subnet_of(r) for r in routes)
    ]
    lines = [
        "# Rendered from the OpenVPN guideline; changes are overwritten (VPN-MFA).",
        f"port {options.port}",
        "proto udp4",
        "dev tun0",
        "dev-type tun",
        "topology subnet",
        f"server {_network(options.client_cidr)}",
        # The tests run the bastion's mode: data in user space, everywhere.
        "disable-dco",
        f"ca {files.ca}",
        f"cert {files.certificate}",
        f"key {files.key}",
        "dh none",
        *_tls_lines(post_quantum=options.post_quantum),
        f"tls-crypt-v2 {files.tls_crypt_v2} force-cookie",
        "remote-cert-tls client",
        "verify-client-cert require",
        "script-security 2",
        f"tls-export-cert {files.exported_certificates}",
        f"tls-crypt-v2-verify {files.helper}",
        f"tls-verify {files.helper}",
        f"auth-user-pass-verify {files.helper} via-file",
        # external-auth: the helper also checks tokens, so that a token is never accepted with another certificate.
        f"auth-gen-token {SESSION_SECONDS} {RENEGOTIATE_SECONDS} external-auth",
        f"reneg-sec {RENEGOTIATE_SECONDS}",
        f"hand-window {HAND_WINDOW_SECONDS}",
        f"connect-freq-initial {FIRST_PACKETS[0]} {FIRST_PACKETS[1]}",
        f"max-clients {options.max_clients}",
        f"keepalive {KEEPALIVE[0]} {KEEPALIVE[1]}",
        "explicit-exit-notify 1",
        *_persist_lines(options.version),
        f"user {options.user}",
        f"group {options.group}",
        f"management {files.management} unix",
        *(f"setenv {pair}" for pair in options.mfa_environment),
        *(f'push "route {_network(str(route))}"' for route in routes),
        f'push "dhcp-option DNS {options.resolver}"',
        f'push "dns server 0 address {options.resolver}"',
        *([f'push "dns server 0 resolve-domains {" ".join(options.domains)}"'] if options.domains else []),
        "verb 3",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class ClientOptions:
    """Parameters that differ between people's profiles."""

    address: str
    """Public address of the server."""
    port: int
    server_name: str
    """CN of the server's certificate."""
    ca: str
    certificate: str
    key: str | None
    """PEM of the private key. None: it never left the person, who keeps it in `key_file` beside the profile."""
    key_file: str
    tls_crypt_v2: str


def render_client(options: ClientOptions) -> str:
    """A complete profile for every OpenVPN client from 2.6 on."""

    def inline(tag: str, pem: str) -> str:
        return f"<{tag}>\n{pem.strip()}\n</{tag}>"

    lines = [
        "client",
        "dev tun",
        "proto udp4",
        f"remote {options.address} {options.port}",
        "nobind",
        "resolv-retry infinite",
        "persist-tun",
        "remote-cert-tls server",
        f"verify-x509-name {options.server_name} name",
        # No groups are named: the client offers those of its own OpenSSL, the server chooses.
        *[line for line in _tls_lines(post_quantum=True) if not line.startswith("tls-groups")],
        "auth-user-pass",
        "auth-nocache",
        f"hand-window {HAND_WINDOW_SECONDS}",
        "explicit-exit-notify 1",
        "verb 3",
        inline("ca", options.ca),
        inline("cert", options.certificate),
        inline("key", options.key) if options.key is not None else f"key {options.key_file}",
        inline("tls-crypt-v2", options.tls_crypt_v2),
    ]
    return "\n".join(lines) + "\n"
