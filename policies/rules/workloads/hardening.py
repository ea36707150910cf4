"""Policies about pods beyond the Pod Security Standards: a file system that stays as it is, an account (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod, each_pod

DEFAULT: Final = "default"


def _writable(pod: Pod) -> Iterator[Violation]:
    # Windows has no such setting.
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "readOnlyRootFilesystem")
        if not (pod.patch and given.known and not given.present) and not given.flag():
            yield violation(given, "false" if given.present else "nothing (false)", "true")

    yield from pod.resource.each(pod.containers(), check)


READ_ONLY = Policy(
    id="read-only-root-file-system",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=MEDIUM,
    description="A container cannot change the programs of its image.",
    fix="set securityContext.readOnlyRootFilesystem of each container to true, and mount an emptyDir where it writes",
    rule=each_pod(_writable),
)


def _default_account(pod: Pod) -> Iterator[Violation]:
    name, former = pod.spec["serviceAccountName"], pod.spec["serviceAccount"]
    if pod.patch and not name.present and not former.present:
        return
    account = name if name.present or not former.present else former
    if (account.text() or DEFAULT) == DEFAULT:
        yield violation(account, DEFAULT if account.present else f"nothing ({DEFAULT})", "an account of its own")


ACCOUNT = Policy(
    id="default-account-unused",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="A pod has a service account of its own, not the one that every pod of its namespace has by default.",
    fix="make a ServiceAccount for the program, and name it in serviceAccountName",
    rule=each_pod(_default_account),
)

POLICIES = (READ_ONLY, ACCOUNT)
