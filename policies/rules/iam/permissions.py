"""Policies about what IAM documents allow (AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam.documents import (
    Statement,
    cover_everything,
    covers,
    covers_everything,
    every_resource,
    statements,
)

POLICY: Final = "aws:iam/policy:Policy"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
PERMISSION_SET: Final = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
DOCUMENTS: Final = {
    POLICY: "policy",
    ROLE_POLICY: "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    PERMISSION_SET: "inlinePolicy",
}
"""Where the document of an identity stands; a role also has inline ones."""
TYPES: Final = frozenset({*DOCUMENTS, ROLE})
PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 - an action


def _documents(resource: Resource) -> Iterator[Value]:
    if resource.type != ROLE:
        yield resource.props[DOCUMENTS[resource.type]]
        return
    for inline in resource.props["inlinePolicies"].items():
        with resource.isolate():
            yield inline["policy"]


def _grants(resource: Resource) -> Iterator[Statement]:
    """The statements of an identity's documents that allow something."""
    for document in _documents(resource):
        with resource.isolate():
            for statement in statements(resource, document):
                with resource.isolate():
                    if statement.allows:
                        yield statement


def _everywhere(statement: Statement) -> bool:
    named = [text for _, text in statement.entries("resource")]
    return statement.get("notresource").present or not named or every_resource(named)


def _no_admin(resource: Resource) -> Iterator[Violation]:
    required = "the actions that are needed, on the resources that they are needed for"
    partial: list[str] = []
    for statement in _grants(resource):
        with resource.isolate():
            if not _everywhere(statement):
                continue
            if statement.get("notaction").present:
                yield violation(statement.get("notaction"), "all actions but some on every resource", required)
            actions = statement.entries("action")
            for value, action in actions:
                if covers_everything(action):
                    yield violation(value, f"{action} on every resource", required)
            before, some = partial, [action for _, action in actions if not covers_everything(action)]
            partial = [*before, *some]
            # At the statement that makes it everything.
            if cover_everything(partial) and not cover_everything(before):
                yield violation(statement.get("action"), "patterns that are everything together", required)


NO_ADMIN = Policy(
    id="iam-no-admin-wildcard",
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No document of ours allows everything on everything.",
    fix="name actions and ARNs; who must administer the account does so through the organisation's own role",
    rule=_no_admin,
)


def _no_service(resource: Resource) -> Iterator[Violation]:
    for statement in _grants(resource):
        with resource.isolate():
            for value, action in statement.entries("action"):
                service, _, name = action.partition(":")
                if not covers_everything(action) and name.strip("*?") == "" and service:
                    yield violation(value, action, f"the actions of {service} that are needed")


NO_SERVICE = Policy(
    id="iam-no-service-wildcard",
    requirement="AWS-MFA",
    types=TYPES,
    level=ADVISORY,
    severity=LOW,
    description="No document of ours allows all actions of a service.",
    fix="name the actions; Access Analyzer writes the list from what was used",
    rule=_no_service,
)


def _scoped(pattern: str) -> bool:
    """Whether a pattern of roles names at least the beginning of a role."""
    before, _, name = pattern.partition(":role/")
    return before != pattern and not name.startswith(("*", "?", "/")) and name != ""


def _pass_role(resource: Resource) -> Iterator[Violation]:
    for statement in _grants(resource):
        with resource.isolate():
            excluded = [text for _, text in statement.entries("notaction")]
            allowed = [text for _, text in statement.entries("action") if covers(text, PASS_ROLE)]
            if not allowed and (not excluded or any(covers(text, PASS_ROLE) for text in excluded)):
                continue
            said = f"{allowed[0] if allowed else 'NotAction'}, which includes {PASS_ROLE}, on"
            required = "the ARN of a role, or at least the beginning of its name"
            named = statement.entries("resource")
            if not named:
                yield violation(statement.value, f"{said} every role", required)
            for value, pattern in named:
                if not _scoped(pattern):
                    yield violation(value, f"{said} {pattern}", required)


PASS_ROLE_SCOPED = Policy(
    id="iam-passrole-scoped",
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=HIGH,
    description="Who may hand roles to services may hand out named roles only, none that has more rights than they.",
    fix="name the role in Resource, and the service in a condition on iam:PassedToService",
    rule=_pass_role,
)

POLICIES = (NO_ADMIN, NO_SERVICE, PASS_ROLE_SCOPED)
