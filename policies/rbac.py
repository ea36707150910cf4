"""Policies about Kubernetes' own rights: nobody gets more than is named, or can take more (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
        with resource.apart():
            yield from role.value["rules"].items()


def _wildcards(resource: Resource) -> Iterator[Violation]:
    def check(rule: Value) -> Iterator[Violation]:
        for name in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
            for one in rule[name].items():
                with resource.apart():
                    text = one.text() or ""
                    if text in EVERY_URL or (name == "resources" and STAR in text):
                        yield breach(one, text, f"the {name} that are needed")

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
        yield breach(
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
            yield breach(rule["verbs"], ", ".join(sorted(words)), "none of these, by which rights grow")
        things: set[str] = set()
        for growth in GROWTH:
            if verbs & (growth.verbs | {STAR}):
                things |= resources & growth.resources
                # Of an API of one's own, everything is no more than that.
                things |= resources & {STAR} if groups & {growth.group, STAR} else set()
        if things:
            yield breach(rule["resources"], ", ".join(sorted(things)), "none of these, by which rights grow")

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
        name = role.text() or ""
        if name in ADMINISTRATORS or name.startswith(OF_CONTROLLERS):
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
        elif (kind == "ServiceAccount" and name == DEFAULT) or DEFAULT_AS_USER.fullmatch(name):
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


def _urls(url: str) -> Item:
    return Item(type=CLUSTER_ROLE, props={"rules": [{"nonResourceURLs": [url], "verbs": ["get"]}]})


def _sum(selector: dict[str, Any]) -> Item:
    return Item(type=CLUSTER_ROLE, props={"aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": []})


def _expression(operator: str) -> dict[str, str]:
    return {"key": "example.org/part-of-viewer", "operator": operator}


_WEBHOOK: Final = ["validatingwebhookconfigurations"]
_APPROVAL: Final = ["certificatesigningrequests/approval"]
_RBAC: Final = ["rbac.authorization.k8s.io"]
_SELECTOR: Final = "aggregationRule.clusterRoleSelectors[0]"

CASES: dict[str, tuple[Case, ...]] = {
    NO_WILDCARDS.id: (
        ok("named", _role()),
        fail("verbs", _role(verbs=["*"]), at="rules[0].verbs[0]"),
        fail("resources", _role(resources=["pods", "*"]), at="rules[0].resources[1]"),
        fail("groups_of_a_cluster_role", _role(CLUSTER_ROLE, apiGroups=["*"]), at="rules[0].apiGroups[0]"),
        fail("patched", _role(f"{ROLE}Patch", verbs=["*"]), at="rules[0].verbs[0]"),
        fail("every_subresource_of_a_name", _role(resources=["*/scale"]), at="rules[0].resources[0]"),
        ok("urls_below_one", _urls("/healthz/*")),
        fail("every_url", _urls("*"), at="rules[0].nonResourceURLs[0]"),
        fail("every_url_by_its_beginning", _urls("/*"), at="rules[0].nonResourceURLs[0]"),
        ok("sum_of_named_roles", _sum({"matchLabels": {"example.org/part-of-viewer": "true"}})),
        ok("sum_of_roles_that_have_a_label", _sum({"matchExpressions": [_expression("Exists")]})),
        fail("sum_of_all_roles", _sum({}), at=_SELECTOR),
        fail("sum_of_all_roles_but_some", _sum({"matchExpressions": [_expression("NotIn")]}), at=_SELECTOR),
        fail("sum_of_the_built_in_roles", _sum({"matchLabels": {BUILT_IN: "rbac-defaults"}}), at=_SELECTOR),
        unknown("decided_later", _role(verbs=UNKNOWN)),
    ),
    NO_ESCALATION.id: (
        ok("reading", _role()),
        ok("webhooks_read", _role(CLUSTER_ROLE, resources=_WEBHOOK)),
        fail("escalate", _role(resources=["roles"], verbs=["get", "escalate"]), at="rules[0].verbs"),
        fail("impersonate", _role(CLUSTER_ROLE, resources=["users"], verbs=["impersonate"]), at="rules[0].verbs"),
        fail("impersonate_in_part", _role(CLUSTER_ROLE, verbs=["impersonate:user-info"]), at="rules[0].verbs"),
        ok("everything_of_an_api_of_ones_own", _role(apiGroups=["example.org"], resources=["*"], verbs=["*"])),
        fail("everything", _role(apiGroups=["*"], resources=["*"], verbs=["*"]), at="rules[0].resources"),
        fail("everything_read", _role(CLUSTER_ROLE, resources=["*"], verbs=["get"]), at="rules[0].resources"),
        fail("any_verb_on_roles", _role(apiGroups=_RBAC, resources=["roles"], verbs=["*"]), at="rules[0].resources"),
        fail("any_verb_on_names", _role(CLUSTER_ROLE, resources=["users"], verbs=["*"]), at="rules[0].resources"),
        fail("kubelets", _role(CLUSTER_ROLE, resources=["nodes/proxy"], verbs=["get"]), at="rules[0].resources"),
        fail("webhooks", _role(CLUSTER_ROLE, resources=_WEBHOOK, verbs=["patch"]), at="rules[0].resources"),
        fail("webhooks_taken_away", _role(CLUSTER_ROLE, resources=_WEBHOOK, verbs=["delete"]), at="rules[0].resources"),
        fail("certificates", _role(CLUSTER_ROLE, resources=_APPROVAL, verbs=["update"]), at="rules[0].resources"),
        fail("tokens", _role(resources=["serviceaccounts/token"], verbs=["create"]), at="rules[0].resources"),
        unknown("decided_later", _role(resources=UNKNOWN)),
    ),
    NO_ADMIN.id: (
        ok("view", _binding()),
        fail("cluster_admin", _binding("cluster-admin"), at="roleRef.name"),
        fail("in_one_namespace", _binding("cluster-admin", CLUSTER_BINDING.replace("Cluster", "")), at="roleRef.name"),
        fail(
            "as_good_as_cluster_admin",
            _binding(f"{OF_CONTROLLERS}clusterrole-aggregation-controller"),
            at="roleRef.name",
        ),
        fail("nodes", _binding("system:node"), at="roleRef.name"),
        unknown("role_made_with_it", _binding(UNKNOWN)),
    ),
    NAMED.id: (
        ok("service_account", _binding()),
        ok("group_of_people", _binding(kind="Group", name="palisade:viewers")),
        fail("anonymous", _binding(kind="User", name="system:anonymous"), at="subjects[0].name"),
        fail("everybody_who_is_known", _binding(kind="Group", name="system:authenticated"), at="subjects[0].name"),
        fail("all_of_a_namespace", _binding(kind="Group", name="system:serviceaccounts:shop"), at="subjects[0].name"),
        fail("default_account", _binding(name="default"), at="subjects[0].name"),
        fail(
            "default_account_as_a_user",
            _binding(kind="User", name="system:serviceaccount:shop:default"),
            at="subjects[0].name",
        ),
        fail("masters", _binding(kind="Group", name="system:masters"), at="subjects[0].name"),
        unknown("account_made_with_it", _binding(name=UNKNOWN)),
    ),
}
