"""Policies about user data: no secrets, which DescribeInstanceAttribute reveals, and no remote access (VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import secrets_in, unpacked
from policies.rules.compute.instances import ALL_LAUNCHERS, machines

FIELDS: Final = ("userData", "userDataBase64")


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


def _no_way_in(resource: Resource) -> Iterator[Violation]:
    for machine in machines(resource):
        for name in FIELDS:
            with resource.isolate():
                data = machine.value[name]
                parts = [part for part in unpacked(data.text() or "") if HINT.search(part)]
                if found := [what for what, said in OPENED.items() if any(said.search(part) for part in parts)]:
                    yield violation(data, ", ".join(found), "none: each person has their own key, and the VPN")


NO_WAY_IN = Policy(
    id="user-data-opens-no-ssh",
    requirement="SSH-CFG SSH-USER",
    types=ALL_LAUNCHERS,
    level=MANDATORY,
    severity=HIGH,
    description="User data gives nobody SSH by a password, as root or by a key that is part of the machine's launch.",
    fix="leave sshd as it is installed, and reach machines through the VPN or SSM sessions",
    rule=_no_way_in,
)

POLICIES = (NO_SECRETS, NO_WAY_IN)
