"""Cases of resources.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.rules.workloads.images_cases import _PATCH
from policies.rules.workloads.pods import CONTAINER, deployment
from policies.rules.workloads.resources import LIMITS

_RESOURCES: Final = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}

CASES: dict[str, tuple[Case, ...]] = {
    LIMITS.id: (
        ok("all_three", deployment()),
        ok("of_the_pod", deployment({"containers.0.resources": OMITTED, "resources": _RESOURCES})),
        ok("patch", deployment({"containers.0.resources": OMITTED}, type_=_PATCH)),
        fail("omitted", deployment({"containers.0.resources": OMITTED}), at=f"{CONTAINER}.resources.requests.cpu"),
        fail(
            "no_limit",
            deployment({"containers.0.resources.limits": OMITTED}),
            at=f"{CONTAINER}.resources.limits.memory",
        ),
        unknown("decided_later", deployment({"containers.0.resources": UNKNOWN})),
    ),
}
