"""Secrets in texts, detected by format and by neighbouring names: one detector for all policies.

Messages never contain the secret, only its kind.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

from policies.kernel.value import Value

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
    "a token": re.compile(
        r"""(?x) \b (?:
            gh[pousr]_\w{30,} | github_pat_\w{22,} | gl(?:pat|rt|dt|cbt|ptt|soat)-[\w-]{20,} | xox[abeprs]-[\w-]{10,}
          | xapp-[\w-]{20,} | (?:sk|rk)_live_\w{16,} | whsec_\w{24,} | npm_\w{36} | pypi-AgE[\w-]{40,}
          | dckr_pat_[\w-]{20,} | dop_v1_[0-9a-f]{64} | hv[sb]\.[\w-]{20,} | AIza[\w-]{35}
          | SG\.[\w-]{16,}\.[\w-]{16,} | shp(?:at|ss)_[0-9a-f]{32}
          | sk-(?:ant|proj)-[\w-]{20,} | pul-[0-9a-f]{40} | ATATT3[\w=-]{40,} | NRAK-[A-Z0-9]{27} )"""
    ),
    "a webhook's address": re.compile(r"\bhooks\.slack\.com/(?:services|workflows)/\w+/\w+/\w{8,}"),
    "a signed token (JWT)": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}"),
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
HINTS: Final = {
    "a private key": ("-----begin",),
    "an AWS access key": ("akia", "asia"),
    "a token": (
        *(
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "glrt-",
            "gldt-",
            "glcbt-",
            "glptt-",
            "glsoat-",
        ),
        *("xox", "xapp-", "sk_live_", "rk_live_", "whsec_", "npm_", "pypi-", "dckr_pat_", "dop_v1_", "hvs.", "hvb."),
        *("aiza", "sg.", "shpat_", "shpss_", "sk-ant-", "sk-proj-", "pul-", "atatt3", "nrak-"),
    ),
    "a webhook's address": ("hooks.slack.com",),
    "a signed token (JWT)": ("eyj",),
    "a URL with a password": ("://",),
    "a password": ("pass", "pwd", "secret", "token", "api_key", "apikey"),
    "a password that a command is given": ("passw", "passphrase", "token", "mysql", "mariadb", "curl"),
    "a password for chpasswd": ("chpasswd",),
    "a bearer token": ("authorization:",),
}
"""What a text holds, in lower case, in which a kind may be: most texts are searched for these alone, which is fast."""
_HINTED: Final = re.compile("|".join(re.escape(hint) for hint in sorted({one for of in HINTS.values() for one in of})))
REFERENCES: Final = re.compile(r"(?i)[$<{%(]|arn:|https?://|/|!|true\b|false\b|null\b|none\b")
"""How something begins that is no secret itself, but says where it comes from."""
PACKED: Final = re.compile(r"(?:[A-Za-z0-9+/]{40,}\r?\n[ \t]*)*[A-Za-z0-9+/]{4,}={0,2}")
"""Base64, in one line or folded as mail has it."""
SHORTEST: Final = 40


PASSWORD: Final = "a password"  # noqa: S105 - words
FORMATS: Final = SECRETS.keys() - {PASSWORD, "a password that a command is given", "a password for chpasswd"}
"""What is recognised by its form alone, wherever it is."""
_KEYS: Final = r"(?:api|private|access|secret|signing|encryption|master|session|auth|ssh|account)[_.-]?key"
SECRET_NAME: Final = re.compile(
    rf"(?i)(?:password|passwd|passphrase|(?:^|[_.-])(?:pass|pwd)|secret|token|credentials?|{_KEYS})$"
)
"""Names of settings that hold a secret; DB_PASSWORD_FILE holds the name of one."""
NO_VALUE: Final = re.compile(
    r"(?i)(?:yes|no|on|off|true|false|null|none|[01]?|\$\([\w.-]+\)|\$\{[\w.-]+\}|\{\{ ?resolve:[^{}]+\}\}"
    r"|arn:aws[\w-]*:(?:secretsmanager|ssm|kms|sns|iam):[\w:/+=,.@-]+)"
)
"""Values under such a name that are none: a switch, another variable, or where the secret is kept."""


def named_secret(name: str, value: Value) -> bool:
    """Whether a setting's name marks its value as a secret, and the value may be one, known or not."""
    return SECRET_NAME.search(name) is not None and (not value.known or NO_VALUE.fullmatch(value.text() or "") is None)


def secrets_in(text: str) -> Iterator[str]:
    """The kinds of secrets in a text, in its base64 content, and in compressed data within that."""
    for part in unpacked(text):
        lower = part.lower()
        for kind, pattern in SECRETS.items() if _HINTED.search(lower) else ():
            if any(hint in lower for hint in HINTS[kind]) and any(
                not _reference(match) for match in pattern.finditer(part)
            ):
                yield kind


def unpacked(text: str, depth: int = 0) -> Iterator[str]:
    """The text, its base64 content, and compressed data within that."""
    yield text
    if depth < DEEPEST and len(text) >= SHORTEST:
        for run in PACKED.findall(text):
            if len(run) >= SHORTEST:
                yield from unpacked(_unpacked("".join(run.split())), depth + 1)


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
    # Any byte may be next to a secret; PowerShell uses two bytes a character, one of which is zero.
    return data.replace(b"\0", b"").decode("latin-1")
