"""Who has which RBAC rules where, as far as a stack shows it: bindings, roles, and EKS's access policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from policies.kernel.kinds import BINDINGS, DEFAULT_NAMESPACE, ROLES, Object
from policies.kernel.resource import Resource, Stack
from policies.kernel.value import Value
from policies.rules.rbac import facts
from policies.rules.rbac.rights import EVERYWHERE, Rule, of_access_policy, read, scope_of

CLUSTER_ROLE: Final = "ClusterRole"
ACCOUNT: Final = "ServiceAccount"
AGGREGATED: Final = "rbac.authorization.k8s.io/aggregate-to-"
"""How the labels begin by which roles are added to Kubernetes' own."""
AS_USER: Final = re.compile(r"system:serviceaccount:([^:]+):([^:]+)")


@dataclass(frozen=True)
class Subject:
    """A holder of rights."""

    kind: str
    name: str
    namespace: str = ""
    """Of a service account."""

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}"


@dataclass(frozen=True)
class Grant:
    """Rules that hold in some namespaces, or everywhere."""

    rules: tuple[Rule, ...]
    scope: tuple[str, ...]
    """Patterns of namespaces; EVERYWHERE is one of them."""
    urn: str
    """Of the resource that grants."""
    role: str
    at: str
    """Where it names the role."""
    judged: bool
    """Whether another policy judges what it reaches by itself."""


@dataclass
class Roles:
    """The roles of a stack."""

    rules: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict)
    """Namespace (empty: a cluster role) and name -> rules."""
    by_urn: dict[str, tuple[str, str]] = field(default_factory=dict)
    added: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    """Name of a role of Kubernetes -> what the stack's labels add to it."""
    sums: list[tuple[str, list[dict[str, str]]]] = field(default_factory=list)
    labels: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Name of a cluster role -> its labels."""

    def of(self, namespace: str, name: str) -> tuple[Rule, ...] | None:
        """The rules of a role of the stack or of Kubernetes; None: neither has it."""
        found = self.rules.get((namespace, name))
        if namespace:
            return found
        own = facts.roles().get(name)
        if found is None and own is None:
            return None
        return (*(found or ()), *(own or ()), *self.added.get(name, ()))


def roles_of(stack: Stack) -> Roles:
    """Reads the roles of a stack, aggregated ones with their parts."""
    found = Roles()
    for resource in stack.of(ROLES):
        for role in ROLES.objects(resource):
            with stack.isolate():
                _enter(found, resource, role)
    for name, selectors in found.sums:
        parts = [
            other
            for other, labels in found.labels.items()
            if other != name and any(labels.items() >= selector.items() for selector in selectors)
        ]
        key = ("", name)
        found.rules[key] = (*found.rules[key], *(rule for part in parts for rule in found.rules["", part]))
    return found


def _enter(found: Roles, resource: Resource, role: Object) -> None:
    whole = role.kind == CLUSTER_ROLE
    # A role whose name Pulumi makes is found by what depends on it.
    name = (role.name.text() or "") if role.name.known else resource.urn
    key = ("" if whole else role.namespace.text() or DEFAULT_NAMESPACE, name)
    # It is there, also while its rules are not known.
    found.by_urn[resource.urn] = key
    found.rules.setdefault(key, ())
    rules = tuple(read(rule) for rule in role.value["rules"].items())
    found.rules[key] = (*found.rules[key], *rules)
    if not whole:
        return
    labels = {name: value.text() or "" for name, value in role.value.along("metadata", "labels").fields().items()}
    found.labels[key[1]] = labels
    for name, value in labels.items():
        if name.startswith(AGGREGATED) and value == "true":
            own = name.removeprefix(AGGREGATED)
            found.added[own] = (*found.added.get(own, ()), *rules)
    if selectors := role.value.along("aggregationRule", "clusterRoleSelectors").items():
        texts = [{name: one.text() or "" for name, one in each["matchLabels"].fields().items()} for each in selectors]
        found.sums.append((key[1], texts))


@dataclass(frozen=True)
class Unseen:
    """A binding to a role of which the stack does not show what it gives."""

    where: Value
    role: str
    urn: str


def grants(stack: Stack) -> Iterator[tuple[Subject, Grant] | Unseen]:
    """What each subject of each binding gets."""
    roles = roles_of(stack)
    for resource in stack.of(BINDINGS):
        for binding in BINDINGS.objects(resource):
            with stack.isolate():
                yield from _bound(stack, resource, binding, roles)


def _bound(stack: Stack, resource: Resource, binding: Object, roles: Roles) -> Iterator[tuple[Subject, Grant] | Unseen]:
    whole = binding.kind == "ClusterRoleBinding"
    scope = EVERYWHERE if whole else binding.namespace.text() or DEFAULT_NAMESPACE
    reference = binding.value["roleRef"]
    named = _named(resource, reference, "" if whole else scope, roles)
    if named is None:
        return
    rules = roles.of(*named)
    if rules is None:
        yield Unseen(reference["name"], named[1], resource.urn)
        return
    own = not named[0] and named[1] in facts.roles() and named[1] not in roles.added
    grant = Grant(rules, (scope,), resource.urn, named[1], reference["name"].path, judged=own)
    for subject in binding.value["subjects"].items():
        with stack.isolate():
            yield _subject(subject, scope), grant


def _named(resource: Resource, reference: Value, namespace: str, roles: Roles) -> tuple[str, str] | None:
    name = reference["name"]
    if not name.known:
        # Of a role whose name Pulumi makes, the dependency tells which it is.
        for urn in resource.depends_on.get("roleRef", ()):
            if urn in roles.by_urn:
                return roles.by_urn[urn]
    text = name.text()
    if text is None:
        return None
    return ("" if reference["kind"].text() == CLUSTER_ROLE else namespace, text)


def _subject(value: Value, scope: str) -> Subject:
    kind, name = value["kind"].text() or "", value["name"].text() or ""
    if kind == ACCOUNT:
        return Subject(ACCOUNT, name, value["namespace"].text() or scope)
    if account := AS_USER.fullmatch(name):
        return Subject(ACCOUNT, account[2], account[1])
    return Subject(kind, name)


def access_grants(stack: Stack, association: str) -> Iterator[tuple[Subject, Grant]]:
    """What principals get by EKS's access policies; one that is not known is judged where it is named."""
    for resource in stack.of({association}):
        with stack.isolate():
            props = resource.props
            policy = (props["policyArn"].text() or "").rpartition("/")[2]
            rules = of_access_policy(policy)
            if rules:
                grant = Grant(
                    rules, tuple(scope_of(props["accessScope"])), resource.urn, policy, "policyArn", judged=True
                )
                yield Subject("Principal", props["principalArn"].text() or ""), grant
