"""A policy about a namespace's resources: a quota, and defaults for pods without requests and limits (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import CORE_ONLY, DEFAULT_NAMESPACE, NAMESPACES, Kinds
from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Stack, Violation, violation

KINDS: Final = {name: Kinds({name: CORE_ONLY}) for name in ("ResourceQuota", "LimitRange")}


def _limited(stack: Stack) -> Iterator[Violation]:
    found: dict[str, set[str]] = {}
    for name, kinds in KINDS.items():
        has = found.setdefault(name, set())
        for one in (each for resource in stack.of(kinds) for each in kinds.objects(resource)):
            with stack.isolate():
                has.add(one.namespace.text() or DEFAULT_NAMESPACE)
    for resource in stack.of(NAMESPACES):
        for namespace in NAMESPACES.objects(resource):
            with stack.isolate():
                missing = [name for name, has in found.items() if namespace.name.text() not in has]
                if missing and not namespace.patch:
                    required = f"a {' and a '.join(missing)} in it"
                    yield violation(namespace.name, f"no {' and no '.join(missing)}", required, resource.urn)


QUOTA = Policy(
    id="namespace-quota",
    requirement="INH-4",
    types=NAMESPACES | KINDS["ResourceQuota"] | KINDS["LimitRange"],
    level=ADVISORY,
    severity=LOW,
    description="A namespace cannot use up the cluster: it has a quota, and sizes for containers that name none.",
    fix="add a ResourceQuota and a LimitRange to the namespace",
    stack_rule=_limited,
)

POLICIES = (QUOTA,)
