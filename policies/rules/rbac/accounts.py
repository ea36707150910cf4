"""A policy about pods with service accounts of Kubernetes's own controllers (INH-4)."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Violation, violation
from policies.rules.rbac import facts
from policies.rules.rbac.rights import ENDS, EVERYWHERE, ends
from policies.rules.workloads.pods import Pod, each_pod


@functools.cache
def _reached() -> dict[tuple[str, str], str]:
    """Namespace and name of Kubernetes's own accounts -> their escalation paths, if there are any."""
    found: dict[tuple[str, str], str] = {}
    for one in facts.bindings():
        namespace, slash, name = one.name.partition("/")
        reached = [ENDS[end] for end in ends(facts.roles().get(one.role, ()), [EVERYWHERE])]
        if slash and reached:
            found[namespace, name] = " and ".join(reached)
    return found


def _own_account(pod: Pod) -> Iterator[Violation]:
    for field in ("serviceAccountName", "serviceAccount"):
        account = pod.spec[field]
        with pod.resource.isolate():
            name = account.text()
            if name is None or all(name != other for _, other in _reached()):
                continue
            # Checked last, because it may be unknown.
            reached = _reached().get((pod.made_by.namespace.text() or "", name))
            if reached:
                yield violation(account, f"{name}, an account of Kubernetes itself, which {reached}", "one of its own")


OWN_ACCOUNT = Policy(
    id="pod-has-account-of-its-own",
    requirement="INH-4",
    types=WORKLOADS,
    level=MANDATORY,
    severity=CRITICAL,
    description="No pod runs as an account of Kubernetes' own controllers, some of which administer the cluster.",
    fix="make a ServiceAccount for the program, and bind the rights that it needs",
    rule=each_pod(_own_account),
)

POLICIES = (OWN_ACCOUNT,)
