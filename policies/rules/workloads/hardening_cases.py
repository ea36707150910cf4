"""Cases of hardening.py."""

from __future__ import annotations

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.hardening import ACCOUNT, READ_ONLY
from policies.rules.workloads.pods import CONTAINER, SPEC, deployment

_READ_ONLY = "securityContext.readOnlyRootFilesystem"
_INIT = {"name": "init", "image": "init"}
_PATCH = Item(
    type="kubernetes:apps/v1:DeploymentPatch",
    props={"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}},
)

CASES: dict[str, tuple[Case, ...]] = {
    READ_ONLY.id: (
        ok("read_only", deployment()),
        ok("patch_of_something_else", _PATCH),
        ok("windows", deployment({"os": {"name": "windows"}, f"containers.0.{_READ_ONLY}": OMITTED})),
        fail(
            "writable_by_default",
            deployment({f"containers.0.{_READ_ONLY}": OMITTED}),
            at=f"{CONTAINER}.{_READ_ONLY}",
        ),
        fail("writable", deployment({f"containers.0.{_READ_ONLY}": False}), at=f"{CONTAINER}.{_READ_ONLY}"),
        fail("init_container", deployment({"initContainers": [_INIT]}), at=f"{SPEC}.initContainers[0].{_READ_ONLY}"),
        unknown("decided_later", deployment({f"containers.0.{_READ_ONLY}": UNKNOWN})),
    ),
    ACCOUNT.id: (
        ok("own", deployment()),
        ok("by_the_former_name", deployment({"serviceAccountName": OMITTED, "serviceAccount": "web"})),
        ok("patch_of_something_else", _PATCH),
        fail("by_default", deployment({"serviceAccountName": OMITTED}), at=f"{SPEC}.serviceAccountName"),
        fail("by_name", deployment({"serviceAccountName": "default"}), at=f"{SPEC}.serviceAccountName"),
        fail(
            "by_the_former_name",
            deployment({"serviceAccountName": OMITTED, "serviceAccount": "default"}),
            at=f"{SPEC}.serviceAccount",
        ),
        unknown("decided_later", deployment({"serviceAccountName": UNKNOWN})),
    ),
}
