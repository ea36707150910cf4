"""Each log alarm against events as the API server writes them: what must match, and what must not."""

from __future__ import annotations

from typing import Any

import pytest

from components.audit_events import AUDIT_ALARMS, secret_read_by_workload
from components.system_accounts import ADDON_OPERATOR
from tests.support.aws.filter_pattern import matches, misjudged

ALARMS = {alarm.name: alarm for alarm in (*AUDIT_ALARMS, secret_read_by_workload(()))}
PERSON = "arn:aws:sts::123456789012:assumed-role/ada/session"


def audit(
    verb: str,
    resource: str,
    user: str = PERSON,
    *,
    code: int = 200,
    group: str = "",
    subresource: str = "",
    namespace: str = "shop",
) -> dict[str, Any]:
    """An audit.k8s.io/v1 event, as EKS writes it to the control plane's log group."""
    reference = {"resource": resource, "namespace": namespace, "name": "cart", "apiVersion": "v1"}
    reference |= {"apiGroup": group} if group else {}
    reference |= {"subresource": subresource} if subresource else {}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "0f3b5d0c-4b0e-4f43-9d0d-1d2f5b1a8c11",
        "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/shop/{resource}/cart",
        "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"]},
        "sourceIPs": ["10.40.0.10"],
        "userAgent": "kubectl/v1.35.4 (linux/amd64)",
        "objectRef": reference,
        "responseStatus": {"metadata": {}, "code": code},
        "annotations": {"authorization.k8s.io/decision": "allow" if code != 403 else "forbid"},
    }


def health(path: str) -> dict[str, Any]:
    """A load balancer's anonymous health check: no object, no resource."""
    event = audit("get", "", "system:anonymous") | {"requestURI": path}
    del event["objectRef"]
    return event


RBAC, ADMISSION = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
WORKLOAD = "system:serviceaccount:shop:cart"
of_system = "system:serviceaccount:kube-system:{}".format
MACHINE, STATUS = of_system("namespace-controller"), of_system("validatingadmissionpolicy-status-controller")
INTRUDER = of_system("coredns")
"""A workload in kube-system: no account there is spared for the namespace that it is in."""
ROUTER, BUILDER = (f"system:serviceaccount:deis:deis-{name}" for name in ("router", "builder"))

CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "anonymous-call": (
        [audit("get", "pods", "system:anonymous"), audit("list", "secrets", "system:anonymous", code=201)],
        [
            health("/livez"), health("/readyz?verbose"), health("/healthz"), health("/version"),
            audit("get", "pods", "system:anonymous", code=403), audit("get", "pods"),
        ],
    ),
    "denied-calls": ([audit("get", "pods", code=403), audit("get", "pods", code=401)], [audit("get", "pods")]),
    "api-errors": ([audit("get", "pods", code=500), audit("get", "pods", code=504)], [audit("get", "pods", code=404)]),
    "exec-into-pod": (
        [
            audit("create", "pods", code=101, subresource="exec"), audit("get", "pods", code=101, subresource="attach"),
            audit("create", "pods", WORKLOAD, code=101, subresource="exec"),
            audit("patch", "pods", subresource="ephemeralcontainers"),
            audit("create", "pods", INTRUDER, code=101, subresource="exec"),
            audit("create", "pods", MACHINE, code=101, subresource="exec"),
        ],
        [audit("get", "pods", subresource="log"), audit("create", "pods"), audit("create", "deployments")],
    ),
    "rbac-changed": (
        [
            audit("create", "clusterrolebindings", group=RBAC), audit("deletecollection", "roles", group=RBAC),
            audit("patch", "roles", WORKLOAD, group=RBAC), audit("create", "roles", INTRUDER, group=RBAC),
        ],
        [
            audit("get", "roles", group=RBAC), audit("create", "pods"),
            audit("update", "clusterroles", of_system("clusterrole-aggregation-controller"), group=RBAC),
            audit("delete", "roles", MACHINE, group=RBAC), audit("create", "roles", "eks:addon-manager", group=RBAC),
            audit("create", "roles", "system:apiserver", group=RBAC), audit("create", "roles", group=RBAC, code=403),
        ],
    ),
    "secret-read-by-person": (
        [audit("get", "secrets"), audit("list", "secrets"), audit("watch", "secrets")],
        [
            audit("get", "secrets", WORKLOAD), audit("get", "secrets", "eks:addon-manager"),
            audit("create", "secrets"), audit("get", "configmaps"), audit("get", "secrets", code=403),
        ],
    ),
    "admission-changed": (
        [
            audit("delete", "validatingadmissionpolicies", group=ADMISSION),
            audit("delete", "validatingadmissionpolicybindings", INTRUDER, group=ADMISSION),
        ],
        [
            audit("update", "validatingadmissionpolicies", STATUS, group=ADMISSION, subresource="status"),
            audit("list", "validatingadmissionpolicies", group=ADMISSION), audit("delete", "pods"),
        ],
    ),
    "secret-read-by-workload": (
        [audit("get", "secrets", WORKLOAD), audit("list", "secrets", INTRUDER), audit("get", "secrets", BUILDER)],
        [
            audit("list", "secrets", MACHINE), audit("get", "secrets"), audit("get", "secrets", WORKLOAD, code=403),
            audit("get", "secrets", "system:node:ip-10-40-0-1"), audit("get", "secrets", ROUTER),
        ],
    ),
    "system-workload-written": (
        [
            audit("create", "pods", namespace="kube-system"),
            audit("create", "pods", code=403, namespace="kube-system"),
            audit("create", "pods", INTRUDER, namespace="kube-system"),
            audit("patch", "daemonsets", namespace="amazon-cloudwatch"),
            audit("create", "deployments", WORKLOAD, namespace="amazon-guardduty"),
        ],
        [
            audit("create", "pods"), audit("get", "pods", namespace="kube-system"),
            audit("create", "pods", of_system("daemon-set-controller"), namespace="kube-system"),
            audit("update", "daemonsets", "eks:addon-manager", namespace="kube-system"),
            audit("create", "daemonsets", ADDON_OPERATOR, namespace="amazon-cloudwatch"),
            audit("create", "pods", "system:node:ip-10-40-0-1", namespace="kube-system"),
            audit("create", "pods", "system:kube-scheduler", subresource="binding", namespace="kube-system"),
        ],
    ),
    "system-secret-written": (
        [
            audit("create", "secrets", namespace="kube-system"), audit("patch", "serviceaccounts", INTRUDER,
            namespace="kube-system"), audit("create", "secrets", WORKLOAD, code=403, namespace="amazon-cloudwatch"),
        ],
        [
            audit("create", "secrets"), audit("create", "secrets", "eks:addon-manager", namespace="kube-system"),
            audit("create", "serviceaccounts", of_system("service-account-controller"), namespace="kube-system"),
            audit("create", "serviceaccounts", "system:kube-controller-manager", subresource="token",
            namespace="kube-system"),
        ],
    ),
    "token-taken": (
        [
            audit("create", "serviceaccounts", user, subresource="token", namespace="kube-system", code=code)
            for user, code in ((PERSON, 403), (INTRUDER, 201), (WORKLOAD, 201))
        ],
        [
            audit("create", "serviceaccounts", user, subresource="token")
            for user in ("system:node:ip-10-40-0-1", "system:kube-controller-manager", "eks:addon-manager")
        ] + [audit("create", "serviceaccounts")],
    ),
    "name-taken": (
        [audit("get", "pods") | {"impersonatedUser": {"username": "eks:addon-manager"}}],
        [audit("get", "pods"), audit("get", "pods", "eks:x") | {"impersonatedUser": {"username": "y"}}],
    ),
}  # fmt: skip


def test_every_log_alarm_has_cases() -> None:
    assert CASES.keys() == ALARMS.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_pattern_matches_what_it_names_and_nothing_else(name: str) -> None:
    assert not misjudged(ALARMS[name].pattern, *CASES[name])


@pytest.mark.parametrize("name", ALARMS)
def test_the_pattern_keeps_the_length_that_cloudwatch_allows(name: str) -> None:
    assert len(ALARMS[name].pattern) <= 1024


def test_the_evaluator_refuses_what_is_no_pattern() -> None:
    for pattern in ("[a, b]", "{ $.a = }", "{ ($.a = 1 }", "{ $.a = 1 ) }", '{ $.a = "x*y" }'):
        with pytest.raises((ValueError, IndexError)):
            matches(pattern, {"a": "xy"})
