"""Policies about namespaces: each says which Pod Security level holds in it, and closes its network (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.guidelines.pod_security import ENFORCE_LABEL, SAFE_LEVELS, VERSION_LABEL, VERSIONS
from policies.judged import Resource, Stack, Violation, breach
from policies.kinds import NAMESPACES, RELEASE, WORKLOADS, Kinds, kind_of
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.values import Value
from policies.workloads.levels import KEY, RANK, configured, level_of, setting

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NETWORK_POLICIES: Final = Kinds({"NetworkPolicy": frozenset({"networking.k8s.io", "extensions"})})
DEFAULT: Final = "default"


class OrOfRelease:
    """Some kinds, and what Helm makes of them by the way.

    Args:
        kinds: the kinds.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def __contains__(self, type_: object) -> bool:
        return type_ == RELEASE or type_ in self._kinds


def _labelled(resource: Resource) -> Iterator[Violation]:
    if resource.type == RELEASE:
        made = resource.props["createNamespace"]
        if made.flag() and _asked(resource, resource.props["namespace"]):
            yield breach(made, "true, which makes it without labels", f"a Namespace with {ENFORCE_LABEL}")
    for namespace in NAMESPACES.objects(resource):
        labels = namespace.value.along("metadata", "labels")
        with resource.apart():
            version = labels[VERSION_LABEL]
            if version.present and not re.fullmatch(VERSIONS, version.text() or ""):
                yield breach(version, version.text() or "nothing", "latest, or a version since v1.25")
        with resource.apart():
            level = labels[ENFORCE_LABEL]
            if namespace.patch and level.known and not level.present:
                continue
            asked = _asked(resource, namespace.name)
            if asked and level.text() not in asked:
                yield breach(level, level.text() or "nothing (privileged)", " or ".join(asked))


def _asked(resource: Resource, name: Value) -> list[str]:
    """The levels that the label may name; none: the namespace is left alone."""
    levels = configured(resource.settings)
    # Its name may not be known yet, and need not be where one level holds everywhere.
    level = levels["*"] if levels.keys() == {"*"} else level_of(levels, name.text() or "")
    return [each for each in SAFE_LEVELS if RANK[each] >= RANK[level]] if level in SAFE_LEVELS else []


