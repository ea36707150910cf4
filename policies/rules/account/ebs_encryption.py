"""A policy about EBS encryption by default (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.kernel.resource import Stack, Violation
from policies.rules.account.detection import OF_ACCOUNT, _of_account

EBS_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"


def _ebs_default(stack: Stack) -> Iterator[Violation]:
    yield from _of_account(stack, EBS_DEFAULT, "no encryption by default beside the trail", "an EncryptionByDefault")


EBS_ENCRYPTION = Policy(
    id="ebs-default-encryption",
    requirement="INH-4",
    types=OF_ACCOUNT | {EBS_DEFAULT},
    level=ADVISORY,
    severity=MEDIUM,
    description="Volumes are encrypted even where nobody says so.",
    fix="add an aws.ebs.EncryptionByDefault with enabled true",
    stack_rule=_ebs_default,
)

POLICIES = (EBS_ENCRYPTION,)
