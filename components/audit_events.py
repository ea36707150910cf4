"""Events of the cluster's audit log that raise an alarm: filter patterns over audit events (INH-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.alarms import LogAlarm
from components.system_accounts import ACCOUNT_PREFIX, ADDON_OPERATOR, EKS_PREFIX, NODE_PREFIX, account
from policies.guidelines.deis import CONTROLLER, NAMESPACE, ROUTER
from policies.guidelines.eks import SYSTEM_NAMESPACES

# Each alarm excludes, one by one, the accounts that perform the action all day. A service account in kube-system that
# opens shells or changes roles looks like an intruder.
BY_EKS: Final = (f"{EKS_PREFIX}*", "system:apiserver")
SUCCEEDED: Final = "($.responseStatus.code < 400)"


def _but(*users: str) -> str:
    """Exclude these users; * is a wildcard at the end."""
    return " && ".join(f'($.user.username != "{user}")' for user in users)


def _any(selector: str, *texts: str) -> str:
    return "(" + " || ".join(f'({selector} = "{text}")' for text in texts) + ")"


PEOPLE: Final = _but("system:*", "eks:*")
CHANGES: Final = _any("$.verb", "create", "update", "patch", "delete*")
_READ: Final = _any("$.verb", "get", "list", "watch")
_IN_SYSTEM: Final = _any("$.objectRef.namespace", *SYSTEM_NAMESPACES)
_WRITTEN: Final = _any("$.verb", "create", "update", "patch")

RIGHTS_CONTROLLERS: Final = (
    "clusterrole-aggregation-controller",
    "generic-garbage-collector",
    "namespace-controller",
)
"""They keep sums of roles, and delete roles with what these belong to."""
SYSTEM_WRITERS: Final = (
    account("daemon-set-controller"),
    account("deployment-controller"),
    account("replicaset-controller"),
    ADDON_OPERATOR,
)
"""They make the pods of EKS's add-ons, which are Deployments and DaemonSets."""
SECRET_CONTROLLERS: Final = ("generic-garbage-collector", "namespace-controller", "resourcequota-controller")
"""They list Secrets to count and to delete them."""

AUDIT_ALARMS: Final = (
    LogAlarm(
        name="anonymous-call",
        # Kubernetes's own default roles open health and version to everyone; load balancers request them.
        pattern=(
            '{ ($.user.username = "system:anonymous") && ($.responseStatus.code < 400) && ($.requestURI != "/livez*")'
            ' && ($.requestURI != "/readyz*") && ($.requestURI != "/healthz*") && ($.requestURI != "/version*") }'
        ),
        description="An anonymous call to the Kubernetes API was answered. No role may be bound to system:anonymous.",
    ),
    LogAlarm(
        name="denied-calls",
        pattern="{ ($.responseStatus.code = 401) || ($.responseStatus.code = 403) }",
        threshold=20,
        description="Many calls to the Kubernetes API were denied: a broken workload, or somebody is trying doors.",
    ),
    LogAlarm(
        name="api-errors",
        pattern="{ $.responseStatus.code >= 500 }",
        threshold=10,
        description="The Kubernetes API answers with server errors; see the API server's log and AWS's status page.",
    ),
    LogAlarm(
        name="exec-into-pod",
        pattern=(
            '{ ($.objectRef.resource = "pods")'
            f" && {_any('$.objectRef.subresource', 'exec', 'attach', 'ephemeralcontainers')} }}"
        ),
        description="Somebody opened a shell in a pod. Compare it with the announced changes.",
    ),
    LogAlarm(
        name="rbac-changed",
        pattern=(
            f'{{ ($.objectRef.apiGroup = "rbac.authorization.k8s.io") && {CHANGES}'
            f" && {SUCCEEDED} && {_but(*BY_EKS, *map(account, RIGHTS_CONTROLLERS))} }}"
        ),
        description="Roles or bindings of the cluster were changed. Compare it with the announced changes.",
    ),
    LogAlarm(
        name="secret-read-by-person",
        pattern=f'{{ ($.objectRef.resource = "secrets") && {_READ} && {SUCCEEDED} && {PEOPLE} }}',
        description="A person read Secrets of the cluster. What they read should be rotated unless it was expected.",
    ),
    LogAlarm(
        name="admission-changed",
        pattern=(
            f'{{ ($.objectRef.apiGroup = "admissionregistration.k8s.io") && {CHANGES}'
            f" && {SUCCEEDED} && {_but(*BY_EKS, account('validatingadmissionpolicy-status-controller'))} }}"
        ),
        description="Admission rules of the cluster were changed: what they blocked may be possible now.",
    ),
    LogAlarm(
        name="system-workload-written",
        # Refused attempts count as well: the rule system-namespaces refuses all of them.
        pattern=(
            f"{{ {_IN_SYSTEM} && {_any('$.objectRef.resource', 'pods', 'daemonsets', 'deployments')} && {_WRITTEN}"
            f" && ($.objectRef.subresource NOT EXISTS) && {_but(*BY_EKS, f'{NODE_PREFIX}*', *SYSTEM_WRITERS)} }}"
        ),
        description="Somebody else than EKS wrote workloads into its namespaces, or tried.",
    ),
    LogAlarm(
        name="system-secret-written",
        pattern=(
            f"{{ {_IN_SYSTEM} && {_any('$.objectRef.resource', 'secrets', 'serviceaccounts')} && {_WRITTEN}"
            " && ($.objectRef.subresource NOT EXISTS)"
            f" && {_but(*BY_EKS, 'system:kube-controller-manager', account('service-account-controller'))} }}"
        ),
        description="Somebody else than EKS wrote Secrets or accounts into its namespaces, or tried.",
    ),
    LogAlarm(
        name="token-taken",
        pattern=(
            '{ ($.objectRef.resource = "serviceaccounts") && ($.objectRef.subresource = "token") && ($.verb = "create")'
            f" && {_but(*BY_EKS, f'{NODE_PREFIX}*', 'system:kube-controller-manager')} }}"
        ),
        description="Somebody took a service account's token, or tried: by it they act under the account's name.",
    ),
    LogAlarm(
        name="name-taken",
        pattern=f'{{ ($.impersonatedUser.username = "*") && {_but(*BY_EKS)} }}',
        description="Somebody acted under another's name (kubectl --as), or tried.",
    ),
)


def secret_read_by_workload(readers: Sequence[str]) -> LogAlarm:
    """The alarm on Secrets that are read by programs; `readers` are the user names of further intended readers."""
    deis = (account(name, NAMESPACE) for name in (CONTROLLER, ROUTER))
    return LogAlarm(
        name="secret-read-by-workload",
        pattern=(
            f'{{ ($.objectRef.resource = "secrets") && {_READ} && {SUCCEEDED}'
            f' && ($.user.username = "{ACCOUNT_PREFIX}*")'
            f" && {_but(*map(account, SECRET_CONTROLLERS), *deis, *readers)} }}"
        ),
        description="A program read Secrets by the API that is not known to. alerts.secretReaders names those that do.",
    )
