"""Policies about access keys and passwords (AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, HIGH, LOW, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

ACCESS_KEY: Final = "aws:iam/accessKey:AccessKey"
PASSWORD_POLICY: Final = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"  # noqa: S105 - a type


def _no_access_key(resource: Resource) -> Iterator[Violation]:
    yield violation(resource.props["user"], "a key that does not end by itself", "a role: Pod Identity, SSO, OIDC")


NO_ACCESS_KEY = Policy(
    id="iam-no-access-key",
    requirement="AWS-MFA",
    types=frozenset({ACCESS_KEY}),
    level=ADVISORY,
    severity=HIGH,
    description="Nobody has a static access key.",
    fix="use a role; where a program knows keys only, give it one with minimal rights, and rotate it",
    rule=_no_access_key,
)

LEAST: Final = {"minimumPasswordLength": 14, "passwordReusePrevention": 24}
NEEDED: Final = (
    "requireLowercaseCharacters",
    "requireUppercaseCharacters",
    "requireNumbers",
    "requireSymbols",
)


def _passwords(resource: Resource) -> Iterator[Violation]:
    def enough(value: Value) -> Iterator[Violation]:
        least = LEAST[value.path]
        if (value.number() or 0) < least:
            yield violation(value, value.text() or "nothing", f"{least} or more")

    def required(value: Value) -> Iterator[Violation]:
        if not value.flag():
            yield violation(value, "false" if value.present else "nothing (false)", "true")

    yield from resource.each((resource.props[name] for name in LEAST), enough)
    yield from resource.each((resource.props[name] for name in NEEDED), required)


PASSWORDS = Policy(
    id="iam-password-policy",
    requirement="AWS-MFA",
    types=frozenset({PASSWORD_POLICY}),
    level=ADVISORY,
    severity=LOW,
    description="Passwords are long, mixed and new.",
    fix="set minimumPasswordLength to 14, passwordReusePrevention to 24, and ask for all four kinds of characters",
    rule=_passwords,
)

POLICIES = (NO_ACCESS_KEY, PASSWORDS)
