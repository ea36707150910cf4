"""Policies about what is attached to whom, and how people sign in (AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

ROLE_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
EXCLUSIVE: Final = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
ATTACHED: Final = {
    ROLE_ATTACHMENT: "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    ATTACHMENT: "policyArn",
    "aws:iam/role:Role": "managedPolicyArns",
    EXCLUSIVE: "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": "managedPolicyArns",
}
"""Where managed policies are named, one or several."""
ADMINISTRATOR: Final = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")
"""Who has the second can give themselves the first; the third is all actions but some, on everything."""

USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
USER_ATTACHMENT: Final = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
USER_LISTS: Final = {
    ATTACHMENT: "users",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": "policyNames",
}
ACCESS_KEY: Final = "aws:iam/accessKey:AccessKey"
PASSWORD_POLICY: Final = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"  # noqa: S105 - a type


def _no_administrator(resource: Resource) -> Iterator[Violation]:
    for arn in resource.props[ATTACHED[resource.type]].one_or_more():
        with resource.isolate():
            text = arn.text() or ""
            if text.endswith(ADMINISTRATOR) and ":iam::aws:" in text:
                yield violation(arn, text, "a policy with the actions that are needed")


NO_ADMINISTRATOR = Policy(
    id="iam-no-administrator-access",
    requirement="AWS-MFA",
    types=frozenset(ATTACHED),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nobody is given AWS's policies for administrators.",
    fix="attach a policy that names actions and resources",
    rule=_no_administrator,
)


def _no_user_policy(resource: Resource) -> Iterator[Violation]:
    required = "a role that people assume, or a group that asks for a second factor"
    if resource.type not in USER_LISTS:
        user = resource.props["user"]
        yield violation(user, f"a policy of {user.text() if user.known else 'a user'} alone", required)
        return
    listed = resource.props[USER_LISTS[resource.type]]
    if listed.items():
        yield violation(listed, "policies of users", required)


NO_USER_POLICY = Policy(
    id="iam-no-user-attached-policy",
    requirement="AWS-MFA",
    types=frozenset({USER_POLICY, USER_ATTACHMENT, *USER_LISTS}),
    level=MANDATORY,
    severity=MEDIUM,
    description="No policy is attached to a user: rights come with groups and roles, which ask for a second factor.",
    fix="attach it to a group (aws.iam.GroupPolicy) or to a role",
    rule=_no_user_policy,
)


def _no_access_key(resource: Resource) -> Iterator[Violation]:
    yield violation(resource.props["user"], "a key that does not end by itself", "a role: Pod Identity, SSO, OIDC")


NO_ACCESS_KEY = Policy(
    id="iam-no-access-key",
    requirement="AWS-MFA",
    types=frozenset({ACCESS_KEY}),
    level=ADVISORY,
    severity=HIGH,
    description="Nobody has a static access key.",
    fix="use a role; where a program knows keys only, give it one with minimal rights, and rotate it",
    rule=_no_access_key,
)

LEAST: Final = {"minimumPasswordLength": 14, "passwordReusePrevention": 24}
NEEDED: Final = (
    "requireLowercaseCharacters",
    "requireUppercaseCharacters",
    "requireNumbers",
    "requireSymbols",
)


def _passwords(resource: Resource) -> Iterator[Violation]:
    def enough(value: Value) -> Iterator[Violation]:
        least = LEAST[value.path]
        if (value.number() or 0) < least:
            yield violation(value, value.text() or "nothing", f"{least} or more")

    def required(value: Value) -> Iterator[Violation]:
        if not value.flag():
            yield violation(value, "false" if value.present else "nothing (false)", "true")

    yield from resource.each((resource.props[name] for name in LEAST), enough)
    yield from resource.each((resource.props[name] for name in NEEDED), required)


PASSWORDS = Policy(
    id="iam-password-policy",
    requirement="AWS-MFA",
    types=frozenset({PASSWORD_POLICY}),
    level=ADVISORY,
    severity=LOW,
    description="Passwords are long, mixed and new.",
    fix="set minimumPasswordLength to 14, passwordReusePrevention to 24, and ask for all four kinds of characters",
    rule=_passwords,
)

POLICIES = (NO_ADMINISTRATOR, NO_USER_POLICY, NO_ACCESS_KEY, PASSWORDS)
