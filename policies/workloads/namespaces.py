"""Policies about namespaces: each says which Pod Security level holds in it, and closes its network (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.guidelines.pod_security import ENFORCE_LABEL, SAFE_LEVELS
from policies.judged import Resource, Stack, Violation, breach
from policies.kinds import NAMESPACES, WORKLOADS, Kinds, Object, kind_of
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.workloads.levels import KEY, RANK, configured, level_of, setting

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NETWORK_POLICIES: Final = Kinds({"NetworkPolicy": frozenset({"networking.k8s.io", "extensions"})})
DEFAULT: Final = "default"


def _labelled(resource: Resource) -> Iterator[Violation]:
    for namespace in NAMESPACES.objects(resource):
        with resource.apart():
            level = namespace.value.along("metadata", "labels", ENFORCE_LABEL)
            if namespace.patch and level.known and not level.present:
                continue
            asked = _asked(resource, namespace)
            if asked and level.text() not in asked:
                yield breach(level, level.text() or "nothing (privileged)", " or ".join(asked))


def _asked(resource: Resource, namespace: Object) -> list[str]:
    """The levels that the label may name; none: the namespace is left alone."""
    levels = configured(resource.settings)
    # Its name may not be known yet, and need not be where one level holds everywhere.
    level = levels["*"] if levels.keys() == {"*"} else level_of(levels, namespace.name.text() or "")
    return [each for each in SAFE_LEVELS if RANK[each] >= RANK[level]] if level in SAFE_LEVELS else []


LABELLED = Policy(
    id="namespace-pod-security-labels",
    requirement="INH-4",
    types=NAMESPACES,
    level=MANDATORY,
    severity=HIGH,
    description="Every namespace enforces the baseline or the restricted level of the Pod Security Standards.",
    fix=f"label the namespace {ENFORCE_LABEL}: {SAFE_LEVELS[1]}, or {SAFE_LEVELS[0]} where that is not possible",
    rule=_labelled,
    settings=setting("baseline"),
)


def _default_deny(stack: Stack) -> Iterator[Violation]:
    exempt = [one.text() or "" for one in stack.settings["exempt"].items()]
    closed: set[str | None] = set()
    for policy in stack.of(NETWORK_POLICIES):
        with stack.apart():
            selector, spec = policy.props.along("spec", "podSelector"), policy.props["spec"]
            types = {one.text() for one in spec["policyTypes"].items()}
            if not any(selector[key].present for key in ("matchLabels", "matchExpressions")) and "Ingress" in types:
                # The policy's own rules do not matter: with it, what no rule allows is refused.
                closed.add(policy.props.along("metadata", "namespace").text())
    for namespace in stack.of(NAMESPACES):
        with stack.apart():
            kind, name = kind_of(namespace.type), namespace.props.along("metadata", "name").text()
            excepted = any(fnmatchcase(name or "", pattern) for pattern in exempt)
            if kind and not kind.wrapper and name not in closed and not excepted:
                found = "no network policy for all of its pods"
                yield breach("metadata.name", found, "one that refuses what no other allows", namespace.urn)


DEFAULT_DENY = Policy(
    id="namespace-default-deny",
    requirement="INH-4",
    types=NAMESPACES | NETWORK_POLICIES,
    level=ADVISORY,
    severity=MEDIUM,
    description="In every namespace, pods are reached only where a network policy says so.",
    fix="add a NetworkPolicy with an empty podSelector and policyTypes [Ingress, Egress]",
    stack_rule=_default_deny,
    settings={
        "exempt": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Namespaces that need no such policy; * and ? are wildcards.",
        }
    },
)


def _not_default(resource: Resource) -> Iterator[Violation]:
    for workload in WORKLOADS.objects(resource):
        with resource.apart():
            given = workload.namespace
            # A provider with a namespace of its own has put it in by now, so nothing is the default.
            if (given.text() or DEFAULT) == DEFAULT and not workload.patch:
                yield breach(given, DEFAULT if given.present else f"nothing ({DEFAULT})", "a namespace of its own")


NOT_DEFAULT = Policy(
    id="no-default-namespace",
    requirement="INH-4",
    types=WORKLOADS,
    level=MANDATORY,
    severity=LOW,
    description="Nothing runs in the default namespace, where nothing keeps it apart.",
    fix="make a namespace with Pod Security labels and network policies, and name it in metadata.namespace",
    rule=_not_default,
)

POLICIES = (LABELLED, DEFAULT_DENY, NOT_DEFAULT)

_ENFORCE: Final = ("metadata", "labels", ENFORCE_LABEL)
_AT: Final = f'metadata.labels["{ENFORCE_LABEL}"]'


def _namespace(changes: dict[Any, Any] | None = None, type_: str = NAMESPACE) -> Item:
    made = {"metadata": {"name": "shop", "labels": {ENFORCE_LABEL: "restricted"}}}
    return Item(type=type_, props=changed(made, changes or {}))


def _levels(pattern: str, level: str) -> dict[str, Any]:
    return {KEY: {pattern: level}}


def _policy(changes: dict[Any, Any] | None = None) -> Item:
    made = {
        "metadata": {"name": "deny", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
    return Item(type=NETWORK_POLICY, props=changed(made, changes or {}), name="deny")


def _running(namespace: Any, type_: str = "kubernetes:apps/v1:Deployment") -> Item:
    return Item(type=type_, props={"metadata": {"name": "web", "namespace": namespace}})


CASES: dict[str, tuple[Case, ...]] = {
    LABELLED.id: (
        ok("restricted", _namespace()),
        ok("baseline", _namespace({_ENFORCE: "baseline"})),
        ok("patch_of_something_else", _namespace({_ENFORCE: OMITTED}, f"{NAMESPACE}Patch")),
        ok("left_alone", _namespace({_ENFORCE: OMITTED}), settings=_levels("sh*p", "privileged")),
        fail("label_omitted", _namespace({_ENFORCE: OMITTED}), at=_AT),
        fail("below_its_level", _namespace({_ENFORCE: "baseline"}), at=_AT, settings=_levels("*", "restricted")),
        fail("not_in_the_map", _namespace({_ENFORCE: "baseline"}), at=_AT, settings=_levels("x", "baseline")),
        fail("no_metadata", Item(type=NAMESPACE, props={}), at=_AT),
        fail("privileged", _namespace({_ENFORCE: "privileged"}), at=_AT),
        fail("misspelt", _namespace({_ENFORCE: "Restricted"}), at=_AT),
        fail("patch_that_opens", _namespace({_ENFORCE: "privileged"}, f"{NAMESPACE}Patch"), at=_AT),
        unknown("decided_later", _namespace({_ENFORCE: UNKNOWN})),
        unknown(
            "name_that_its_level_goes_by",
            _namespace({_ENFORCE: "baseline", "metadata.name": UNKNOWN}),
            settings=_levels("x", "privileged"),
        ),
    ),
    DEFAULT_DENY.id: (
        ok("closed", _namespace(), _policy()),
        ok("exempt", _namespace(), settings={"exempt": ["sh*"]}),
        fail("no_policy", _namespace(), at="metadata.name"),
        fail(
            "policy_for_some_pods",
            _namespace(),
            _policy({"spec.podSelector.matchLabels": {"app": "web"}}),
            at="metadata.name",
        ),
        fail(
            "policy_for_the_way_out_only", _namespace(), _policy({"spec.policyTypes": ["Egress"]}), at="metadata.name"
        ),
        fail("policy_of_another_namespace", _namespace(), _policy({"metadata.namespace": "web"}), at="metadata.name"),
        unknown("name_decided_later", _namespace({"metadata.name": UNKNOWN}), _policy()),
    ),
    NOT_DEFAULT.id: (
        ok("own_namespace", _running("shop")),
        ok("patch", _running(None, "kubernetes:apps/v1:DeploymentPatch")),
        fail("default", _running("default"), at="metadata.namespace"),
        fail("namespace_omitted", _running(None), at="metadata.namespace"),
        fail("pod", _running("default", "kubernetes:core/v1:Pod"), at="metadata.namespace"),
        unknown("namespace_made_with_it", _running(UNKNOWN)),
    ),
}
