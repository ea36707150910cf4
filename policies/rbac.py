"""Policies about Kubernetes' own rights: nobody gets more than is named, or can take more (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.judged import Resource, Violation, breach
from policies.kinds import BINDINGS, ROLES, Object
from policies.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.values import Value

ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
CLUSTER_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
STAR: Final = "*"
ESCALATING: Final = frozenset({"escalate", "bind", "impersonate"})
WRITING: Final = frozenset({"create", "update", "patch", STAR})
NODE_PROXY: Final = frozenset({"nodes/proxy", "nodes/*", "*/proxy"})
WEBHOOKS: Final = frozenset(
    {
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    }
)
TOKENS: Final = frozenset({"serviceaccounts/token", "serviceaccounts/*", "*/token"})
ADMINISTRATOR: Final = frozenset({"cluster-admin"})
EVERYBODY: Final = frozenset(
    {"system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"}
)
MASTERS: Final = "system:masters"
OF_NAMESPACE: Final = "system:serviceaccounts:"
DEFAULT: Final = "default"


def _texts(value: Value) -> set[str]:
    return {one.text() or "" for one in value.items()}


def _rules(resource: Resource) -> Iterator[Value]:
    for role in ROLES.objects(resource):
        with resource.apart():
            yield from role.value["rules"].items()


def _wildcards(resource: Resource) -> Iterator[Violation]:
    def check(rule: Value) -> Iterator[Violation]:
        for name in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
            for one in rule[name].items():
                with resource.apart():
                    if one.text() == STAR:
                        yield breach(one, STAR, f"the {name} that are needed")

    yield from resource.each(_rules(resource), check)


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
        verbs, resources = _texts(rule["verbs"]), _texts(rule["resources"])
        writing = bool(verbs & WRITING)
        found = {
            "verbs": verbs & ESCALATING,
            # A websocket is opened by get: it is enough to run commands through the kubelet.
            "resources": (resources & NODE_PROXY if verbs else set())
            | (resources & (WEBHOOKS | TOKENS) if writing else set()),
        }
        for name, words in found.items():
            if words:
                yield breach(rule[name], ", ".join(sorted(words)), "none of these, by which rights grow")

    yield from resource.each(_rules(resource), check)


NO_ESCALATION = Policy(
    id="rbac-no-escalation",
    requirement="INH-4",
    types=ROLES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No role lets its holders raise their rights, by roles, other names, kubelets, webhooks or tokens.",
    fix="take the verb or the resource out; what must have it gets an exception",
    rule=_escalation,
)


def _bindings(resource: Resource) -> Iterator[Object]:
    yield from BINDINGS.objects(resource)


def _no_admin(resource: Resource) -> Iterator[Violation]:
    def check(binding: Object) -> Iterator[Violation]:
        role = binding.value.along("roleRef", "name")
        if role.text() in ADMINISTRATOR:
            yield breach(role, f"{role.text()}", "a role with what is needed; administrators have access entries")

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
            yield breach(subject["name"], f"{name}, which is everybody", required)
        elif name == MASTERS:
            yield breach(subject["name"], f"{name}, which no rule holds back", required)
        elif kind == "ServiceAccount" and name == DEFAULT:
            yield breach(subject["name"], "the account of every pod that names none", required)

    for binding in _bindings(resource):
        with resource.apart():
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


def _role(type_: str = ROLE, **rule: Any) -> Item:
    made = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"], **rule}
    return Item(type=type_, props={"metadata": {"name": "r", "namespace": "shop"}, "rules": [made]})


def _binding(role: Any = "view", type_: str = CLUSTER_BINDING, **subject: Any) -> Item:
    made = {"kind": "ServiceAccount", "name": "web", "namespace": "shop", **subject}
    return Item(type=type_, props={"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [made]})


_WEBHOOK: Final = ["validatingwebhookconfigurations"]

CASES: dict[str, tuple[Case, ...]] = {
    NO_WILDCARDS.id: (
        ok("named", _role()),
        fail("verbs", _role(verbs=["*"]), at="rules[0].verbs[0]"),
        fail("resources", _role(resources=["pods", "*"]), at="rules[0].resources[1]"),
        fail("groups_of_a_cluster_role", _role(CLUSTER_ROLE, apiGroups=["*"]), at="rules[0].apiGroups[0]"),
        fail("patched", _role(f"{ROLE}Patch", verbs=["*"]), at="rules[0].verbs[0]"),
        unknown("decided_later", _role(verbs=UNKNOWN)),
    ),
    NO_ESCALATION.id: (
        ok("reading", _role()),
        ok("webhooks_read", _role(CLUSTER_ROLE, resources=_WEBHOOK)),
        fail("escalate", _role(resources=["roles"], verbs=["get", "escalate"]), at="rules[0].verbs"),
        fail("impersonate", _role(CLUSTER_ROLE, resources=["users"], verbs=["impersonate"]), at="rules[0].verbs"),
        fail("kubelets", _role(CLUSTER_ROLE, resources=["nodes/proxy"], verbs=["get"]), at="rules[0].resources"),
        fail("webhooks", _role(CLUSTER_ROLE, resources=_WEBHOOK, verbs=["patch"]), at="rules[0].resources"),
        fail("tokens", _role(resources=["serviceaccounts/token"], verbs=["create"]), at="rules[0].resources"),
        unknown("decided_later", _role(resources=UNKNOWN)),
    ),
    NO_ADMIN.id: (
        ok("view", _binding()),
        fail("cluster_admin", _binding("cluster-admin"), at="roleRef.name"),
        fail("in_one_namespace", _binding("cluster-admin", CLUSTER_BINDING.replace("Cluster", "")), at="roleRef.name"),
        unknown("role_made_with_it", _binding(UNKNOWN)),
    ),
    NAMED.id: (
        ok("service_account", _binding()),
        ok("group_of_people", _binding(kind="Group", name="palisade:viewers")),
        fail("anonymous", _binding(kind="User", name="system:anonymous"), at="subjects[0].name"),
        fail("everybody_who_is_known", _binding(kind="Group", name="system:authenticated"), at="subjects[0].name"),
        fail("all_of_a_namespace", _binding(kind="Group", name="system:serviceaccounts:shop"), at="subjects[0].name"),
        fail("default_account", _binding(name="default"), at="subjects[0].name"),
        fail("masters", _binding(kind="Group", name="system:masters"), at="subjects[0].name"),
        unknown("account_made_with_it", _binding(name=UNKNOWN)),
    ),
}
