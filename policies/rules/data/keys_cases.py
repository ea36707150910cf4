"""Cases of keys.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.data.keys import KEY, KEY_NO_STAR, ROTATION

_ROOT: Final[dict[str, Any]] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
_CALLER: Final = {
    "StringEquals": {"kms:CallerAccount": "123456789012", "kms:ViaService": "s3.eu-central-1.amazonaws.com"}
}


def _key(changes: dict[Any, Any] | None = None, **props: Any) -> Item:
    document = json.dumps({"Statement": [changed(_ROOT, changes or {})]})
    return Item(type=KEY, props={"enableKeyRotation": True, "policy": document, **props})


CASES: dict[str, tuple[Case, ...]] = {
    ROTATION.id: (
        ok("rotated", _key()),
        ok("asymmetric", _key(enableKeyRotation=None, customerMasterKeySpec="ECC_NIST_P256")),
        fail("omitted", _key(enableKeyRotation=None), at="enableKeyRotation"),
        fail("off", _key(enableKeyRotation=False), at="enableKeyRotation"),
        fail("every_seven_years", _key(rotationPeriodInDays=2560), at="rotationPeriodInDays"),
        unknown("decided_later", _key(enableKeyRotation=UNKNOWN)),
    ),
    KEY_NO_STAR.id: (
        ok("account", _key()),
        ok("one_account_through_a_service", _key({"Principal": {"AWS": "*"}, "Condition": _CALLER})),
        ok(
            "one_organisation",
            _key({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}}),
        ),
        ok("policy_by_default", Item(type=KEY, props={})),
        fail("everybody", _key({"Principal": "*"}), at="policy.Statement[0].Principal"),
        fail(
            "tied_to_no_account",
            _key({"Principal": "*", "Condition": {"StringEquals": {"kms:CallerAccount": []}}}),
            at="policy.Statement[0].Principal",
        ),
        fail(
            "everybody_through_a_service",
            _key(
                {"Principal": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}}
            ),
            at="policy.Statement[0].Principal",
        ),
        unknown("made_with_it", _key(policy=UNKNOWN)),
    ),
}
