"""The restricted level of the Pod Security Standards: settings of a well-built workload (INH-4).

It is advisory, because images that run as root exist; set it to mandatory in the pack's configuration if you have none.
A patch is evaluated by the fields it sets, not by the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines import pod_security as standard
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy, Severity
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.baseline import masked
from policies.rules.workloads.levels import setting, within
from policies.rules.workloads.pods import Check, Pod, each_pod, of_contexts
from policies.rules.workloads.versions import SETTING, minor_of

NOT_TYPES: Final = frozenset({"name"})


def restricted(name: str, severity: Severity, description: str, fix: str, check: Check) -> Policy:
    """The record of a control of the restricted level."""
    return Policy(
        id=f"pod-security-restricted-{name}",
        requirement="INH-4",
        types=WORKLOADS,
        level=ADVISORY,
        severity=severity,
        description=description,
        fix=fix,
        rule=within("restricted", each_pod(check)),
        settings={**setting("restricted"), **SETTING},
    )


def _volume_types(pod: Pod) -> Iterator[Violation]:
    for volume in pod.spec["volumes"].items():
        with pod.resource.isolate():
            for kind, value in volume.fields().items():
                if kind not in standard.VOLUME_TYPES | NOT_TYPES and not value.missing:
                    yield violation(value, kind, f"one of {', '.join(sorted(standard.VOLUME_TYPES))}")


VOLUMES = restricted(
    "volume-types",
    MEDIUM,
    "Pods mount only volumes that Kubernetes itself looks after.",
    "use a persistent volume claim in place of a driver's own type",
    _volume_types,
)


def _may_be_root(pod: Pod) -> bool:
    return minor_of(pod.resource.settings) >= standard.USER_NAMESPACES_SINCE and pod.own_users


def _no_escalation(pod: Pod) -> Iterator[Violation]:
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "allowPrivilegeEscalation")
        if not (pod.patch and given.missing) and given.flag(default=True):
            yield violation(given, "true" if given.present else "nothing (true)", "false")

    yield from pod.resource.each(pod.containers(), check)


ESCALATION = restricted(
    "privilege-escalation",
    MEDIUM,
    "No process gets more rights than its parent.",
    "set securityContext.allowPrivilegeEscalation of each container to false",
    _no_escalation,
)


def _not_root(pod: Pod) -> Iterator[Violation]:
    if (found := list(_says_root(pod))) and not _may_be_root(pod):
        yield from found


def _says_root(pod: Pod) -> Iterator[Violation]:
    of_pod = pod.spec["securityContext"]["runAsNonRoot"]
    with pod.resource.isolate():
        if of_pod.present and not of_pod.flag():
            yield violation(of_pod, "false", "true")

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "runAsNonRoot")
        if given.present:
            if not given.flag():
                yield violation(given, "false", "true")
        elif not of_pod.present and not pod.patch:
            yield violation(given, "nothing (false)", "true")

    yield from pod.resource.each(pod.containers(), check)


NON_ROOT = restricted(
    "run-as-non-root",
    MEDIUM,
    "No container runs as root.",
    "set securityContext.runAsNonRoot of the pod to true, and build the image with a USER",
    _not_root,
)


def _user(pod: Pod) -> Iterator[Violation]:
    for context in pod.contexts():
        with pod.resource.isolate():
            user = context["runAsUser"]
            # Root in a user namespace of its own is unprivileged outside; checked last, because it may be unknown.
            if user.number() == 0 and not _may_be_root(pod):
                yield violation(user, "0 (root)", "a number above 0")


NON_ROOT_USER = restricted(
    "run-as-user",
    MEDIUM,
    "No container is told to be root.",
    "set securityContext.runAsUser to a number above 0",
    _user,
)


def _seccomp(pod: Pod) -> Iterator[Violation]:
    if pod.windows:
        return
    of_pod = pod.spec.along("securityContext", "seccompProfile", "type")

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "seccompProfile", "type")
        effective = given if given.present else of_pod
        if pod.patch and not effective.present:
            return
        if effective.text() not in standard.SECCOMP_TYPES:
            where = effective if effective.present else given
            yield violation(where, effective.text() or "nothing (Unconfined)", "RuntimeDefault")

    yield from pod.resource.each(pod.containers(), check)


SECCOMP = restricted(
    "seccomp",
    LOW,
    "Every container has a seccomp profile.",
    "set securityContext.seccompProfile.type of the pod to RuntimeDefault",
    _seccomp,
)


def _capabilities(pod: Pod) -> Iterator[Violation]:
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        capabilities = container.along("securityContext", "capabilities")
        dropped = {one.text() for one in capabilities["drop"].items()}
        if standard.DROP not in dropped and not pod.patch:
            yield violation(capabilities["drop"], f"no {standard.DROP}", f"[{standard.DROP}]")
        for added in capabilities["add"].items():
            if added.text() not in standard.RESTRICTED_CAPABILITIES:
                yield violation(added, f"{added.text()}", "NET_BIND_SERVICE at most")

    yield from pod.resource.each(pod.containers(), check)


CAPABILITIES = restricted(
    "capabilities",
    MEDIUM,
    "Containers drop all capabilities, and take back at most that of low ports.",
    f"set securityContext.capabilities.drop of each container to [{standard.DROP}]",
    _capabilities,
)

PROC_MOUNT = restricted(
    "proc-mount",
    MEDIUM,
    "No container sees the parts of /proc that runtimes hide, not even in a user namespace.",
    "leave securityContext.procMount out",
    of_contexts(masked),
)

POLICIES = (VOLUMES, ESCALATION, NON_ROOT, NON_ROOT_USER, SECCOMP, CAPABILITIES, PROC_MOUNT)
