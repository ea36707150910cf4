"""Roles and bindings that do not allow privilege escalation, as far as a single object shows it (INH-4).

The API server lets nobody grant more than they have. These rules limit what administrators may grant.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import PLACE, Check, Rule, literal, of
from components.baseline.admission.writers import IS_SYSTEM
from policies.guidelines.deis import CONTROLLER, NAMESPACE, ROLE_PREFIX
from policies.guidelines.eks import SYSTEM_NAMESPACES
from policies.guidelines.rbac import (
    BUILT_IN,
    DEFAULT_ACCOUNT,
    DEFAULT_AS_USER,
    ESCALATING,
    EVERY_URL,
    EVERYBODY,
    EVERYTHING,
    IMPERSONATING,
    MASTERS,
    OF_NAMESPACE,
    POWERFUL,
    STAR,
)
from policies.guidelines.rbac_paths import PATHS, WRITE, Need
from policies.guidelines.workloads import WORKLOADS

GROUP: Final = "rbac.authorization.k8s.io"
AGGREGATE_TO_VIEW: Final = f"{GROUP}/aggregate-to-view"
READING: Final = ("get", "list", "watch")
_STARRED: Final = literal(STAR)


def _list(name: str) -> str:
    return f"r.?{name}.orValue([])"


def _any(name: str, texts: frozenset[str]) -> str:
    return f"{_list(name)}.exists(t, t in {literal(sorted(texts))})"


def _gives(need: Need) -> str:
    """CEL: whether rule `r` contains this right; wildcard rules are refused anyway."""
    given = [
        _any("verbs", need.verbs | {STAR}),
        _any("resources", need.resources),
        _any("apiGroups", frozenset({need.group, STAR})),
    ]
    if need.every_name:
        given.append(f"{_list('resourceNames')}.size() == 0")
    return f"({' && '.join(given)})"


_ESCALATES: Final = " || ".join(
    (
        f"{_list('verbs')}.exists(v, v in {literal(sorted(ESCALATING))} || v.startsWith({literal(IMPERSONATING)}))",
        *(_gives(need) for path in PATHS if path.always for need in path.needs),
    )
)
_SECRETS: Final = (
    f"({_any('resources', frozenset({'secrets'}))} && {_any('apiGroups', frozenset({'', STAR}))}"
    f" && {_any('verbs', frozenset({*READING, STAR}))} && {_list('resourceNames')}.size() == 0)"
)
_POWER: Final = frozenset({"secrets", "pods/exec", "pods/attach", "pods/ephemeralcontainers"})
_MAKERS: Final = frozenset(one.resource for one in WORKLOADS)
_POWER_IN_SYSTEM: Final = (
    f"({_any('resources', _POWER)} || ({_any('resources', _MAKERS)} && {_any('verbs', WRITE | {STAR})}))"
)
_READERS_OF_ALL_SECRETS: Final = (f"{ROLE_PREFIX}{CONTROLLER}",)
"""The controller keeps every application's settings in Secrets, in namespaces that it makes."""

