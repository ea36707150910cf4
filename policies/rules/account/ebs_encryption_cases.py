"""Cases of ebs_encryption.py."""

from __future__ import annotations

from policies.kernel.cases import Case, Item, fail, ok
from policies.rules.account.ebs_encryption import EBS_DEFAULT, EBS_ENCRYPTION
from policies.rules.account.trails_cases import _of

CASES: dict[str, tuple[Case, ...]] = {
    EBS_ENCRYPTION.id: (
        ok("beside_the_trail", _of(), Item(type=EBS_DEFAULT, props={"enabled": True})),
        fail("trail_alone", _of(), at="(stack)"),
    ),
}
