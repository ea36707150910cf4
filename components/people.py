"""People: the list from which VPN access, SSH accounts, cluster access and alarms are derived (SSH-USER, VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from components.faults import Fault, Path, choice_faults, unless_matching

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PRINCIPAL: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(user|role)/[\w+=,.@/-]+", re.ASCII)
SSH_KEY_TYPES: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
"""Without RSA: the SSH server of Deis's builder only knows SHA-1 signatures for it, which clients no longer make."""

Role = Literal["admin", "operator", "viewer"]
"""admin: cluster administrator; operator: edits workloads and may log in to the bastion; viewer: reads."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A human user. Removing them from the list revokes everything derived from it."""

    name: str
    """Login and certificate CN: lower-case letters, digits, dashes; starts with a letter."""
    email: str
    """Where alarms for this person go, and what their certificate names."""
    role: Role
    """What they may do in the cluster and on the bastion."""
    iam_principal: str
    """ARN of the IAM user or role with which they reach the cluster."""
    ssh_key: str
    """OpenSSH public key, ed25519 or ECDSA; one per person, shared with nobody."""
    vpn_certificate_request: str | None = None
    """PEM CSR of their VPN key. None: `generate_vpn_key` says that the program makes the key."""
    generate_vpn_key: bool = False
    """Make their VPN key here; it is then in the state, encrypted as a secret."""

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of this person alone."""
        yield from name_faults(("name",), self.name, "SSH-USER")
        yield from email_faults(("email",), self.email, "SSH-USER")
        yield from choice_faults(self, "VPN-MFA")
        allowed = "the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/ada"
        yield from unless_matching(("iam_principal",), self.iam_principal, PRINCIPAL, allowed, "VPN-MFA")
        yield from self._ssh_key_faults()

    def _ssh_key_faults(self) -> Iterator[Fault]:
        path, (kind, _, rest) = ("ssh_key",), self.ssh_key.partition(" ")
        if kind not in SSH_KEY_TYPES:
            allowed = f"give one of {', '.join(SSH_KEY_TYPES)} (RSA fails in Deis's builder)"
            yield Fault(path, f"a {kind or 'missing'} key is not accepted", allowed, "SSH-USER")
            return
        unusable = Fault(path, "is not an OpenSSH public key", "give the one line of the .pub file", "SSH-USER")
        if len(self.ssh_key.splitlines()) != 1:
            yield unusable
            return
        try:
            load_ssh_public_key(f"{kind} {rest.split(' ', 1)[0]}".encode())
        except (ValueError, UnsupportedAlgorithm):
            yield unusable


def name_faults(path: Path, name: str, requirement: str) -> Iterator[Fault]:
    """A fault if a text cannot be part of resource names."""
    allowed = "1 to 31 lower-case letters, digits and dashes, starting with a letter"
    yield from unless_matching(path, name, NAME, allowed, requirement)


def email_faults(path: Path, email: str, requirement: str) -> Iterator[Fault]:
    """A fault if a text is not an e-mail address."""
    yield from unless_matching(path, email, EMAIL, "an e-mail address, such as ada@example.org", requirement)


def people_faults(people: Sequence[Person]) -> Iterator[Fault]:
    """Faults of the argument `people`: of each person, and duplicates between people (SSH-USER)."""
    for person in people:
        yield from (fault.under("people", person.name) for fault in person.faults())
    for attribute in ("name", "email", "iam_principal"):
        seen: dict[str, str] = {}
        for person in people:
            value = getattr(person, attribute)
            if value in seen:
                found = f"{value} belongs to both {seen[value]} and {person.name}"
                yield Fault(("people", person.name, attribute), found, "give each person their own", "SSH-USER")
            seen.setdefault(value, person.name)
    bodies: dict[str, str] = {}
    for person in people:
        body = " ".join(person.ssh_key.split()[:2])
        if body in bodies:
            found = f"the key is also {bodies[body]}'s"
            yield Fault(("people", person.name, "ssh_key"), found, "give each person their own", "SSH-USER")
        bodies.setdefault(body, person.name)
