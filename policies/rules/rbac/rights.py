"""Policies about Kubernetes' own rights: nobody gets more than is named, or can take more (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.kinds import BINDINGS, ROLES, Object
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
CLUSTER_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
STAR: Final = "*"
EVERY_URL: Final = frozenset({STAR, "/*"})
BUILT_IN: Final = "kubernetes.io/bootstrapping"
"""The label of the roles that Kubernetes makes, cluster-admin among them."""
ESCALATING: Final = frozenset({"escalate", "bind"})
IMPERSONATING: Final = "impersonate"
"""How the verbs begin by which somebody takes another's name, whole or in part (impersonate:user-info)."""


@dataclass(frozen=True)
class Growth:
    """Something by which rights grow."""

    group: str
    resources: frozenset[str]
    verbs: frozenset[str] = frozenset()
    """Those that are enough, besides *; none: * alone."""


WRITING: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
GROWTH: Final = (
    Growth("rbac.authorization.k8s.io", frozenset({"roles", "clusterroles"})),
    Growth("", frozenset({"users", "groups", "serviceaccounts"})),
    Growth("authentication.k8s.io", frozenset({"users", "groups", "serviceaccounts", "uids"})),
    # A websocket is opened by get: it is enough to run commands through the kubelet.
    Growth("", frozenset({"nodes/proxy", "nodes/*", "*/proxy"}), WRITING | {"get", "list", "watch"}),
    Growth("", frozenset({"serviceaccounts/token", "serviceaccounts/*", "*/token"}), frozenset({"create"})),
    # Who takes a webhook away is no longer held back by it.
    Growth(
        "admissionregistration.k8s.io",
        frozenset(
            {
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
                "mutatingadmissionpolicies",
                "mutatingadmissionpolicybindings",
                "validatingadmissionpolicies",
                "validatingadmissionpolicybindings",
            }
        ),
        WRITING,
    ),
    # A certificate is a name, too.
    Growth(
        "certificates.k8s.io",
        frozenset({"certificatesigningrequests/approval", "certificatesigningrequests/*", "*/approval"}),
        frozenset({"update", "patch"}),
    ),
)
ADMINISTRATORS: Final = frozenset({"cluster-admin", "system:kube-controller-manager", "system:node"})
OF_CONTROLLERS: Final = "system:controller:"
"""How the names of roles begin that Kubernetes has for its own controllers: one of them makes any role greater."""
EVERYBODY: Final = frozenset(
    {"system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"}
)
MASTERS: Final = "system:masters"
OF_NAMESPACE: Final = "system:serviceaccounts:"
DEFAULT: Final = "default"
DEFAULT_AS_USER: Final = re.compile(rf"system:serviceaccount:[^:]*:{DEFAULT}")
"""The same account, by the name that it has as a user."""


def _texts(value: Value) -> set[str]:
    return {one.text() or "" for one in value.items()}


def _rules(resource: Resource) -> Iterator[Value]:
    for role in ROLES.objects(resource):
        with resource.isolate():
            yield from role.value["rules"].items()


def _wildcards(resource: Resource) -> Iterator[Violation]:
    def check(rule: Value) -> Iterator[Violation]:
        for name in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
            for one in rule[name].items():
                with resource.isolate():
                    text = one.text() or ""
                    if text in EVERY_URL or (name == "resources" and STAR in text):
                        yield violation(one, text, f"the {name} that are needed")

    yield from resource.each(_rules(resource), check)
    for role in ROLES.objects(resource):
        selectors = role.value.along("aggregationRule", "clusterRoleSelectors")
        yield from resource.each(selectors.items(), _gathers)


def _gathers(selector: Value) -> Iterator[Violation]:
    """A role that is the sum of others names those that it is meant to be."""
    keys = [*selector["matchLabels"].fields()]
    for expression in selector["matchExpressions"].items():
        if expression["operator"].text() in ("In", "Exists"):
            keys.append(expression["key"].text() or "")
    if not any(key != BUILT_IN for key in keys):
        yield violation(
            selector, "every role, or every one that Kubernetes has", "a label that only roles meant here have"
        )


NO_WILDCARDS = Policy(
    id="rbac-no-wildcards",
    requirement="INH-4",
    types=ROLES,
    level=MANDATORY,
    severity=HIGH,
    description="A role names what it allows, so that nothing new is in it by itself.",
    fix="list verbs, resources and apiGroups one by one",
    rule=_wildcards,
)


def _escalation(resource: Resource) -> Iterator[Violation]:
    def check(rule: Value) -> Iterator[Violation]:
        verbs, resources, groups = (_texts(rule[name]) for name in ("verbs", "resources", "apiGroups"))
        words = {verb for verb in verbs if verb in ESCALATING or verb.startswith(IMPERSONATING)}
        if words:
            yield violation(rule["verbs"], ", ".join(sorted(words)), "none of these, by which rights grow")
        things: set[str] = set()
        for growth in GROWTH:
            if verbs & (growth.verbs | {STAR}):
                things |= resources & growth.resources
                # Of an API of one's own, everything is no more than that.
                things |= resources & {STAR} if groups & {growth.group, STAR} else set()
        if things:
            yield violation(rule["resources"], ", ".join(sorted(things)), "none of these, by which rights grow")

    yield from resource.each(_rules(resource), check)


NO_ESCALATION = Policy(
    id="rbac-no-escalation",
    requirement="INH-4",
    types=ROLES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No role lets its holders raise their rights, by roles, other names, kubelets, webhooks or tokens.",
    fix="take the verb or the resource out; what must have it gets an exemption",
    rule=_escalation,
)


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
        elif (kind == "ServiceAccount" and name == DEFAULT) or DEFAULT_AS_USER.fullmatch(name):
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

POLICIES = (NO_WILDCARDS, NO_ESCALATION, NO_ADMIN, NAMED)
