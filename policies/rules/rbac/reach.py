"""Policies about the combined reach of all of a stack's roles and bindings (INH-4, VPN-MFA).

A subject that may run pods, run commands in them, create tokens or Secrets with tokens in a namespace can act as each
service account there. It has the reach of those accounts as well, transitively.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.guidelines import deis
from policies.guidelines.pod_security import ENFORCE_LABEL, SAFE_LEVELS
from policies.guidelines.rbac_paths import ACCOUNTS, ADMINISTRATOR, SECRETS
from policies.kernel.kinds import BINDINGS, NAMESPACES, ROLES
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Stack, Violation, violation
from policies.rules.eks.access import ASSOCIATION
from policies.rules.rbac.grants import ACCOUNT, Grant, Subject, Unseen, access_grants, grants
from policies.rules.rbac.rights import ENDS, EVERYWHERE, WORKLOADS, Rule, effects, ends

ALLOWED: Final = "subjects"
OBJECTS: Final = ROLES | BINDINGS | NAMESPACES


class Types:
    """The source of rights, and the namespaces in which they apply."""

    def __contains__(self, type_: object) -> bool:
        return type_ == ASSOCIATION or type_ in OBJECTS


TYPES: Final = Types()


Node = Subject | str
"""A subject, or a namespace, which stands for all of its accounts."""


class Reach:
    """The transitive closure of a stack's grants, in time proportional to their number."""

    def __init__(self, held: dict[Subject, list[Grant]], unguarded: Iterable[str]) -> None:
        self._held = held
        self._unguarded = frozenset(unguarded)
        self._accounts: dict[str, list[Subject]] = {}
        for subject in held:
            if subject.kind == ACCOUNT:
                self._accounts.setdefault(subject.namespace, []).append(subject)
        self._direct = {subject: list(self._of_itself(subject)) for subject in held}
        self._next = {subject: list(self._taken(subject)) for subject in held}
        self._beyond = self._backwards()

    def ends(self, subject: Subject) -> Iterator[tuple[str, Grant, str]]:
        """The reach of a subject that no other policy refuses: the goal, the grant that leads to it, and the path."""
        said = {end for end, _, _ in self._direct[subject]}
        yield from ((end, grant, how) for end, grant, how in self._direct[subject] if not _refused(end, grant))
        for node, grant in self._next[subject]:
            for end, other in self._beyond.get(node, {}).items():
                if end not in said:
                    said.add(end)
                    yield end, grant, f"as {other}"

    def _backwards(self) -> dict[Node, dict[str, Subject]]:
        """Node of the graph -> each goal that it reaches, and a subject that reaches the goal directly."""
        before: dict[Node, list[Node]] = {}
        for subject, taken in self._next.items():
            for node, _ in taken:
                before.setdefault(node, []).append(subject)
        for namespace, accounts in self._accounts.items():
            for account in accounts:
                before.setdefault(account, []).append(namespace)
        found: dict[Node, dict[str, Subject]] = {}
        for subject, direct in self._direct.items():
            for end, _, _ in direct:
                pending: list[Node] = [subject]
                while pending:
                    node = pending.pop()
                    if end not in found.setdefault(node, {}):
                        found[node][end] = subject
                        pending += before.get(node, ())
        return found

    def _of_itself(self, subject: Subject) -> Iterator[tuple[str, Grant, str]]:
        said: set[str] = set()
        for granted, rules in self._places(subject):
            found = list(ends(rules, granted[0].scope))
            for grant in granted:
                unguarded = ACCOUNTS in effects(grant.rules).found and self._unguarded.intersection(grant.scope)
                for end in (*found, *((WORKLOADS,) if unguarded else ())):
                    if end not in said:
                        said.add(end)
                        yield end, grant, f"by {grant.role}"

    def _places(self, subject: Subject) -> Iterator[tuple[list[Grant], list[Rule]]]:
        """The grants of each scope, and the rules of all grants that apply there."""
        by_scope: dict[tuple[str, ...], list[Grant]] = {}
        by_pattern: dict[str, list[Grant]] = {}
        for grant in self._held[subject]:
            by_scope.setdefault(grant.scope, []).append(grant)
            for pattern in set(grant.scope):
                by_pattern.setdefault(pattern, []).append(grant)
        for scope, granted in by_scope.items():
            together = (one for pattern in {*scope, EVERYWHERE} for one in by_pattern.get(pattern, ()))
            yield granted, [rule for one in together for rule in one.rules]

    def _taken(self, subject: Subject) -> Iterator[tuple[Node, Grant]]:
        """The identities a subject may use; a subject that may act as all accounts is refused for that."""
        for granted, rules in self._places(subject):
            grant, found = granted[0], effects(rules)
            every = bool(found.found & {ACCOUNTS, ADMINISTRATOR})
            if every and EVERYWHERE in grant.scope:
                continue
            for namespace in self._namespaces(grant) if every or found.accounts else ():
                if every:
                    yield namespace, grant
                    continue
                for name in found.accounts:
                    account = Subject(ACCOUNT, name, namespace)
                    if account in self._held:
                        yield account, grant

    def _namespaces(self, grant: Grant) -> Iterator[str]:
        for pattern in grant.scope:
            if pattern in self._accounts:
                yield pattern
            elif set(pattern) & set("*?["):
                yield from (namespace for namespace in self._accounts if fnmatchcase(namespace, pattern))


