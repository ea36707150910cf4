"""Policies about user data: no secrets, which DescribeInstanceAttribute reveals, and no remote access (VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import secrets_in, unpacked
from policies.rules.compute.instances import ALL_LAUNCHERS, machines

FIELDS: Final = ("userData", "userDataBase64")


def each_text(find: Callable[[str], list[str]], required: str) -> Callable[[Resource], Iterator[Violation]]:
    """A rule that refuses what a function finds in a machine's user data."""

    def judged(resource: Resource) -> Iterator[Violation]:
        for machine in machines(resource):
            for name in FIELDS:
                with resource.isolate():
                    data = machine.value[name]
                    if found := find(data.text() or ""):
                        yield violation(data, ", ".join(found), required)

    return judged


def matching(text: str, patterns: Mapping[str, re.Pattern[str]], hint: re.Pattern[str]) -> list[str]:
    """The names of the patterns that a text, or its packed content, matches; only parts with the hint are searched."""
    parts = [part for part in unpacked(text) if hint.search(part)]
    return [name for name, pattern in patterns.items() if any(pattern.search(part) for part in parts)]


NO_SECRETS = Policy(
    id="no-secrets-in-user-data",
    requirement="VPN-MFA",
    types=ALL_LAUNCHERS,
    level=MANDATORY,
    severity=HIGH,
    description="User data holds no password, key or token.",
    fix="keep it in Secrets Manager and fetch it at boot with the machine's role; change what stood here",
    rule=each_text(lambda text: sorted(set(secrets_in(text))), "no secret"),
)

OPENED: Final = {
    "passwords for SSH": re.compile(
        r"^[^#\n]*(?:password|permitempty)(?:authentication|passwords)[ \t=]+[\"']?yes"
        r"(?!.{0,200}authentication[ \t=]+no)"
        r"|^[ \t]*ssh_pwauth:[ \t]*[\"']?(?:true|yes|on|1)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "root's login by SSH": re.compile(
        r"^[^#\n]*permitrootlogin[ \t=]+[\"']?(?:yes|prohibit-password|without-password)"
        r"(?!.{0,200}permitrootlogin[ \t=]+no)"
        r"|^[ \t]*disable_root:[ \t]*[\"']?(?:false|no|off|0)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "keys for SSH": re.compile(
        r"^[ \t-]*(?:ssh_authorized_keys|ssh_import_id):|^[^#\n]*(?:>|\btee\b)[^\n|]{0,200}authorized_keys",
        re.IGNORECASE | re.MULTILINE,
    ),
}
"""What opens a machine to SSH -> how scripts and cloud-init say it."""
HINT: Final = re.compile("authentication|permitempty|permitroot|ssh_|disable_root|authorized_keys", re.IGNORECASE)


NO_WAY_IN = Policy(
    id="user-data-opens-no-ssh",
    requirement="SSH-CFG SSH-USER",
    types=ALL_LAUNCHERS,
    level=MANDATORY,
    severity=HIGH,
    description="User data gives nobody SSH by a password, as root or by a key that is part of the machine's launch.",
    fix="leave sshd as it is installed, and reach machines through the VPN or SSM sessions",
    rule=each_text(lambda text: matching(text, OPENED, HINT), "none: each person has their own key, and the VPN"),
)

POLICIES = (NO_SECRETS, NO_WAY_IN)
