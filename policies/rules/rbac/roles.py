"""Policies about RBAC roles: no wildcards, and no rights by which rights grow (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.rbac import BUILT_IN, ESCALATING, EVERY_URL, GROWTH, IMPERSONATING, STAR
from policies.kernel.kinds import ROLES
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
CLUSTER_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"


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

POLICIES = (NO_WILDCARDS, NO_ESCALATION)
