"""Policies about the permissions of a single IAM document (AWS-MFA). identities.py combines those of an identity.

A statement is refused once: for allowing everything, else for an escalation path, else for the roles it can pass, else
for allowing a whole service.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam import facts
from policies.rules.iam.documents import (
    Statement,
    cover_everything,
    covers,
    covers_everything,
    every_resource,
    expression,
    held,
    statements,
)
from policies.rules.iam.paths import PASS_ROLE, PATHS
from policies.rules.iam.rights import Rights, reached

POLICY: Final = "aws:iam/policy:Policy"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
PERMISSION_SET: Final = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
DOCUMENTS: Final = facts.documents("identity")
TYPES: Final = frozenset(DOCUMENTS)
NEARLY_ALL: Final = 0.9
"""The share of a service's actions that is as good as all of them."""
NAMED: Final = 2
"""How many ways a message names; the rest are counted."""
LEAST: Final = "the actions that are needed, on the resources that they are needed for"


def _everywhere(statement: Statement) -> bool:
    named = [text for _, text in statement.entries("resource")]
    return statement.get("notresource").present or not named or every_resource(named)


def admin(judged: Resource, grants: list[Statement]) -> Iterator[tuple[Statement, Violation]]:
    """The statements that, alone or with previous ones, allow everything."""
    partial: list[str] = []
    for statement in grants:
        with judged.isolate():
            if not _everywhere(statement):
                continue
            if statement.get("notaction").present:
                found = violation(statement.get("notaction"), "all actions but some on every resource", LEAST)
                yield statement, found
            actions = statement.entries("action")
            for value, action in actions:
                if covers_everything(action):
                    yield statement, violation(value, f"{action} on every resource", LEAST)
            before, some = partial, [action for _, action in actions if not covers_everything(action)]
            partial = [*before, *some]
            # At the statement that completes it.
            if cover_everything(partial) and not cover_everything(before):
                found = violation(statement.get("action"), "patterns that are everything together", LEAST)
                yield statement, found


def _ways(rights: Rights) -> Iterator[tuple[Statement, Violation]]:
    """The statements that complete an escalation path; passing roles is refused separately."""
    completed: dict[int, tuple[Statement, list[tuple[str, str]]]] = {}
    for path in PATHS:
        if PASS_ROLE not in path.actions and rights.reaches(path):
            last = max((rights.allowed[action] for action in path.actions), key=lambda one: one.value.path)
            ways = completed.setdefault(id(last), (last, []))[1]
            ways.append((" with ".join(sorted(path.actions)), path.end))
    for statement, ways in completed.values():
        names = ", ".join(sorted(name for name, _ in ways)[:NAMED])
        more = f" and {len(ways) - NAMED} more" if len(ways) > NAMED else ""
        yield statement, violation(_place(statement), f"{names}{more}, which lead to {ways[0][1]}", LEAST)


def _place(statement: Statement) -> Value:
    """The path of a statement's actions: the first pattern with an escalation, or the whole element."""
    listed = [value for value, text in statement.entries("action") if reached(text)]
    return listed[0] if listed else statement.get("notaction")


def _scoped(pattern: str) -> bool:
    """Whether a role pattern names at least a prefix of a role."""
    before, _, name = pattern.partition(":role/")
    return before != pattern and not name.startswith(("*", "?", "/")) and name != ""


def _may_be_role(pattern: str) -> bool:
    """Whether a resource pattern matches ARNs of IAM; a wildcard before the service may match all of them."""
    parts = pattern.split(":", 3)
    return len(parts) < 4 or "*" in "".join(parts[:2]) or covers(parts[2], "iam")  # noqa: PLR2004 - arn:aws:iam:...


def _pass_role(statement: Statement, rights: Rights) -> Iterator[tuple[Statement, Violation]]:
    if PASS_ROLE in rights.forbidden:
        return
    excluded = [text for _, text in statement.entries("notaction")]
    allowed = [text for _, text in statement.entries("action") if covers(text, PASS_ROLE)]
    if not allowed and (not excluded or any(covers(text, PASS_ROLE) for text in excluded)):
        return
    complete = (path.actions - {PASS_ROLE} for path in PATHS if PASS_ROLE in path.actions and rights.reaches(path))
    using = " with ".join(["iam:PassRole", *sorted(next(complete, ()))])
    said = f"{allowed[0] if allowed else 'NotAction'}, which includes {using}, on"
    required = "the ARN of a role, or at least the beginning of its name"
    named = statement.entries("resource")
    if not named:
        yield statement, violation(statement.value, f"{said} every role", required)
    for value, pattern in named:
        if _may_be_role(pattern) and not _scoped(pattern):
            yield statement, violation(value, f"{said} {pattern}", required)


@functools.lru_cache(maxsize=1024)
def _share(patterns: frozenset[str], service: str) -> float:
    """The share of a service's actions that the patterns match."""
    names = facts.actions().get(service, "").split()
    expressions = [expression(pattern.partition(":")[2]) for pattern in patterns]
    return sum(any(one.fullmatch(name) for one in expressions) for name in names) / len(names) if names else 0