OF_KUBERNETES: Final = Check(
    holds=f"oldObject == null || !{of('oldObject', 'metadata', 'labels')}[?{literal(BUILT_IN)}].hasValue()",
    message="roles and bindings that Kubernetes made stay as they are",
)
ROLES: Final = Rule(
    id="roles",
    requirement="INH-4",
    policies=("rbac-no-wildcards", "rbac-no-escalation"),
    resources={GROUP: ["roles", "clusterroles"]},
    reads=(
        lambda it: of(it, "rules"),
        lambda it: of(it, "aggregationRule"),
        lambda it: f"{of(it, 'metadata', 'labels')}[?{literal(AGGREGATE_TO_VIEW)}]",
    ),
    unless={"system": IS_SYSTEM},
    variables={
        "rules": f"{of('object', 'rules')}.orValue([])",
        "sums": f"{of('object', 'aggregationRule', 'clusterRoleSelectors')}.orValue([])",
        "viewed": f"{of('object', 'metadata', 'labels')}[?{literal(AGGREGATE_TO_VIEW)}].orValue('') == 'true'",
    },
    checks=(
        Check(
            holds=f"variables.rules.all(r, ({_list('verbs')} + {_list('apiGroups')} + {_list('nonResourceURLs')})"
            f".all(t, !(t in {literal(sorted(EVERY_URL))})) && {_list('resources')}.all(t, !t.contains({_STARRED})))",
            message="a role names what it allows; * is everything, now and later",
        ),
        OF_KUBERNETES,
        Check(
            holds=f"variables.sums.all(s, s.?matchLabels.orValue({{}}).exists(k, k != {literal(BUILT_IN)})"
            " || s.?matchExpressions.orValue([]).exists(e, e.operator in ['In', 'Exists']"
            f" && e.key != {literal(BUILT_IN)}))",
            message="a sum of roles names those that it is meant to be, by a label that only they have",
        ),
        Check(
            holds=f"variables.rules.all(r, !({_ESCALATES}))",
            message="no role lets its holders raise their rights, by roles, other names, kubelets, webhooks or tokens",
        ),
        Check(
            holds=f"request.resource.resource != 'clusterroles' || {of('object', 'metadata', 'name')}.orValue('')"
            f" in {literal(_READERS_OF_ALL_SECRETS)} || variables.rules.all(r, !{_SECRETS})",
            message="no role of the whole cluster reads Secrets that it does not name",
        ),
        Check(
            holds=f"!variables.viewed || variables.rules.all(r, {_list('verbs')}"
            f".all(v, v in {literal(READING)}) && !{_any('resources', _POWER)})",
            message=f"what {AGGREGATE_TO_VIEW} adds to is everybody's: it reads, and no Secrets",
        ),
        Check(
            holds=f"!({PLACE} in {literal(SYSTEM_NAMESPACES)}) || variables.rules.all(r, !{_POWER_IN_SYSTEM})",
            message=f"no role in {', '.join(SYSTEM_NAMESPACES)} reaches Secrets or pods there",
        ),
    ),
)

_EVERYBODY: Final = (
    f"s.name in {literal(sorted({*EVERYBODY, MASTERS}))} || s.name.startsWith({literal(OF_NAMESPACE)})"
    f" || (s.kind == 'ServiceAccount' && s.name == {literal(DEFAULT_ACCOUNT)})"
    f" || s.name.matches({literal(f'^{DEFAULT_AS_USER.pattern}$')})"
)

_READERS_OF_SYSTEM: Final = ("system:controller:bootstrap-signer", "system:controller:token-cleaner")
"""Roles that Kubernetes makes in kube-system, by which its Secrets are read (kubernetes v1.35, namespace_policy.go)."""

BINDINGS: Final = Rule(
    id="bindings",
    requirement="INH-4",
    policies=("rbac-no-cluster-admin-binding", "rbac-named-subjects"),
    resources={GROUP: ["rolebindings", "clusterrolebindings"]},
    reads=(lambda it: of(it, "roleRef"), lambda it: of(it, "subjects")),
    unless={"system": IS_SYSTEM},
    variables={
        "role": f"{of('object', 'roleRef', 'kind')}.orValue('') == 'ClusterRole'"
        f" ? {of('object', 'roleRef', 'name')}.orValue('') : ''",
        "strangers": f"{of('object', 'subjects')}.orValue([]).filter(s, {_EVERYBODY})",
        "wide": f"request.resource.resource == 'clusterrolebindings' || {PLACE} in {literal(SYSTEM_NAMESPACES)}",
    },
    checks=(
        OF_KUBERNETES,
        Check(
            holds=f"!(variables.role in (variables.wide ? {literal(sorted(POWERFUL))} : {literal([EVERYTHING])}))",
            message="no binding to a role of Kubernetes makes an administrator, whom AWS does not see",
            found="variables.role",
        ),
        Check(
            holds=f"!({of('object', 'roleRef', 'name')}.orValue('') in {literal(_READERS_OF_SYSTEM)})",
            message="nobody is bound to a role of Kubernetes that reads Secrets of the system",
        ),
        Check(
            # By its name, the controller's role may read every Secret; other subjects would not be limited to
            # applications.
            holds=f"!variables.role.startsWith({literal(ROLE_PREFIX)}) || {of('object', 'subjects')}.orValue([]).all(s,"
            f" s.kind == 'ServiceAccount' && s.?namespace.orValue('') == {literal(NAMESPACE)}"
            f" && {literal(ROLE_PREFIX)} + s.name == variables.role)",
            message="a role of Deis is bound to the service account of that name alone",
            found="variables.role",
        ),
        Check(
            holds="variables.strangers.size() == 0",
            message="rights are bound to somebody, not to everybody, nor to the account of every pod",
            found="variables.strangers.map(s, string(s.name)).join(', ')",
        ),
    ),
)
