"""The router's interpretation of annotations, from its documented rules: names, types, defaults, and validity.

An invalid value is dropped with a warning, and the default applies. This shares no code with the rendering of the
annotations, so that the two can disagree.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "router.deis.io/"


class InvalidError(Exception):
    """The router would warn and keep its default."""


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise InvalidError(text)
    return text.lower() == "true"


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or text[0] == "0":
        raise InvalidError(text)
    return int(text)


def _ranges(text: str) -> list[str]:
    """IPv4 addresses and ranges separated by commas. A trailing comma is accepted, and breaks nginx: `allow ;`."""
    entries = [entry.strip() for entry in text.split(",")]
    for entry in entries[:-1] if entries[-1] == "" else entries:
        address, _, prefix = entry.partition("/")
        octets = address.split(".")
        fine = len(octets) == 4 and all(
            octet.isdigit() and str(int(octet)) == octet and int(octet) < 256 for octet in octets
        )
        if not fine or (prefix and not (prefix.isdigit() and int(prefix) <= 32 and str(int(prefix)) == prefix)):
            raise InvalidError(text)
        if "/" in entry and not prefix:
            raise InvalidError(text)
    return entries


def _one_of(*allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise InvalidError(text)
        return text

    return check


def _protocols(text: str) -> list[str]:
    known = {"SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
    if not text or not set(text.split()) <= known:
        raise InvalidError(text)
    return text.split()


def _ciphers(text: str) -> list[str]:
    names = text.split(":")
    if not all(name.replace("-", "").replace("_", "").isalnum() for name in names):
        raise InvalidError(text)
    return names


def _methods(text: str) -> list[str]:
    methods = text.split("|")
    if not set(methods) <= {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", ""}:
        raise InvalidError(text)
    return methods


def _domain(text: str) -> str:
    parts = text.lower().split(".")
    for part in parts[:-1]:
        if not all(word.isalnum() and word.isascii() for word in part.split("-")):
            raise InvalidError(text)
    last = parts[-1].replace("-", "")
    if len(parts) < 2 or len(last) < 2 or not last.isalnum() or parts[-1][0] == "-" or parts[-1][-1] == "-":
        raise InvalidError(text)
    return text


def _time(text: str) -> str:
    number = text.rstrip("smhdwMy")
    if text[len(number) :] not in ("", "ms", *"smhdwMy") or not number.isdigit() or number[0] == "0":
        raise InvalidError(text)
    return text


ROUTER: Mapping[str, tuple[Any, Callable[[str], Any]]] = {
    "nginx.defaultWhitelist": ([], _ranges),
    "nginx.disableServerTokens": (False, _flag),
    "nginx.enforceWhitelists": (False, _flag),
    "nginx.platformDomain": ("", _domain),
    "nginx.proxyRealIpCidrs": (["10.0.0.0/8"], _ranges),
    "nginx.ssl.ciphers": (["DES-CBC3-SHA"], _ciphers),
    "nginx.ssl.earlyDataMethods": (["GET", "HEAD", "OPTIONS"], _methods),
    "nginx.ssl.enforce": (False, _flag),
    "nginx.ssl.hsts.enabled": (False, _flag),
    "nginx.ssl.hsts.includeSubDomains": (False, _flag),
    "nginx.ssl.hsts.maxAge": (15552000, _number),
    "nginx.ssl.protocols": (["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], _protocols),
    "nginx.ssl.useSessionTickets": (True, _flag),
    "nginx.useProxyProtocol": (False, _flag),
    "nginx.whitelistMode": ("extend", _one_of("extend", "override")),
}
SERVICE: Mapping[str, tuple[Any, Callable[[str], Any]]] = {
    "connectTimeout": ("30s", _time),
    "domains": ([], lambda text: text.split(",")),
    "ssl.enforce": (False, _flag),
    "tcpTimeout": ("1300s", _time),
    "whitelist": ([], _ranges),
}
BUILDER: Mapping[str, tuple[Any, Callable[[str], Any]]] = {
    "nginx.connectTimeout": ("10s", _time),
    "nginx.tcpTimeout": ("1200s", _time),
}


@dataclass
class Read:
    """The router's resulting configuration."""

    values: dict[str, Any] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    """Annotations whose value was not valid, or whose name it does not know."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def read(annotations: Mapping[str, str], known: Mapping[str, tuple[Any, Callable[[str], Any]]]) -> Read:
    """The configuration from an object's annotations."""
    result = Read(values={name: default for name, (default, _) in known.items()})
    for key, text in annotations.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX)
        try:
            result.values[name] = known[name][1](text)
        except (InvalidError, KeyError):
            result.dropped.append(key)
    return result


def nginx_accepts(ranges: list[str]) -> bool:
    """Whether each entry is valid in an `allow` directive, with exactly its literal meaning."""
    for entry in ranges:
        try:
            ipaddress.IPv4Network(entry)
        except ValueError:
            return False
    return True


def admitted(router: Read, service: Read) -> list[str] | None:
    """The ranges that may reach a routable Service; None means everybody."""
    own, default = service["whitelist"], router["nginx.defaultWhitelist"]
    if not (router["nginx.enforceWhitelists"] or own or default):
        return None
    return [*(default if not own or router["nginx.whitelistMode"] == "extend" else []), *own]