def _services(statement: Statement) -> Iterator[tuple[Statement, Violation]]:
    if statement.get("notaction").present:
        # On named resources; on all resources it allows everything.
        yield statement, violation(statement.get("notaction"), "all actions but some", LEAST)
    wild: dict[str, list[tuple[Value, str]]] = {}
    for value, action in statement.entries("action"):
        service, _, name = action.partition(":")
        if covers_everything(action) or not service:
            continue
        if name.strip("*?") == "":
            yield statement, violation(value, action, f"the actions of {service} that are needed")
        elif "*" in name or "?" in name:
            wild.setdefault(service.lower(), []).append((value, action))
    for service, entries in wild.items():
        if _share(frozenset(action for _, action in entries), service) >= NEARLY_ALL:
            found = f"{', '.join(action for _, action in entries[:NAMED])}, which match nearly all of {service}"
            yield statement, violation(entries[0][0], found, f"the actions of {service} that are needed")


Found = tuple[str, Violation]


def _judge(resource: Resource) -> Iterator[Found]:
    """The violations in a resource's documents, each with the ID of its policy."""
    for document in held(resource, DOCUMENTS[resource.type]):
        with resource.isolate():
            listed = list(statements(resource, document))
            grants = []
            for statement in listed:
                with resource.isolate():
                    if statement.allows:
                        grants.append(statement)
            refused: set[int] = set()

            def say(policy: str, found: Iterator[tuple[Statement, Violation]], refused: set[int]) -> Iterator[Found]:
                said = list(found)
                refused.update(id(statement) for statement, _ in said)
                yield from ((policy, one) for _, one in said)

            yield from say(ADMIN_ID, admin(resource, grants), refused)
            ours = [statement for statement in listed if id(statement) not in refused]
            rights = Rights().add(resource, ours)
            yield from say(ESCALATION_ID, _ways(rights), refused)
            pass_role = functools.partial(_pass_role, rights=rights)
            for policy, check in ((PASS_ROLE_ID, pass_role), (SERVICE_ID, _services)):
                for statement in grants:
                    if id(statement) not in refused:
                        with resource.isolate():
                            yield from say(policy, check(statement), refused)


_last: tuple[Value, list[Found], Resource] | None = None
"""What was judged last: four policies ask about the same resource, one after the other."""


def _judged(resource: Resource) -> list[Found]:
    global _last  # noqa: PLW0603 - see above
    last = _last
    if last is None or last[0] is not resource.props:
        alone = Resource(
            type=resource.type, name=resource.name, urn=resource.urn, props=resource.props, settings=resource.settings
        )
        found: list[Found] = []
        with alone.isolate():
            found += _judge(alone)
        last = _last = (resource.props, found, alone)
    resource.unknown += last[2].unknown
    resource.malformed += last[2].malformed
    return last[1]


def leads_on(resource: Resource) -> bool:
    """Whether a document allows privilege escalation."""
    return any(policy in (ADMIN_ID, ESCALATION_ID, PASS_ROLE_ID) for policy, _ in _judged(resource))


def _of(policy: str) -> Callable[[Resource], Iterator[Violation]]:
    def rule(resource: Resource) -> Iterator[Violation]:
        yield from (found for of, found in _judged(resource) if of == policy)

    return rule


ADMIN_ID: Final = "iam-no-admin-wildcard"
ESCALATION_ID: Final = "iam-no-escalation"
PASS_ROLE_ID: Final = "iam-passrole-scoped"  # noqa: S105 - a policy
SERVICE_ID: Final = "iam-no-service-wildcard"

NO_ADMIN = Policy(
    id=ADMIN_ID,
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No document of ours allows everything on everything.",
    fix="name actions and ARNs; who must administer the account does so through the organisation's own role",
    rule=_of(ADMIN_ID),
)
NO_ESCALATION = Policy(
    id=ESCALATION_ID,
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No document of ours allows actions by which their holder gets more rights, on unnamed resources.",
    fix="leave the action out, name the resource, or add a condition such as iam:PermissionsBoundary",
    rule=_of(ESCALATION_ID),
)
NO_SERVICE = Policy(
    id=SERVICE_ID,
    requirement="AWS-MFA",
    types=TYPES,
    level=ADVISORY,
    severity=LOW,
    description="No document of ours allows all actions of a service, or nearly all.",
    fix="name the actions; Access Analyzer writes the list from what was used",
    rule=_of(SERVICE_ID),
)
PASS_ROLE_SCOPED = Policy(
    id=PASS_ROLE_ID,
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=HIGH,
    description="Who may hand roles to services may hand out named roles only, none that has more rights than they.",
    fix="name the role in Resource, and the service in a condition on iam:PassedToService",
    rule=_of(PASS_ROLE_ID),
)

POLICIES = (NO_ADMIN, NO_ESCALATION, NO_SERVICE, PASS_ROLE_SCOPED)
