"""A policy about user data, which whoever may describe the machine can read, and every process on it (VPN-MFA)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.compute.instances import ALL_LAUNCHERS, machines

FIELDS: Final = ("userData", "userDataBase64")
MOST_BYTES: Final = 1 << 20
"""Packed user data is unpacked so far; EC2 takes 16 KiB packed."""
DEEPEST: Final = 3
"""Base64 within base64 is looked into so often."""
GZIP: Final = b"\x1f\x8b"

SECRETS: Final = {
    "a private key": re.compile(
        r"-----BEGIN (?:(?:[A-Z0-9]+ )*PRIVATE KEY|OpenVPN [\w -]*key[\w -]*)-----(?:\\n|\s)+[\w+/:-]{8}"
    ),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token": re.compile(r"\b(?:gh[pousr]_\w{30,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|pul-[0-9a-f]{40})"),
    "a URL with a password": re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@]+:[^\s:/@$<{]+@"),
    "a password": re.compile(
        r"""(?ix)
        (?: pass(?:word|wd|phrase) | (?<![a-z]) (?: pass | pwd | secret(?:_?(?:access_?)?key)? | token | api_?key )
          | (?-i: (?<=[a-z]) (?: Pass | Pwd | Secret(?:(?:Access)?Key)? | Token | ApiKey) ) )
        ["']? \s* [=:] \s* (?: ["'] (?P<quoted> [^"'\n]{4,}) | (?P<plain> [^\s"'()]{4,} (?<![,:])) (?=\s|$) )"""
    ),
    "a password that a command is given": re.compile(
        r"""(?x) (?<!\S) (?: --(?:[a-z]{1,20}-){0,4}(?:password|passwd|passphrase|token)[=\s]\s*
                         | (?:mysql|mysqldump|mariadb)\b[^\n|;]{0,200}?\s-p
                         | curl\b[^\n|;]{0,200}?\s(?:-u|--user)[=\s]?["']?[\w.@-]+: )
        (?: ["'] (?P<quoted> [^"'\n]{4,}) | (?P<plain> [^\s"'()|;]{4,}) )"""
    ),
    "a password for chpasswd": re.compile(
        r"(?<![\w.-])[\w.-]{1,64}:(?P<plain>[^\s:\"'|]{4,})[\"']?\s*\|\s*(?:sudo\s+)?chpasswd\b"
    ),
    "a bearer token": re.compile(r"(?i)\bauthorization:\s*(?:bearer|basic|token)\s+(?P<plain>[\w.+/=~-]{8,})"),
}
"""What is recognised. The names before = and : end in the word, so that secret_arn and token_url are none.

A program's own text is none: the header of a key without a key, a call, a type.
"""
REFERENCES: Final = re.compile(r"(?i)[$<{%(]|arn:|https?://|/|!|true\b|false\b|null\b|none\b")
"""How something begins that is no secret itself, but says where it comes from."""
PACKED: Final = re.compile(r"(?:[A-Za-z0-9+/]{40,}\r?\n[ \t]*)*[A-Za-z0-9+/]{4,}={0,2}")
"""Base64, in one line or folded as mail has it."""
SHORTEST: Final = 40


def secrets_in(text: str, depth: int = 0) -> Iterator[str]:
    """The kinds of secrets in a text, in what is base64 in it, and in what is compressed in that."""
    for kind, pattern in SECRETS.items():
        if any(not _reference(match) for match in pattern.finditer(text)):
            yield kind
    if depth < DEEPEST:
        for run in PACKED.findall(text):
            if len(run) >= SHORTEST:
                yield from secrets_in(_unpacked("".join(run.split())), depth + 1)


def _reference(match: re.Match[str]) -> bool:
    said = match.groupdict()
    value = said.get("quoted") or said.get("plain")
    return value is not None and REFERENCES.match(value) is not None


def _unpacked(run: str) -> str:
    try:
        data = base64.b64decode(run + "=" * (-len(run) % 4))
        if data.startswith(GZIP):
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        return ""
    # Any byte may stand beside a secret; of PowerShell's two bytes a character, one is empty.
    return data.replace(b"\0", b"").decode("latin-1")


def _no_secrets(resource: Resource) -> Iterator[Violation]:
    for machine in machines(resource):
        for name in FIELDS:
            with resource.isolate():
                data = machine.value[name]
                if found := sorted(set(secrets_in(data.text() or ""))):
                    yield violation(data, ", ".join(found), "no secret")


NO_SECRETS = Policy(
    id="no-secrets-in-user-data",
    requirement="VPN-MFA",
    types=ALL_LAUNCHERS,
    level=MANDATORY,
    severity=HIGH,
    description="User data holds no password, key or token.",
    fix="keep it in Secrets Manager and fetch it at boot with the machine's role; change what stood here",
    rule=_no_secrets,
)

POLICIES = (NO_SECRETS,)
