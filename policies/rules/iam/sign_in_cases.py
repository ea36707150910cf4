"""Cases of sign_in.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, changed, fail, ok, unknown
from policies.rules.iam.attachments_cases import _item
from policies.rules.iam.sign_in import ACCESS_KEY, LEAST, NEEDED, NO_ACCESS_KEY, PASSWORD_POLICY, PASSWORDS

_GOOD: Final[dict[str, Any]] = {**LEAST, **dict.fromkeys(NEEDED, True)}

CASES: dict[str, tuple[Case, ...]] = {
    NO_ACCESS_KEY.id: (
        ok("not_of_a_user", _item("aws:iam/role:Role", assumeRolePolicy="{}")),
        fail("key", _item(ACCESS_KEY, user="ada"), at="user"),
    ),
    PASSWORDS.id: (
        ok("strong", _item(PASSWORD_POLICY, **_GOOD)),
        fail(
            "short", _item(PASSWORD_POLICY, **changed(_GOOD, {"minimumPasswordLength": 8})), at="minimumPasswordLength"
        ),
        fail("no_symbols", _item(PASSWORD_POLICY, **changed(_GOOD, {"requireSymbols": OMITTED})), at="requireSymbols"),
        unknown("decided_later", _item(PASSWORD_POLICY, **changed(_GOOD, {"requireNumbers": UNKNOWN}))),
    ),
}
