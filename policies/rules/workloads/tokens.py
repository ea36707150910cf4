"""A policy about service-account tokens in pods (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Violation, violation
from policies.rules.workloads.pods import Pod, each_pod


def _no_token(pod: Pod) -> Iterator[Violation]:
    given = pod.spec["automountServiceAccountToken"]
    if pod.patch and given.missing:
        return
    if given.flag(default=True):
        yield violation(
            given, "true" if given.present else "nothing (true)", "false, unless it calls the Kubernetes API"
        )


TOKEN_OFF = Policy(
    id="automount-token-off",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="A pod gets a token for the Kubernetes API only if it uses one.",
    fix="set automountServiceAccountToken to false; what does call the API gets an exemption",
    rule=each_pod(_no_token),
)

POLICIES = (TOKEN_OFF,)
