"""The guide of each requirement, to which a violation links."""

from __future__ import annotations

from typing import Final

_MOZILLA: Final = "https://infosec.mozilla.org/guidelines"
_KUBERNETES: Final = f"{_MOZILLA}/kubernetes"
_AWS: Final = f"{_MOZILLA}/aws_security"
_TLS: Final = "https://wiki.mozilla.org/Security/Server_Side_TLS"
_SSH: Final = f"{_MOZILLA}/openssh"

LINKS: Final = {
    "INH-1": _KUBERNETES,
    "INH-2": _KUBERNETES,
    "INH-3": _KUBERNETES,
    "INH-4": _KUBERNETES,
    "PLAT-1": _KUBERNETES,
    "AWS-MFA": _AWS,
    "AWS-TRAIL": _AWS,
    "AWS-DNS": _AWS,
    "AWS-S3": _AWS,
    "AWS-SG": _AWS,
    "AWS-EGRESS": _AWS,
    "TLS-CFG": _TLS,
    "TLS-PUB": _KUBERNETES,
    "TLS-INT": _KUBERNETES,
    "SSH-CFG": _SSH,
    "SSH-USER": _KUBERNETES,
    "VPN-MFA": _KUBERNETES,
    "DEIS-REG": _KUBERNETES,
    "DEIS-WL": _KUBERNETES,
}
"""ID -> the guide that asks for it."""


def link(requirement: str) -> str:
    """The guide of a requirement; of several, separated by spaces, that of the first.

    Raises:
        KeyError: there is no such requirement.
    """
    return LINKS[requirement.split(maxsplit=1)[0]]
