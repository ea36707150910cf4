"""Policies about KMS keys: rotation and key policies (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, MEDIUM, REMEDIATE, Policy
from policies.kernel.remediation import Change
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam import facts
from policies.rules.iam.audience import everybody
from policies.rules.iam.documents import held, statements

KEY: Final = "aws:kms/key:Key"
DOCUMENTS: Final = facts.documents("key")
SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
YEAR: Final = 365
"""What KMS takes where nothing is said."""


def _must(value: Value, default: bool = False) -> Iterator[Violation]:
    if not value.flag(default):
        yield violation(value, "false" if value.present else "nothing (false)", "true")


def _rotated(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    # KMS rotates neither asymmetric keys nor keys in other key stores.
    if props["customerMasterKeySpec"].text() not in (None, SYMMETRIC) or props["customKeyStoreId"].text():
        return
    with resource.isolate():
        yield from _must(props["enableKeyRotation"])
    period = props["rotationPeriodInDays"]
    if (period.number() or YEAR) > YEAR:
        yield violation(period, f"{period.text()} days", f"{YEAR} days at most")


def _rotate(resource: Resource) -> list[Change]:
    right = {"enableKeyRotation": True, "rotationPeriodInDays": YEAR}
    return [((one.path,), right[one.path]) for one in _rotated(resource)]


ROTATION = Policy(
    id="kms-rotation",
    requirement="INH-4",
    types=frozenset({KEY}),
    level=REMEDIATE,
    severity=MEDIUM,
    description="Keys that KMS can rotate are rotated every year.",
    fix=f"set enableKeyRotation to true, and rotationPeriodInDays to {YEAR} or less",
    rule=_rotated,
    remedy=_rotate,
)


def _no_star(resource: Resource) -> Iterator[Violation]:
    for document in held(resource, DOCUMENTS[resource.type]):
        with resource.isolate():
            for said in statements(resource, document):
                # AWS's own pattern for its services allows everybody, restricted to one account by kms:CallerAccount.
                yield from everybody(resource, said)


KEY_NO_STAR = Policy(
    id="kms-no-star-principal",
    requirement="INH-4",
    types=frozenset(DOCUMENTS),
    level=MANDATORY,
    severity=CRITICAL,
    description='No key policy allows anything to the Principal "*", unless tied to an account, organisation or VPC.',
    fix="name the account, roles and services that use the key",
    rule=_no_star,
)

POLICIES = (ROTATION, KEY_NO_STAR)
