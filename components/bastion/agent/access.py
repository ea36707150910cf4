"""The list of people who may use the bastion, strictly parsed, and refused when it is too old (VPN-MFA)."""

import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_AGE_SECONDS = 180
"""Age at which the list counts as unreadable: with the pause between two runs and the time that an unanswered question
to AWS takes, whoever left is out within five minutes."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
FIELDS = {
    "role": re.compile(r"admin|operator|viewer"),
    "key": re.compile(r"[0-9a-f]{64}"),
    "ssh_key": re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=* ?[^\n\r]*"),
    "totp": re.compile(r"[A-Z2-7]{16,64}"),
    "expires": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"),
}
OPTIONAL = {"totp"}


class Refused(Exception):
    """A person or a program is refused; the message gives the reason and contains no secret."""


@dataclass(frozen=True)
class Member:
    """One person of the list."""

    name: str
    role: str
    key: str
    """SHA-256 of their certificate's public key (SubjectPublicKeyInfo), in hex: it outlives a renewal."""
    ssh_key: str
    totp: str
    """Base32; empty where the factor is another."""
    expires: str
    """RFC 3339 time, with as many digits and the offset that the tls provider wrote."""

    @property
    def proof(self) -> str:
        """Digest of the person's credentials; with other credentials, the memory of tries starts again."""
        return hashlib.sha256(f"{self.key} {self.totp}".encode()).hexdigest()


def parse(text: str) -> dict[str, Member]:
    """The people of a list.

    Raises:
        Refused: the list is not exactly as expected; an incomplete list is not used.
    """
    try:
        document: Any = json.loads(text)
    except ValueError:
        raise Refused("the list of people is not JSON") from None
    people = document.get("people") if isinstance(document, dict) else None
    if not isinstance(people, dict):
        raise Refused("the list of people has no people")
    return {name: _member(name, fields) for name, fields in people.items()}


def _member(name: str, fields: object) -> Member:
    if not NAME.fullmatch(name):
        raise Refused(f"the list of people holds the name {name!r:.40}")
    if not isinstance(fields, dict) or not FIELDS.keys() - OPTIONAL <= fields.keys() <= FIELDS.keys():
        raise Refused(f"the list of people has not the right fields for {name}")
    for field, value in fields.items():
        if not isinstance(value, str) or not FIELDS[field].fullmatch(value):
            raise Refused(f"the list of people has a malformed {field} for {name}")
    return Member(name=name, **{"totp": "", **fields})


def now() -> float:
    """Seconds since boot: a clock change does not make an old list look fresh."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def save(text: str) -> str:
    """The record of a list just read: the list and the time."""
    return json.dumps({"read": now(), "list": text})


def load(path: Path) -> dict[str, Member]:
    """Read the list that converge stored.

    Raises:
        Refused: it is missing, malformed or too old.
    """
    try:
        document: Any = json.loads(path.read_text())
        age, text = now() - float(document["read"]), str(document["list"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused("the list of people cannot be read") from None
    if not 0 <= age <= MAX_AGE_SECONDS:
        raise Refused(f"the list of people is {age:.0f} seconds old")
    return parse(text)


def last(path: Path) -> dict[str, Member]:
    """The last list read, of any age; empty if there is none. It grants nobody access."""
    try:
        return parse(str(json.loads(path.read_text())["list"]))
    except (OSError, ValueError, KeyError, TypeError, Refused):
        return {}
