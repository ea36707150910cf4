"""Policies about namespaces: a Pod Security level, and a default-deny network policy (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.guidelines.pod_security import ENFORCE_LABEL, NEWEST_MINOR, SAFE_LEVELS, VERSION_LABEL, VERSIONS
from policies.kernel.kinds import DEFAULT_NAMESPACE, NAMESPACES, NETWORK_POLICIES, RELEASE, WORKLOADS, Kinds
from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.levels import RANK, configured, level_of, setting

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


class OrOfRelease:
    """Some kinds, and Helm resources that create them implicitly.

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
            yield violation(made, "true, which makes it without labels", f"a Namespace with {ENFORCE_LABEL}")
    for namespace in NAMESPACES.objects(resource):
        labels = namespace.value.along("metadata", "labels")
        with resource.isolate():
            version = labels[VERSION_LABEL]
            if version.present and not re.fullmatch(VERSIONS, version.text() or ""):
                yield violation(version, version.text() or "nothing", f"latest, or v1.25 to v1.{NEWEST_MINOR}")
        with resource.isolate():
            level = labels[ENFORCE_LABEL]
            if namespace.patch and level.missing:
                continue
            asked = _asked(resource, namespace.name)
            if asked and level.text() not in asked:
                yield violation(level, level.text() or "nothing (privileged)", " or ".join(asked))


def _asked(resource: Resource, name: Value) -> list[str]:
    """The levels that the label may have; none if the namespace is not checked."""
    levels = configured(resource.settings)
    # Its name may be unknown yet, and is not needed if one level applies everywhere.
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
        with stack.isolate():
            spec = policy.value["spec"]
            # If none is named, Ingress is the default.
            types = {one.text() for one in spec["policyTypes"].items()} or {"Ingress"}
            if "Ingress" in types and _every(spec["podSelector"]):
                if not policy.patch:
                    closed.add(policy.namespace.text())
                # Policies are additive: a policy that allows everybody makes the others ineffective.
                if any(_lets_everybody_in(rule) for rule in spec["ingress"].items()):
                    opened.add(policy.namespace.text())
    for resource in stack.of(NAMESPACES):
        with stack.isolate():
            for namespace in NAMESPACES.objects(resource):
                name = namespace.name.text()
                excepted = any(fnmatchcase(name or "", pattern) for pattern in exempt)
                if not namespace.patch and name not in closed - opened and not excepted:
                    found = "a network policy that lets everybody in" if name in opened else "none for all of its pods"
                    required = "one that refuses what no other allows"
                    yield violation(namespace.name, found, required, resource.urn)


def _every(selector: Value) -> bool:
    """Whether a selector matches everything."""
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
        with resource.isolate():
            if not workload.patch:
                yield from _named(workload.namespace)


def _named(namespace: Value) -> Iterator[Violation]:
    # A provider with a namespace of its own has set it by now, so an empty namespace is the default one.
    if (namespace.text() or DEFAULT_NAMESPACE) == DEFAULT_NAMESPACE:
        found = DEFAULT_NAMESPACE if namespace.present else f"nothing ({DEFAULT_NAMESPACE})"
        yield violation(namespace, found, "a namespace of its own")


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