def _refused(end: str, grant: Grant) -> bool:
    """Whether another policy refuses it: an administrative role, or a binding to a default role."""
    return end == ADMINISTRATOR or grant.judged


def _unguarded(stack: Stack) -> Iterator[str]:
    """The namespaces of a stack whose pods may access their node."""
    for resource in stack.of(NAMESPACES):
        for one in NAMESPACES.objects(resource):
            with stack.isolate():
                level = one.value.along("metadata", "labels")[ENFORCE_LABEL]
                if not one.patch and level.text() not in SAFE_LEVELS:
                    yield one.name.text() or ""


def _held(stack: Stack) -> dict[Subject, list[Grant]]:
    held: dict[Subject, list[Grant]] = {}
    for found in (*grants(stack), *access_grants(stack, ASSOCIATION)):
        if not isinstance(found, Unseen):
            held.setdefault(found[0], []).append(found[1])
    return held


def _reach(stack: Stack) -> Iterator[Violation]:
    allowed = {
        name: {one.text() for one in listed.items()} for name, listed in stack.settings[ALLOWED].fields().items()
    }
    held = _held(stack)
    reach = Reach(held, _unguarded(stack))
    for subject in held:
        for end, grant, how in reach.ends(subject):
            if end not in allowed.get(str(subject), ()):
                found = f"{subject}, which {ENDS[end]} {how}"
                yield violation(grant.at, found, "rights that end in its own namespaces", grant.urn)


_DEIS: Final = {
    deis.CONTROLLER: [WORKLOADS, SECRETS],
    # It creates pods and Secrets under the controller's account.
    deis.BUILDER: [WORKLOADS, SECRETS],
    deis.ROUTER: [SECRETS],
    # It changes Deployments under the controller's account.
    deis.RESTART: [WORKLOADS, SECRETS],
}
"""What the parts of Deis reach by RBAC: applications are namespaces. Admission in the cluster confines them."""

REACH = Policy(
    id="rbac-reach-allowlist",
    requirement="INH-4 VPN-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="By their roles together, only listed subjects run pods everywhere, read all Secrets or administer.",
    fix="bind the role in the namespaces that need it, or have the subject added to `subjects` in the configuration",
    stack_rule=_reach,
    settings={
        ALLOWED: {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string", "enum": [*ENDS]}},
            "default": {f"{ACCOUNT} {deis.NAMESPACE}/{name}": reached for name, reached in _DEIS.items()},
            "description": "What a subject may reach, by its name: `ServiceAccount NAMESPACE/NAME`, `User NAME`, "
            "`Group NAME` or `Principal ARN`.",
        }
    },
)


def _seen(stack: Stack) -> Iterator[Violation]:
    known = [one.text() or "" for one in stack.settings["roles"].items()]
    for found in grants(stack):
        if isinstance(found, Unseen) and not any(fnmatchcase(found.role, pattern) for pattern in known):
            where, text = found.where, f"{found.role}, which neither this stack nor Kubernetes has"
            yield violation(where, text, "a role of the same stack", found.urn)


SEEN = Policy(
    id="rbac-roles-are-seen",
    requirement="INH-4",
    types=TYPES,
    level=MANDATORY,
    severity=HIGH,
    description="Bindings name roles whose rules these policies see.",
    fix="make the role in the same stack, or have it added to `roles` in the configuration once somebody has read it",
    stack_rule=_seen,
    settings={
        "roles": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Roles that other stacks make and that were reviewed; * and ? are wildcards.",
        }
    },
)

POLICIES = (REACH, SEEN)
