"""Policies about what IAM documents allow (AWS-MFA)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.documents import Statement, cover_everything, covers, covers_everything, every_resource, statements
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy
from policies.values import Value

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
        with resource.apart():
            yield inline["policy"]


def _grants(resource: Resource) -> Iterator[Statement]:
    """The statements of an identity's documents that allow something."""
    for document in _documents(resource):
        with resource.apart():
            for statement in statements(resource, document):
                with resource.apart():
                    if statement.allows:
                        yield statement


def _everywhere(statement: Statement) -> bool:
    named = [text for _, text in statement.entries("resource")]
    return statement.get("notresource").present or not named or every_resource(named)


def _no_admin(resource: Resource) -> Iterator[Violation]:
    required = "the actions that are needed, on the resources that they are needed for"
    partial: list[str] = []
    for statement in _grants(resource):
        with resource.apart():
            if not _everywhere(statement):
                continue
            if statement.get("notaction").present:
                yield breach(statement.get("notaction"), "all actions but some on every resource", required)
            actions = statement.entries("action")
            for value, action in actions:
                if covers_everything(action):
                    yield breach(value, f"{action} on every resource", required)
            before, some = partial, [action for _, action in actions if not covers_everything(action)]
            partial = [*before, *some]
            # At the statement that makes it everything.
            if cover_everything(partial) and not cover_everything(before):
                yield breach(statement.get("action"), "patterns that are everything together", required)


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
        with resource.apart():
            for value, action in statement.entries("action"):
                service, _, name = action.partition(":")
                if not covers_everything(action) and name.strip("*?") == "" and service:
                    yield breach(value, action, f"the actions of {service} that are needed")


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
        with resource.apart():
            excluded = [text for _, text in statement.entries("notaction")]
            allowed = [text for _, text in statement.entries("action") if covers(text, PASS_ROLE)]
            if not allowed and (not excluded or any(covers(text, PASS_ROLE) for text in excluded)):
                continue
            said = f"{allowed[0] if allowed else 'NotAction'}, which includes {PASS_ROLE}, on"
            required = "the ARN of a role, or at least the beginning of its name"
            named = statement.entries("resource")
            if not named:
                yield breach(statement.value, f"{said} every role", required)
            for value, pattern in named:
                if not _scoped(pattern):
                    yield breach(value, f"{said} {pattern}", required)


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


def statement(**changes: Any) -> dict[str, Any]:
    """A harmless statement with changes."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **changes}


def document(*said: dict[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(said)})


def _policy(*said: dict[str, Any]) -> Item:
    return Item(type=POLICY, props={"policy": document(*said)})


def _lone(**changes: Any) -> Item:
    return Item(type=ROLE_POLICY, props={"role": "r", "policy": json.dumps({"Statement": statement(**changes)})})


_STAR: Final = {"Action": "*", "Resource": "*"}
_ONE, _TWO = "policy.Statement[0]", "policy.Statement[1]"
_ROLE_ARN = "arn:aws:iam::123456789012:role/"
_ACCOUNT = "arn:aws:*:*:123456789012:*"
_PARTS: Final = ["arn:aws:iam::*", "arn:aws:s3:::*", "arn:aws:e*", "arn:aws:*:eu-*"]

CASES: dict[str, tuple[Case, ...]] = {
    NO_ADMIN.id: (
        ok("named_actions", _policy(statement())),
        ok("denied_everything", _policy(statement(Effect="Deny", **_STAR))),
        ok("denied_without_mfa", _policy({"Effect": "Deny", "NotAction": "iam:GetUser", "Resource": "*"})),
        ok("everything_on_one_bucket", _policy(statement(Action="*"))),
        ok("role_without_documents", Item(type=ROLE, props={"assumeRolePolicy": document()})),
        fail("everything", _policy(statement(), statement(**_STAR)), at=f"{_TWO}.Action"),
        fail(
            "everything_in_a_list", _policy(statement(Action=["s3:*", "*:*"], Resource=["*"])), at=f"{_ONE}.Action[1]"
        ),
        fail("a_single_statement", _lone(**_STAR), at="policy.Statement.Action"),
        fail(
            "alphabet",
            _policy(statement(Action=[f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"], Resource="*")),
            at=f"{_ONE}.Action",
        ),
        fail(
            "in_two_statements",
            _policy(statement(Action=["a*", "?*:C*", "s3:*"], Resource="*"), statement(Action="z*", Resource="*")),
            at=f"{_TWO}.Action",
        ),
        fail("every_arn_of_one_account", _policy(statement(Action="*", Resource=_ACCOUNT)), at=f"{_ONE}.Action"),
        fail("every_arn_by_parts", _policy(statement(Action="*", Resource=_PARTS)), at=f"{_ONE}.Action"),
        fail(
            "element_that_hides_another",
            Item(type=POLICY, props={"policy": '{"Statement": [], "statement": [{"Action": "*"}]}'}),
            at="policy.statement",
        ),
        fail("every_arn_in_china", _policy(statement(Action="*", Resource="arn:aws-cn:*")), at=f"{_ONE}.Action"),
        fail("every_arn", _policy(statement(Action="*", Resource="arn:aws:*:*:*:*")), at=f"{_ONE}.Action"),
        fail(
            "all_but_some",
            _policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            at=f"{_ONE}.NotAction",
        ),
        fail("odd_spelling", _policy({"effect": "Allow", "action": "*", "resource": "*"}), at=f"{_ONE}.action"),
        fail(
            "inline_policy_of_a_role",
            Item(type=ROLE, props={"inlinePolicies": [{"name": "a", "policy": document(statement(**_STAR))}]}),
            at="inlinePolicies[0].policy.Statement[0].Action",
        ),
        fail(
            "permission_set",
            Item(type=PERMISSION_SET, props={"inlinePolicy": document(statement(**_STAR))}),
            at="inlinePolicy.Statement[0].Action",
        ),
        fail(
            "given_as_an_object",
            Item(type=POLICY, props={"policy": {"Statement": [statement(**_STAR)]}}),
            at=f"{_ONE}.Action",
        ),
        fail("no_json", Item(type=POLICY, props={"policy": "{"}), at="policy"),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
    NO_SERVICE.id: (
        ok("named_actions", _policy(statement(Action=["s3:Get*", "kms:Decrypt"]))),
        fail("whole_service", _policy(statement(Action=["s3:GetObject", "sqs:*"])), at=f"{_ONE}.Action[1]"),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
    PASS_ROLE_SCOPED.id: (
        ok("one_role", _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}nodes"))),
        ok("roles_of_a_prefix", _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}eks-*"))),
        ok("all_but_pass_role", _policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        fail("every_role", _policy(statement(Action="iam:PassRole", Resource="*")), at=f"{_ONE}.Resource"),
        fail(
            "every_role_of_an_account",
            _policy(statement(Action="iam:Pass*", Resource=f"{_ROLE_ARN}*")),
            at=f"{_ONE}.Resource",
        ),
        fail(
            "every_role_with_an_end",
            _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}*-admin")),
            at=f"{_ONE}.Resource",
        ),
        fail("within_a_wildcard", _policy(statement(Action="iam:*", Resource="*")), at=f"{_ONE}.Resource"),
        fail(
            "within_all_but_some",
            _policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            at=f"{_ONE}.Resource",
        ),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
}
