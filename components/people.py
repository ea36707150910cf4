"""People: one list from which VPN access, SSH accounts, cluster access and alarms follow (SSH-USER, VPN-MFA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "operator", "viewer"]
"""admin: cluster administrator; operator: edits workloads and may log in to the bastion; viewer: reads."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One human being. Taking them out of the list takes away all that follows from it."""

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
