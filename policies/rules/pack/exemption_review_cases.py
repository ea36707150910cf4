"""Cases of exemption_review.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import Case, Item, fail, ok
from policies.kernel.policy import ROOT
from policies.rules.pack.exemption_review import REVIEWED

_STACK: Final = Item(type=ROOT, props={}, name="cases-test", urn=f"urn:pulumi:test::cases::{ROOT}::cases-test")


def _exemption(**changes: str) -> dict[str, object]:
    given = {"urn": "urn:pulumi:test::cases::*::relay", "reason": "SEC-123", "owner": "mail", "expires": "2026-12-31"}
    return {"exemptions": [{**given, **changes}]}


_AT: Final = f"{REVIEWED.id}.exemptions[urn:pulumi:test::cases::*::relay]"

CASES: dict[str, tuple[Case, ...]] = {
    # Its own exemptions are reviewed like those of any other policy.
    REVIEWED.id: (
        ok("no_exceptions", _STACK),
        ok("of_another_stack", _STACK, settings=_exemption(urn="urn:pulumi:prod::cases::*::relay")),
        fail("nothing_needs_it", _STACK, settings=_exemption(), at=_AT),
        fail("ended", _STACK, settings=_exemption(expires="2026-10-31"), at=_AT),
        fail("without_owner", _STACK, settings=_exemption(owner=" "), at=f"{REVIEWED.id}.exemptions"),
    ),
}
