"""Policies about pods beyond the Pod Security Standards: read-only root file system, service account (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.eks import RESERVED_NAMESPACES
from policies.guidelines.rbac import DEFAULT_ACCOUNT
from policies.kernel.kinds import DEFAULT_NAMESPACE, WORKLOADS
from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod, each_pod

OTHERS_NAMESPACES: Final = frozenset(RESERVED_NAMESPACES) - {DEFAULT_NAMESPACE}
"""Another policy refuses the default one."""


def _writable(pod: Pod) -> Iterator[Violation]:
    # Windows does not support this setting.
    if pod.windows:
        return

    def check(container: Value) -> Iterator[Violation]:
        given = container.along("securityContext", "readOnlyRootFilesystem")
        if not (pod.patch and given.missing) and not given.flag():
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
    if (account.text() or DEFAULT_ACCOUNT) == DEFAULT_ACCOUNT:
        found = DEFAULT_ACCOUNT if account.present else f"nothing ({DEFAULT_ACCOUNT})"
        yield violation(account, found, "an account of its own")


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


def _variables(pod: Pod) -> Iterator[Violation]:
    def check(container: Value) -> Iterator[Violation]:
        given = [one.along("valueFrom", "secretKeyRef") for one in container["env"].items()]
        given += [one["secretRef"] for one in container["envFrom"].items()]
        for secret in given:
            with pod.resource.isolate():
                if secret.present:
                    yield violation(secret, "a Secret as variables", "a Secret as files, in a volume")

    yield from pod.resource.each(pod.containers(), check)


FILES = Policy(
    id="secrets-as-files",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="A program gets secrets as files: variables are inherited by other programs, and printed by crashes.",
    fix="mount the Secret as a volume, and read the file",
    rule=each_pod(_variables),
)


def _root_group(pod: Pod) -> Iterator[Violation]:
    def check(context: Value) -> Iterator[Violation]:
        for group in (context["runAsGroup"], context["fsGroup"], *context["supplementalGroups"].items()):
            with pod.resource.isolate():
                if group.number() == 0:
                    yield violation(group, "0, the group of root", "another group")

    yield from pod.resource.each(pod.contexts(), check)


GROUP = Policy(
    id="root-group-unused",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="No pod asks for the group of root, which may read files of the node and of other pods.",
    fix="leave the group out, or set it to a number above 0",
    rule=each_pod(_root_group),
)


def _system(pod: Pod) -> Iterator[Violation]:
    namespace = pod.made_by.namespace
    if namespace.text() in OTHERS_NAMESPACES:
        yield violation(namespace, f"{namespace.text()}, which is Kubernetes' own", "a namespace of its own")


SYSTEM = Policy(
    id="no-system-namespace",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=MEDIUM,
    description="Nothing of ours runs in Kubernetes' own namespaces, whose accounts administer the cluster.",
    fix="make a namespace for it; add-ons of EKS are resources of their own",
    rule=each_pod(_system),
)

POLICIES = (READ_ONLY, ACCOUNT, FILES, GROUP, SYSTEM)
