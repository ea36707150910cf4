"""A policy about user data, which whoever may describe the machine can read, and every process on it (VPN-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import secrets_in
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

POLICIES = (NO_SECRETS,)