LABELLED = Policy(
    id="namespace-pod-security-labels",
    requirement="INH-4",
    types=OrOfRelease(NAMESPACES),
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
    opened: set[str | None] = set()
    for policy in (one for each in stack.of(NETWORK_POLICIES) for one in NETWORK_POLICIES.objects(each)):
        with stack.apart():
            spec = policy.value["spec"]
            # Where none is named, Ingress is meant.
            types = {one.text() for one in spec["policyTypes"].items()} or {"Ingress"}
            if not policy.patch and "Ingress" in types and _every(spec["podSelector"]):
                closed.add(policy.namespace.text())
                # All policies count together: beside one that lets everybody in, none closes anything.
                if any(_lets_everybody_in(rule) for rule in spec["ingress"].items()):
                    opened.add(policy.namespace.text())
    for namespace in stack.of(NAMESPACES):
        with stack.apart():
            kind, name = kind_of(namespace.type), namespace.props.along("metadata", "name").text()
            excepted = any(fnmatchcase(name or "", pattern) for pattern in exempt)
            if kind and not kind.wrapper and name not in closed - opened and not excepted:
                found = "a network policy that lets everybody in" if name in opened else "none for all of its pods"
                yield breach("metadata.name", found, "one that refuses what no other allows", namespace.urn)


def _every(selector: Value) -> bool:
    """Whether a selector leaves nothing out."""
    return not selector["matchLabels"].fields() and not selector["matchExpressions"].items()


def _lets_everybody_in(rule: Value) -> bool:
    """Whether a rule opens every port to every pod of the cluster, or to everything."""
    if rule["ports"].items():
        return False
    peers = rule["from"].items()
    return not peers or any(_everybody(peer) for peer in peers)


def _everybody(peer: Value) -> bool:
    block = peer["ipBlock"]["cidr"].text()
    if block is not None:
        return block.endswith("/0")
    of_pods = peer["podSelector"]
    return peer["namespaceSelector"].present and _every(peer["namespaceSelector"]) and _every(of_pods)


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
    if resource.type == RELEASE:
        yield from _named(resource.props["namespace"])
    for workload in WORKLOADS.objects(resource):
        with resource.apart():
            if not workload.patch:
                yield from _named(workload.namespace)


def _named(namespace: Value) -> Iterator[Violation]:
    # A provider with a namespace of its own has put it in by now, so nothing is the default.
    if (namespace.text() or DEFAULT) == DEFAULT:
        yield breach(namespace, DEFAULT if namespace.present else f"nothing ({DEFAULT})", "a namespace of its own")


NOT_DEFAULT = Policy(
    id="no-default-namespace",
    requirement="INH-4",
    types=OrOfRelease(WORKLOADS),
    level=MANDATORY,
    severity=LOW,
    description="Nothing runs in the default namespace, where nothing keeps it apart.",
    fix="make a namespace with Pod Security labels and network policies, and name it in metadata.namespace",
    rule=_not_default,
)

POLICIES = (LABELLED, DEFAULT_DENY, NOT_DEFAULT)

_ENFORCE: Final = ("metadata", "labels", ENFORCE_LABEL)
_AT: Final = f'metadata.labels["{ENFORCE_LABEL}"]'
_VERSION: Final = ("metadata", "labels", VERSION_LABEL)
_VERSION_AT: Final = f'metadata.labels["{VERSION_LABEL}"]'


def _namespace(changes: dict[Any, Any] | None = None, type_: str = NAMESPACE) -> Item:
    made = {"metadata": {"name": "shop", "labels": {ENFORCE_LABEL: "restricted"}}}
    return Item(type=type_, props=changed(made, changes or {}))


def _levels(pattern: str, level: str) -> dict[str, Any]:
    return {KEY: {pattern: level}}


def _release(**props: Any) -> Item:
    return Item(type=RELEASE, props={"chart": "redis", "namespace": "shop", **props})


def _policy(changes: dict[Any, Any] | None = None, name: str = "deny", type_: str = NETWORK_POLICY) -> Item:
    made = {
        "metadata": {"name": "deny", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
    return Item(type=type_, props=changed(made, changes or {}), name=name)


def _letting_in(peer: dict[str, Any], name: str = "deny") -> Item:
    return _policy({"spec.ingress": [{"from": [peer]}]}, name)


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
        ok("version_of_the_cluster", _namespace({_VERSION: "v1.33"})),
        fail("standards_that_asked_for_less", _namespace({_VERSION: "v1.21"}), at=_VERSION_AT),
        fail("patched_to_older_standards", _namespace({_VERSION: "v1.0"}, f"{NAMESPACE}Patch"), at=_VERSION_AT),
        ok("release_in_a_namespace_that_is_there", _release()),
        fail("made_by_a_release", _release(createNamespace=True), at="createNamespace"),
        unknown("release_decided_later", _release(createNamespace=UNKNOWN)),
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
        ok("types_left_out_are_for_the_way_in", _namespace(), _policy({"spec.policyTypes": OMITTED})),
        ok("empty_selector_spelt_out", _namespace(), _policy({"spec.podSelector": {"matchLabels": {}}})),
        ok("port_for_everybody", _namespace(), _policy({"spec.ingress": [{"ports": [{"port": 443}]}]})),
        ok("among_themselves", _namespace(), _letting_in({"podSelector": {}})),
        fail("everybody", _namespace(), _policy({"spec.ingress": [{}]}), at="metadata.name"),
        fail("every_address", _namespace(), _letting_in({"ipBlock": {"cidr": "0.0.0.0/0"}}), at="metadata.name"),
        fail("every_namespace", _namespace(), _letting_in({"namespaceSelector": {}}), at="metadata.name"),
        fail(
            "opened_beside", _namespace(), _policy(), _letting_in({"namespaceSelector": {}}, "open"), at="metadata.name"
        ),
        fail("patch_of_a_policy", _namespace(), _policy(type_=f"{NETWORK_POLICY}Patch"), at="metadata.name"),
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
        fail("release", _release(namespace=None), at="namespace"),
        fail("pod", _running("default", "kubernetes:core/v1:Pod"), at="metadata.namespace"),
        unknown("namespace_made_with_it", _running(UNKNOWN)),
    ),
}
