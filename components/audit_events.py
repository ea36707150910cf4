"""What in the cluster's audit log is worth waking somebody for (INH-3): filter patterns over audit events."""

from __future__ import annotations

from components.alarms import LogAlarm

# Under these names the control plane acts, and nobody else. Service accounts of workloads are not among them:
# a pod that opens shells or changes roles is what an intruder looks like.
NOT_MACHINERY = (
    '($.user.username != "eks:*") && ($.user.username != "system:apiserver") && ($.user.username != "system:kube-*")'
    ' && ($.user.username != "system:serviceaccount:kube-system:*")'
)
PEOPLE = '($.user.username != "system:*") && ($.user.username != "eks:*")'
CHANGES = '(($.verb = "create") || ($.verb = "update") || ($.verb = "patch") || ($.verb = "delete*"))'

AUDIT_ALARMS = (
    LogAlarm(
        name="anonymous-call",
        # Health and version are open to everyone by Kubernetes's own default roles; load balancers ask for them.
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
            '{ ($.objectRef.resource = "pods") && (($.objectRef.subresource = "exec")'
            ' || ($.objectRef.subresource = "attach") || ($.objectRef.subresource = "ephemeralcontainers"))'
            f" && {NOT_MACHINERY} }}"
        ),
        description="Somebody opened a shell in a pod. Compare with the change that was announced.",
    ),
    LogAlarm(
        name="rbac-changed",
        pattern=(
            f'{{ ($.objectRef.apiGroup = "rbac.authorization.k8s.io") && {CHANGES}'
            f" && ($.responseStatus.code < 400) && {NOT_MACHINERY} }}"
        ),
        description="Roles or bindings of the cluster were changed. Compare with the change that was announced.",
    ),
    LogAlarm(
        name="secret-read-by-person",
        pattern=(
            '{ ($.objectRef.resource = "secrets") && (($.verb = "get") || ($.verb = "list") || ($.verb = "watch"))'
            f" && ($.responseStatus.code < 400) && {PEOPLE} }}"
        ),
        description="A person read Secrets of the cluster. What they read should be rotated unless it was expected.",
    ),
    LogAlarm(
        name="admission-changed",
        pattern=(
            f'{{ ($.objectRef.apiGroup = "admissionregistration.k8s.io") && {CHANGES}'
            f" && ($.responseStatus.code < 400) && {NOT_MACHINERY} }}"
        ),
        description="Admission rules of the cluster were changed: what they blocked may be possible now.",
    ),
)
