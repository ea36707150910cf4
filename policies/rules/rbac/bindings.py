"""Policies about RBAC bindings: no administrators, and named subjects only (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.guidelines.rbac import (
    ADMINISTRATORS,
    DEFAULT_ACCOUNT,
    DEFAULT_AS_USER,
    EVERYBODY,
    MASTERS,
    OF_CONTROLLERS,
    OF_NAMESPACE,
)
from policies.kernel.kinds import BINDINGS, Object
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value


def _bindings(resource: Resource) -> Iterator[Object]:
    yield from BINDINGS.objects(resource)


def _no_admin(resource: Resource) -> Iterator[Violation]:
    def check(binding: Object) -> Iterator[Violation]:
        role = binding.value.along("roleRef", "name")
        name = role.text() or ""
        if name in ADMINISTRATORS or name.startswith(OF_CONTROLLERS):
            yield violation(role, f"{role.text()}", "a role with what is needed; administrators have access entries")

    yield from resource.each(_bindings(resource), check)


NO_ADMIN = Policy(
    id="rbac-no-cluster-admin-binding",
    requirement="INH-4 VPN-MFA",
    types=BINDINGS,
    level=MANDATORY,
    severity=CRITICAL,
    description="Nobody becomes administrator by a binding, which AWS does not see.",
    fix="give people an access entry with AmazonEKSClusterAdminPolicy, and programs a role of their own",
    rule=_no_admin,
)


def _named(resource: Resource) -> Iterator[Violation]:
    def check(subject: Value) -> Iterator[Violation]:
        name, kind = subject["name"].text() or "", subject["kind"].text()
        required = "a group or a service account that is meant"
        if name in EVERYBODY or name.startswith(OF_NAMESPACE):
            yield violation(subject["name"], f"{name}, which is everybody", required)
        elif name == MASTERS:
            yield violation(subject["name"], f"{name}, which no rule holds back", required)
        elif (kind == "ServiceAccount" and name == DEFAULT_ACCOUNT) or DEFAULT_AS_USER.fullmatch(name):
            yield violation(subject["name"], "the account of every pod that names none", required)

    for binding in _bindings(resource):
        with resource.isolate():
            yield from resource.each(binding.value["subjects"].items(), check)


NAMED = Policy(
    id="rbac-named-subjects",
    requirement="INH-4",
    types=BINDINGS,
    level=MANDATORY,
    severity=CRITICAL,
    description="Rights are bound to somebody: not to everybody, nor to the account that every pod has by default.",
    fix="make a service account for the program, or bind a group of the people list",
    rule=_named,
)

POLICIES = (NO_ADMIN, NAMED)
