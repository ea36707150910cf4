"""Cases of tokens.py."""

from __future__ import annotations

from policies.kernel.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.rules.workloads.pods import SPEC, deployment
from policies.rules.workloads.tokens import TOKEN_OFF

CASES: dict[str, tuple[Case, ...]] = {
    TOKEN_OFF.id: (
        ok("off", deployment()),
        fail(
            "on_by_default",
            deployment({"automountServiceAccountToken": OMITTED}),
            at=f"{SPEC}.automountServiceAccountToken",
        ),
        unknown("decided_later", deployment({"automountServiceAccountToken": UNKNOWN})),
    ),
}
