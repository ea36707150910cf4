"""Policies about what is attached to whom, and how people sign in (AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.values import Value

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
        with resource.apart():
            text = arn.text() or ""
            if text.endswith(ADMINISTRATOR) and ":iam::aws:" in text:
                yield breach(arn, text, "a policy with the actions that are needed")


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
        yield breach(user, f"a policy of {user.text() if user.known else 'a user'} alone", required)
        return
    listed = resource.props[USER_LISTS[resource.type]]
    if listed.items():
        yield breach(listed, "policies of users", required)


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
    yield breach(resource.props["user"], "a key that does not end by itself", "a role: Pod Identity, SSO, OIDC")


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
            yield breach(value, value.text() or "nothing", f"{least} or more")

    def required(value: Value) -> Iterator[Violation]:
        if not value.flag():
            yield breach(value, "false" if value.present else "nothing (false)", "true")

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

_READ_ONLY: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_ADMIN: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_GOOD: Final[dict[str, Any]] = {**LEAST, **dict.fromkeys(NEEDED, True)}


def _item(type_: str, **props: Any) -> Item:
    return Item(type=type_, props=props)


CASES: dict[str, tuple[Case, ...]] = {
    NO_ADMINISTRATOR.id: (
        ok("read_only", _item(ROLE_ATTACHMENT, role="r", policyArn=_READ_ONLY)),
        ok(
            "own_policy_of_that_name",
            _item(ROLE_ATTACHMENT, role="r", policyArn="arn:aws:iam::1:policy/AdministratorAccess"),
        ),
        ok("role_without", _item("aws:iam/role:Role", assumeRolePolicy="{}")),
        fail("administrator", _item(ROLE_ATTACHMENT, role="r", policyArn=_ADMIN), at="policyArn"),
        fail("in_china", _item(ATTACHMENT, policyArn=_ADMIN.replace("aws", "aws-cn", 1)), at="policyArn"),
        fail(
            "all_but_iam",
            _item(ROLE_ATTACHMENT, policyArn=_ADMIN.replace("Administrator", "PowerUser")),
            at="policyArn",
        ),
        fail("iam", _item(ROLE_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/IAMFullAccess"), at="policyArn"),
        fail(
            "second_of_a_role",
            _item("aws:iam/role:Role", managedPolicyArns=[_READ_ONLY, _ADMIN]),
            at="managedPolicyArns[1]",
        ),
        unknown("made_with_it", _item(ROLE_ATTACHMENT, role="r", policyArn=UNKNOWN)),
    ),
    NO_USER_POLICY.id: (
        ok("attached_to_a_role", _item(ATTACHMENT, roles=["r"], policyArn=_READ_ONLY)),
        fail("inline", _item(USER_POLICY, user="ada", policy="{}"), at="user"),
        fail("attached", _item(USER_ATTACHMENT, user=UNKNOWN, policyArn=_READ_ONLY), at="user"),
        unknown("users_decided_later", _item(ATTACHMENT, users=UNKNOWN, policyArn=_READ_ONLY)),
        fail("attached_with_others", _item(ATTACHMENT, users=["ada"], policyArn=_READ_ONLY), at="users"),
    ),
    NO_ACCESS_KEY.id: (
        ok("not_of_a_user", _item("aws:iam/role:Role", assumeRolePolicy="{}")),
        fail("key", _item(ACCESS_KEY, user="ada"), at="user"),
    ),
    PASSWORDS.id: (
        ok("strong", _item(PASSWORD_POLICY, **_GOOD)),
        fail(
            "short", _item(PASSWORD_POLICY, **changed(_GOOD, {"minimumPasswordLength": 8})), at="minimumPasswordLength"
        ),
        fail("no_symbols", _item(PASSWORD_POLICY, **changed(_GOOD, {"requireSymbols": OMITTED})), at="requireSymbols"),
        unknown("decided_later", _item(PASSWORD_POLICY, **changed(_GOOD, {"requireNumbers": UNKNOWN}))),
    ),
}
