"""Cases of the restricted level."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads import restricted
from policies.rules.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, deployment, workload

_CONTEXT, _POD = f"{CONTAINER}.securityContext", f"{SPEC}.securityContext"
_OF_CONTAINER, _OF_POD = "containers.0.securityContext", "securityContext"
_PATCH: Final = f"{DEPLOYMENT}Patch"
_BARE: Final = {f"{_OF_CONTAINER}.capabilities": OMITTED, f"{_OF_CONTAINER}.allowPrivilegeEscalation": OMITTED}
_OWN_USERS: Final = {"hostUsers": False}
_ROOT: Final = {f"{_OF_POD}.runAsNonRoot": OMITTED}


def _knative(changes: dict[str, Any]) -> Item:
    """A patch of a custom kind with the name of a built-in kind."""
    return workload("serving.knative.dev/v1:ServicePatch", changes)


CASES: dict[str, tuple[Case, ...]] = {
    restricted.VOLUMES.id: (
        ok("empty_dir", deployment()),
        ok("image", deployment({"volumes": [{"name": "v", "image": {"reference": "r"}}]})),
        fail("nfs", deployment({"volumes": [{"name": "v", "nfs": {"server": "s"}}]}), at=f"{SPEC}.volumes[0].nfs"),
        unknown("decided_later", deployment({"volumes": UNKNOWN})),
    ),
    restricted.ESCALATION.id: (
        ok("off", deployment()),
        ok("windows", deployment({"os": {"name": "windows"}, **_BARE})),
        ok("patch_of_something_else", deployment(_BARE, type_=_PATCH)),
        ok("patch_of_a_custom_kind", _knative({**_BARE, "containers.0.image": OMITTED})),
        fail(
            "whole_object_of_a_custom_kind_in_a_patch",
            _knative(_BARE),
            at=f"{_CONTEXT}.allowPrivilegeEscalation",
        ),
        fail("on_by_default", deployment(_BARE), at=f"{_CONTEXT}.allowPrivilegeEscalation"),
        fail(
            "init_container",
            deployment({"initContainers": [{"name": "i"}]}),
            at=f"{SPEC}.initContainers[0].securityContext.allowPrivilegeEscalation",
        ),
        unknown("decided_later", deployment({f"{_OF_CONTAINER}.allowPrivilegeEscalation": UNKNOWN})),
    ),
    restricted.NON_ROOT.id: (
        ok("whole_pod", deployment()),
        ok("container", deployment({**_ROOT, f"{_OF_CONTAINER}.runAsNonRoot": True})),
        ok("in_a_user_namespace", deployment({**_ROOT, **_OWN_USERS})),
        ok("where_baseline_is_enough", deployment(_ROOT), settings={"namespaces": {"sh*": "baseline"}}),
        fail(
            "in_a_user_namespace_before_1_35",
            deployment({**_ROOT, **_OWN_USERS}),
            at=f"{_CONTEXT}.runAsNonRoot",
            settings={"kubernetesVersion": "1.34"},
        ),
        fail(
            "where_the_longest_pattern_is_strict",
            deployment(_ROOT),
            at=f"{_CONTEXT}.runAsNonRoot",
            settings={"namespaces": {"*": "privileged", "shop": "restricted"}},
        ),
        fail(
            "pod_that_may_and_container_that_may_not",
            deployment({f"{_OF_POD}.runAsNonRoot": False, f"{_OF_CONTAINER}.runAsNonRoot": True}),
            at=f"{_POD}.runAsNonRoot",
        ),
        fail(
            "ephemeral_container",
            workload("core/v1:Pod", {**_ROOT, "containers": [], "ephemeralContainers": [{"name": "debug"}]}),
            at="spec.ephemeralContainers[0].securityContext.runAsNonRoot",
        ),
        fail("omitted", deployment(_ROOT), at=f"{_CONTEXT}.runAsNonRoot"),
        fail("container_that_may", deployment({f"{_OF_CONTAINER}.runAsNonRoot": False}), at=f"{_CONTEXT}.runAsNonRoot"),
        fail("pod_that_may", deployment({f"{_OF_POD}.runAsNonRoot": False}), at=f"{_POD}.runAsNonRoot"),
        unknown("decided_later", deployment({f"{_OF_POD}.runAsNonRoot": UNKNOWN})),
    ),
    restricted.NON_ROOT_USER.id: (
        ok("a_number", deployment()),
        ok("in_a_user_namespace", deployment({**_OWN_USERS, f"{_OF_POD}.runAsUser": 0})),
        fail(
            "in_a_user_namespace_before_1_35",
            deployment({**_OWN_USERS, f"{_OF_POD}.runAsUser": 0}),
            at=f"{_POD}.runAsUser",
            settings={"kubernetesVersion": "1.34"},
        ),
        fail("root", deployment({f"{_OF_CONTAINER}.runAsUser": 0}), at=f"{_CONTEXT}.runAsUser"),
        unknown("decided_later", deployment({f"{_OF_POD}.runAsUser": UNKNOWN})),
    ),
    restricted.SECCOMP.id: (
        ok("whole_pod", deployment()),
        fail("omitted", deployment({f"{_OF_POD}.seccompProfile": OMITTED}), at=f"{_CONTEXT}.seccompProfile.type"),
        fail(
            "unconfined", deployment({f"{_OF_POD}.seccompProfile.type": "Unconfined"}), at=f"{_POD}.seccompProfile.type"
        ),
        unknown("decided_later", deployment({f"{_OF_POD}.seccompProfile": UNKNOWN})),
    ),
    restricted.CAPABILITIES.id: (
        ok("all_dropped", deployment()),
        ok("low_port", deployment({f"{_OF_CONTAINER}.capabilities.add": ["NET_BIND_SERVICE"]})),
        fail("none_dropped", deployment(_BARE), at=f"{_CONTEXT}.capabilities.drop"),
        fail(
            "one_too_many",
            deployment({f"{_OF_CONTAINER}.capabilities.add": ["CHOWN"]}),
            at=f"{_CONTEXT}.capabilities.add[0]",
        ),
        unknown("decided_later", deployment({f"{_OF_CONTAINER}.capabilities": UNKNOWN})),
    ),
    restricted.PROC_MOUNT.id: (
        ok("default", deployment({f"{_OF_CONTAINER}.procMount": "Default"})),
        fail(
            "unmasked_in_a_user_namespace",
            deployment({**_OWN_USERS, f"{_OF_CONTAINER}.procMount": "Unmasked"}),
            at=f"{_CONTEXT}.procMount",
        ),
        unknown("decided_later", deployment({f"{_OF_CONTAINER}.procMount": UNKNOWN})),
    ),
}
