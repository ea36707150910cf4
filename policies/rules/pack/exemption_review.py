"""The policy that reports every exemption: in use, unused, expired or ignored (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.ledger import RUN, Entry, Ledger
from policies.kernel.policy import ADVISORY, LOW, ROOT, Policy
from policies.kernel.resource import Stack, Violation, violation

REQUIRED: Final = {
    "in use": "what it excuses to be repaired by then",
    "unused": "no exemption that nothing needs",
    "expired": "what it excused to be repaired, or the exemption decided anew",
}
"""Standing -> what is asked for; an exemption of which not all is known yet is left alone."""


def found(entry: Entry) -> str:
    """The status of an exemption, in words."""
    one = entry.exemption
    whose = f"{one.owner}: {one.reason}"
    if entry.standing == "in use":
        return f"in use by {len(entry.used_by)} until {one.expires} ({whose})"
    if entry.standing == "expired":
        left = f"and {len(entry.used_by)} still break the policy" if entry.used_by else "and nothing needs it"
        return f"ended on {one.expires}, {left} ({whose})"
    return f"needed by nothing in this stack ({whose})"


def review(book: Ledger, urn: str) -> Iterator[Violation]:
    """The report on the exemptions that may match a stack, which one of its URNs identifies."""
    for entry in book.entries():
        if entry.standing in REQUIRED and entry.is_about(urn):
            yield violation(f"{entry.policy}.exemptions[{entry.exemption.urn}]", found(entry), REQUIRED[entry.standing])
    for policy, fault in book.faults():
        yield violation(f"{policy}.exemptions", fault, "an exemption with urn, reason, owner and expires")


def _reviewed(stack: Stack) -> Iterator[Violation]:
    yield from review(RUN, stack.resources[0].urn)


REVIEWED: Final = Policy(
    id="exemptions-reviewed",
    requirement="INH-4",
    types=frozenset({ROOT}),
    level=ADVISORY,
    severity=LOW,
    description="Whoever deploys knows every exemption: those in use, those that nothing needs, those that ended.",
    fix="repair what breaks the policy, then take the exemption out of the pack's configuration",
    stack_rule=_reviewed,
    always=True,
)

POLICIES = (REVIEWED,)
