"""The Pod Security Standards' restricted level: what a workload that is made well keeps (INH-4).

Advised, not demanded, because images that run as root exist; raise it to mandatory in the pack's configuration where
none does. A patch is judged by what it sets, not by what it leaves as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from policies.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.guidelines import pod_security as standard
from policies.judged import Resource, Violation, breach
from policies.kinds import WORKLOADS
from policies.policy import ADVISORY, LOW, MEDIUM, Policy, Severity
from policies.values import Value
from policies.workloads.levels import setting, within
from policies.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, Pod, deployment, each_context, each_pod

NOT_TYPES: Final = frozenset({"name"})


def restricted(
    name: str, severity: Severity, description: str, fix: str, rule: Callable[[Resource], Iterator[Violation]]
) -> Policy:
    """The record of a control of the restricted level."""
    return Policy(
        id=f"pod-security-restricted-{name}",
        requirement="INH-4",
        types=WORKLOADS,
        level=ADVISORY,
        severity=severity,
        description=description,
        fix=fix,
        rule=within("restricted", rule),
        settings=setting("restricted"),
    )


def _volume_types(pod: Pod) -> Iterator[Violation]:
    for volume in pod.spec["volumes"].items():
        with pod.resource.apart():
            for kind, value in volume.fields().items():
                if kind not in standard.VOLUME_TYPES | NOT_TYPES and (not value.known or value.present):
                    yield breach(value, kind, f"one of {', '.join(sorted(standard.VOLUME_TYPES))}")


VOLUMES = restricted(
    "volume-types",
    MEDIUM,
    "Pods mount only volumes that Kubernetes itself looks after.",
    "use a persistent volume claim in place of a driver's own type",
    each_pod(_volume_types),
)


def _no_escalation(pod: Pod) -> Iterator[Violation]:
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "allowPrivilegeEscalation")
        if not (pod.patch and given.known and not given.present) and given.flag(default=True):
            yield breach(given, "true" if given.present else "nothing (true)", "false")

    yield from pod.resource.each(pod.containers(), check)


ESCALATION = restricted(
    "privilege-escalation",
    MEDIUM,
    "No process gets more rights than its parent.",
    "set securityContext.allowPrivilegeEscalation of each container to false",
    each_pod(_no_escalation),
)


def _not_root(pod: Pod) -> Iterator[Violation]:
    of_pod = pod.spec["securityContext"]["runAsNonRoot"]

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "runAsNonRoot")
        if given.present and given.flag():
            return
        if given.present or not of_pod.flag():
            where = given if given.present or not of_pod.present else of_pod
            if where.present or not pod.patch:
                yield breach(where, "false" if where.present else "nothing (false)", "true")

    yield from pod.resource.each(pod.containers(), check)


NON_ROOT = restricted(
    "run-as-non-root",
    MEDIUM,
    "No container runs as root.",
    "set securityContext.runAsNonRoot of the pod to true, and build the image with a USER",
    each_pod(_not_root),
)


def _user(context: Value) -> Iterator[Violation]:
    user = context["runAsUser"]
    if user.number() == 0:
        yield breach(user, "0 (root)", "a number above 0")


NON_ROOT_USER = restricted(
    "run-as-user",
    MEDIUM,
    "No container is told to be root.",
    "set securityContext.runAsUser to a number above 0",
    each_context(_user),
)


def _seccomp(pod: Pod) -> Iterator[Violation]:
    if pod.windows or pod.patch:
        return
    of_pod = pod.spec.along("securityContext", "seccompProfile", "type")

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "seccompProfile", "type")
        effective = given if given.present else of_pod
        if effective.text() not in standard.SECCOMP_TYPES:
            where = effective if effective.present else given
            yield breach(where, effective.text() or "nothing (Unconfined)", "RuntimeDefault")

    yield from pod.resource.each(pod.containers(), check)


SECCOMP = restricted(
    "seccomp",
    LOW,
    "Every container has a seccomp profile.",
    "set securityContext.seccompProfile.type of the pod to RuntimeDefault",
    each_pod(_seccomp),
)


def _capabilities(pod: Pod) -> Iterator[Violation]:
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        capabilities = container.along("securityContext", "capabilities")
        dropped = {one.text() for one in capabilities["drop"].items()}
        if standard.DROP not in dropped and not pod.patch:
            yield breach(capabilities["drop"], f"no {standard.DROP}", f"[{standard.DROP}]")
        for added in capabilities["add"].items():
            if added.text() not in standard.RESTRICTED_CAPABILITIES:
                yield breach(added, f"{added.text()}", "NET_BIND_SERVICE at most")

    yield from pod.resource.each(pod.containers(), check)


CAPABILITIES = restricted(
    "capabilities",
    MEDIUM,
    "Containers drop all capabilities, and take back at most that of low ports.",
    f"set securityContext.capabilities.drop of each container to [{standard.DROP}]",
    each_pod(_capabilities),
)

POLICIES = (VOLUMES, ESCALATION, NON_ROOT, NON_ROOT_USER, SECCOMP, CAPABILITIES)

_CONTEXT, _POD = f"{CONTAINER}.securityContext", f"{SPEC}.securityContext"
_OF_CONTAINER, _OF_POD = "containers.0.securityContext", "securityContext"
_PATCH: Final = f"{DEPLOYMENT}Patch"
_BARE: Final = {f"{_OF_CONTAINER}.capabilities": OMITTED, f"{_OF_CONTAINER}.allowPrivilegeEscalation": OMITTED}
_ROOT: Final = {f"{_OF_POD}.runAsNonRoot": OMITTED}

CASES: dict[str, tuple[Case, ...]] = {
    VOLUMES.id: (
        ok("empty_dir", deployment()),
        fail("nfs", deployment({"volumes": [{"name": "v", "nfs": {"server": "s"}}]}), at=f"{SPEC}.volumes[0].nfs"),
        unknown("decided_later", deployment({"volumes": UNKNOWN})),
    ),
    ESCALATION.id: (
        ok("off", deployment()),
        ok("windows", deployment({"os": {"name": "windows"}, **_BARE})),
        ok("patch_of_something_else", deployment(_BARE, type_=_PATCH)),
        fail("on_by_default", deployment(_BARE), at=f"{_CONTEXT}.allowPrivilegeEscalation"),
        fail(
            "init_container",
            deployment({"initContainers": [{"name": "i"}]}),
            at=f"{SPEC}.initContainers[0].securityContext.allowPrivilegeEscalation",
        ),
        unknown("decided_later", deployment({f"{_OF_CONTAINER}.allowPrivilegeEscalation": UNKNOWN})),
    ),
    NON_ROOT.id: (
        ok("whole_pod", deployment()),
        ok("container", deployment({**_ROOT, f"{_OF_CONTAINER}.runAsNonRoot": True})),
        fail("omitted", deployment(_ROOT), at=f"{_CONTEXT}.runAsNonRoot"),
        fail("container_that_may", deployment({f"{_OF_CONTAINER}.runAsNonRoot": False}), at=f"{_CONTEXT}.runAsNonRoot"),
        fail("pod_that_may", deployment({f"{_OF_POD}.runAsNonRoot": False}), at=f"{_POD}.runAsNonRoot"),
        unknown("decided_later", deployment({f"{_OF_POD}.runAsNonRoot": UNKNOWN})),
    ),
    NON_ROOT_USER.id: (
        ok("a_number", deployment()),
        fail("root", deployment({f"{_OF_CONTAINER}.runAsUser": 0}), at=f"{_CONTEXT}.runAsUser"),
        unknown("decided_later", deployment({f"{_OF_POD}.runAsUser": UNKNOWN})),
    ),
    SECCOMP.id: (
        ok("whole_pod", deployment()),
        fail("omitted", deployment({f"{_OF_POD}.seccompProfile": OMITTED}), at=f"{_CONTEXT}.seccompProfile.type"),
        fail(
            "unconfined", deployment({f"{_OF_POD}.seccompProfile.type": "Unconfined"}), at=f"{_POD}.seccompProfile.type"
        ),
        unknown("decided_later", deployment({f"{_OF_POD}.seccompProfile": UNKNOWN})),
    ),
    CAPABILITIES.id: (
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
}
