"""Cases of hardening.py."""

from __future__ import annotations

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.hardening import ACCOUNT, FILES, GROUP, READ_ONLY, SYSTEM
from policies.rules.workloads.pods import CONTAINER, SPEC, deployment

_READ_ONLY = "securityContext.readOnlyRootFilesystem"
_INIT = {"name": "init", "image": "init"}
_PATCH = Item(
    type="kubernetes:apps/v1:DeploymentPatch",
    props={"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}},
)

_REFERENCE = "valueFrom.secretKeyRef"
_VARIABLE = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}


def _in(namespace: str) -> Item:
    made = deployment()
    return Item(type=made.type, props={**made.props, "metadata": {"name": "web", "namespace": namespace}})


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
    FILES.id: (
        ok("files", deployment({"volumes.0": {"name": "db", "secret": {"secretName": "db"}}})),
        ok("a_plain_value", deployment({"containers.0.env": [{"name": "MODE", "value": "web"}]})),
        fail(
            "variable", deployment({"containers.0.env": [_VARIABLE]}), at=f"{CONTAINER}.env[0].valueFrom.secretKeyRef"
        ),
        fail(
            "all_of_them",
            deployment({"containers.0.envFrom": [{"secretRef": {"name": "db"}}]}),
            at=f"{CONTAINER}.envFrom[0].secretRef",
        ),
        unknown("decided_later", deployment({"containers.0.env": UNKNOWN})),
    ),
    GROUP.id: (
        ok("another", deployment({"securityContext.runAsGroup": 1000, "securityContext.fsGroup": 1000})),
        ok("none", deployment()),
        fail("main", deployment({"securityContext.runAsGroup": 0}), at=f"{SPEC}.securityContext.runAsGroup"),
        fail("files", deployment({"securityContext.fsGroup": 0}), at=f"{SPEC}.securityContext.fsGroup"),
        fail(
            "one_more",
            deployment({"securityContext.supplementalGroups": [1000, 0]}),
            at=f"{SPEC}.securityContext.supplementalGroups[1]",
        ),
        unknown("decided_later", deployment({"securityContext.runAsGroup": UNKNOWN})),
    ),
    SYSTEM.id: (
        ok("own", _in("shop")),
        fail("system", _in("kube-system"), at="metadata.namespace"),
        unknown("decided_later", _in(UNKNOWN)),
    ),
}
