"""A policy about resource requests and limits (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod, each_pod


def _limits(pod: Pod) -> Iterator[Violation]:
    if pod.patch:
        return

    def check(container: Value) -> Iterator[Violation]:
        resources = container["resources"]
        for kind, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            given = resources[kind][name]
            if given.text() is None and pod.spec.along("resources", kind, name).text() is None:
                yield violation(given, "nothing", "an amount")

    lists = (pod.spec["containers"], pod.spec["initContainers"])
    yield from pod.resource.each((one for each in lists for one in each.items()), check)


LIMITS = Policy(
    id="requests-and-limits",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="Every container says how much it needs, and how much memory it may take.",
    fix="set resources.requests.cpu, resources.requests.memory and resources.limits.memory",
    rule=each_pod(_limits),
)

POLICIES = (LIMITS,)
