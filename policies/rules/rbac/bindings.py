"""Policies about RBAC bindings: no binding to cluster-admin, and none to anonymous or all users (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.rbac import DEFAULT_ACCOUNT, DEFAULT_AS_USER, EVERYBODY, MASTERS, OF_NAMESPACE
from policies.kernel.kinds import BINDINGS, Object
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.rbac import facts
from policies.rules.rbac.rights import ENDS, EVERYWHERE, ends

DEFAULT_NAMESPACE: Final = "default"


def _bindings(resource: Resource) -> Iterator[Object]:
    yield from BINDINGS.objects(resource)


def _no_admin(resource: Resource) -> Iterator[Violation]:
    def check(binding: Object) -> Iterator[Violation]:
        role = binding.value.along("roleRef", "name")
        name = role.text()
        if name is None:
            # A patch adds subjects to an existing binding; it has to repeat the role.
            yield violation(role, "nothing", "the role, which a patch repeats")
            return
        if binding.kind == "ClusterRoleBinding":
            if binding.name.text() in {one.binding for one in facts.bindings()}:
                yield violation(binding.name, f"{binding.name.text()}, which is Kubernetes' own", "a name of its own")
            scope = EVERYWHERE
        elif binding.value.along("roleRef", "kind").text() == "ClusterRole":
            scope = binding.namespace.text() or DEFAULT_NAMESPACE
        else:
            return
        rules = facts.roles().get(name, ())
        reached = [ENDS[end] for end in ends(rules, [scope])]
        if not reached and any(rule.everything for rule in rules):
            reached = ["may do everything in its namespace, and change what guards it"]
        if reached:
            required = "a role with what is needed; administrators have access entries"
            yield violation(role, f"{name}, which {' and '.join(reached)}", required)

    yield from resource.each(_bindings(resource), check)


NO_ADMIN = Policy(
    id="rbac-no-cluster-admin-binding",
    requirement="INH-4 VPN-MFA",
    types=BINDINGS,
    level=MANDATORY,
    severity=CRITICAL,
    description="No binding to a role of Kubernetes makes an administrator, whom AWS does not see.",
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
