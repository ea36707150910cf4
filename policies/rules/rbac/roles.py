"""Policies about RBAC roles: no wildcards, and no privilege escalation (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from policies.guidelines.eks import SYSTEM_NAMESPACES
from policies.guidelines.rbac import BUILT_IN, ESCALATING, EVERY_URL, IMPERSONATING, STAR
from policies.guidelines.rbac_paths import PATHS, SENSITIVE
from policies.kernel.kinds import ROLES, Object
from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.rbac import facts
from policies.rules.rbac.rights import ENDS, WORKLOADS, effects, ends, gives, read

ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
CLUSTER_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
VIEWERS: Final = "rbac.authorization.k8s.io/aggregate-to-view"
"""The label that adds a role to `view`, for everybody who has `view`."""
LIMIT: Final = "no right by which rights grow"


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
    """An aggregated role lists its intended parts."""
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
        has = read(rule)
        if words := sorted(verb for verb in has.verbs if verb in ESCALATING or verb.startswith(IMPERSONATING)):
            yield violation(rule["verbs"], ", ".join(words), LIMIT)
        rest = replace(has, verbs=has.verbs - frozenset(words))
        if given := {one for path in PATHS if path.always for need in path.needs for one in gives(rest, need)}:
            yield violation(rule["resources"], ", ".join(sorted(given)), LIMIT)

    for role in ROLES.objects(resource):
        with resource.isolate():
            yield from resource.each(role.value["rules"].items(), check)
        with resource.isolate():
            yield from _of_kubernetes(role)
        with resource.isolate():
            yield from _system(role)


def _of_kubernetes(role: Object) -> Iterator[Violation]:
    """A change of Kubernetes's default roles affects everybody who has them."""
    if role.kind != "ClusterRole":
        return
    if (name := role.name.text()) in facts.roles():
        yield violation(role.name, f"{name}, a role of Kubernetes itself", "a role with a name of its own")
    if role.value.along("metadata", "labels")[VIEWERS].text() == "true":
        found = effects([read(rule) for rule in role.value["rules"].items()]).found
        if found:
            where = role.value.along("metadata", "labels")[VIEWERS]
            yield violation(where, f"{', '.join(sorted(found))} for all who may view", "what viewers may see")


def _system(role: Object) -> Iterator[Violation]:
    """For a role in a system namespace: access to the accounts there, which administer the cluster."""
    if role.kind != "Role" or role.namespace.text() not in SYSTEM_NAMESPACES:
        return
    rules = [read(rule) for rule in role.value["rules"].items()]
    if WORKLOADS in ends(rules, [role.namespace.text() or ""]):
        yield violation(role.value["rules"], f"a role that {ENDS[WORKLOADS]}", "rights on named objects, or to read")


NO_ESCALATION = Policy(
    id="rbac-no-escalation",
    requirement="INH-4",
    types=ROLES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No role lets its holders raise their rights: by roles, other names, kubelets, volumes or guard rails.",
    fix="take the verb or the resource out; what must have it gets an exemption",
    rule=_escalation,
)


def _sensitive(resource: Resource) -> Iterator[Violation]:
    def check(rule: Value) -> Iterator[Violation]:
        has = read(rule)
        for need, words in SENSITIVE:
            given = gives(has, need)
            if given and not (need.every_name and has.names):
                yield violation(
                    rule["resources"], f"{', '.join(sorted(given))}: {words}", "named objects, or another way"
                )

    yield from resource.each(_rules(resource), check)


SENSITIVE_RIGHTS = Policy(
    id="rbac-sensitive-rights",
    requirement="INH-4",
    types=ROLES,
    level=ADVISORY,
    severity=MEDIUM,
    description="No role reads Secrets by the dozen, reaches into pods, creates pods or redirects Services.",
    fix="name the Secrets in resourceNames; let a controller create the pods",
    rule=_sensitive,
)

POLICIES = (NO_WILDCARDS, NO_ESCALATION, SENSITIVE_RIGHTS)
