"""The policy about exceptions: none is silent, whether it is in use, not needed, over, or does not count (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.cases import Case, Item, fail, ok
from policies.judged import Stack, Violation, breach
from policies.ledger import RUN, Entry, Ledger
from policies.policy import ADVISORY, LOW, ROOT, Policy

REQUIRED: Final = {
    "in use": "what it excuses to be repaired by then",
    "unused": "no exception that nothing needs",
    "expired": "what it excused to be repaired, or the exception decided anew",
}
"""Standing -> what is asked for; an exception of which not all is known yet is left alone."""


def found(entry: Entry) -> str:
    """Where an exception stands, in words."""
    one = entry.exemption
    whose = f"{one.owner}: {one.reason}"
    if entry.standing == "in use":
        return f"in use by {len(entry.used_by)} until {one.expires} ({whose})"
    if entry.standing == "expired":
        left = f"and {len(entry.used_by)} still break the policy" if entry.used_by else "and nothing needs it"
        return f"ended on {one.expires}, {left} ({whose})"
    return f"needed by nothing in this stack ({whose})"


def review(book: Ledger, urn: str) -> Iterator[Violation]:
    """What is to be told of the exceptions that may be about a stack, which one of its URNs tells."""
    for entry in book.entries():
        if entry.standing in REQUIRED and entry.is_about(urn):
            yield breach(f"{entry.policy}.exceptions[{entry.exemption.urn}]", found(entry), REQUIRED[entry.standing])
    for policy, fault in book.faults():
        yield breach(f"{policy}.exceptions", fault, "an exception with urn, reason, owner and expires")


def _reviewed(stack: Stack) -> Iterator[Violation]:
    yield from review(RUN, stack.resources[0].urn)


REVIEWED: Final = Policy(
    id="exceptions-reviewed",
    requirement="INH-4",
    types=frozenset({ROOT}),
    level=ADVISORY,
    severity=LOW,
    description="Whoever deploys knows every exception: those in use, those that nothing needs, those that ended.",
    fix="repair what breaks the policy, then take the exception out of the pack's configuration",
    stack_rule=_reviewed,
)

POLICIES = (REVIEWED,)

_STACK: Final = Item(type=ROOT, props={}, name="cases-test", urn=f"urn:pulumi:test::cases::{ROOT}::cases-test")


def _exception(**changes: str) -> dict[str, object]:
    given = {"urn": "urn:pulumi:test::cases::*::relay", "reason": "SEC-123", "owner": "mail", "expires": "2026-12-31"}
    return {"exceptions": [{**given, **changes}]}


_AT: Final = f"{REVIEWED.id}.exceptions[urn:pulumi:test::cases::*::relay]"

CASES: dict[str, tuple[Case, ...]] = {
    # Its own exceptions are reviewed as those of any other policy.
    REVIEWED.id: (
        ok("no_exceptions", _STACK),
        ok("of_another_stack", _STACK, settings=_exception(urn="urn:pulumi:prod::cases::*::relay")),
        fail("nothing_needs_it", _STACK, settings=_exception(), at=_AT),
        fail("ended", _STACK, settings=_exception(expires="2026-10-31"), at=_AT),
        fail("without_owner", _STACK, settings=_exception(owner=" "), at=f"{REVIEWED.id}.exceptions"),
    ),
}
