"""A policy about IAM users with a password: they need MFA (AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import MalformedError
from policies.rules.iam.documents import Statement, covers_everything, every_resource, statements
from policies.rules.iam.foreign import MFA
from policies.rules.iam.identities import ATTACHMENT
from policies.rules.iam.permissions import POLICY

PROFILE: Final = "aws:iam/userLoginProfile:UserLoginProfile"
MEMBERSHIPS: Final = {
    "aws:iam/userGroupMembership:UserGroupMembership": ("user", "groups"),
    "aws:iam/groupMembership:GroupMembership": ("users", "group"),
}
"""Type -> what names the users, and what the groups."""
GROUP_POLICY: Final = "aws:iam/groupPolicy:GroupPolicy"
ATTACHED: Final = {
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "group",
    ATTACHMENT: "groups",
}
TYPES: Final = frozenset(
    {PROFILE, GROUP_POLICY, POLICY, "aws:iam/user:User", "aws:iam/group:Group", *MEMBERSHIPS, *ATTACHED}
)


def _named(resource: Resource, name: str) -> frozenset[str]:
    """The references in a property: texts, and the URNs they come from."""
    value = resource.props[name]
    texts = {each.text() or "" for each in value.one_or_more() if each.known} if value.known else set[str]()
    return frozenset(texts - {""}) | resource.depends_on.get(name, frozenset())


def _denies_without_mfa(statement: Statement) -> bool:
    tests = [(operator, key, values) for operator, key, values in statement.conditions()]
    absent = len(tests) == 1 and tests[0][0] in ("bool", "boolifexists") and tests[0][1:] == (MFA, ["false"])
    resources = every_resource([text for _, text in statement.entries("resource")])
    everything = any(covers_everything(text) for _, text in statement.entries("action"))
    return not statement.allows and absent and resources and (everything or statement.get("notaction").present)


def _asks(stack: Stack, holder: Resource) -> bool:
    with stack.isolate():
        try:
            return any(_denies_without_mfa(statement) for statement in statements(holder, holder.props["policy"]))
        except MalformedError:
            # The policies about documents refuse it; here it enforces nothing.
            return False
    return False


def _asking_groups(stack: Stack) -> set[str]:
    """References to groups that deny their members everything without MFA."""
    groups: set[str] = set()
    policies: set[str] = set()
    for policy in stack.of({POLICY}):
        if _asks(stack, policy):
            policies |= {policy.urn, *_named(policy, "arn")}
    for holder in stack.of({GROUP_POLICY}):
        if _asks(stack, holder):
            groups |= _named(holder, "group")
    for type_, name in ATTACHED.items():
        for attachment in stack.of({type_}):
            with stack.isolate():
                if _named(attachment, "policyArn") & policies:
                    groups |= _named(attachment, name)
    return groups


def _console(stack: Stack) -> Iterator[Violation]:
    profiles = stack.of({PROFILE})
    groups = _asking_groups(stack) if profiles else set[str]()
    members: set[str] = set()
    for type_, (users, name) in MEMBERSHIPS.items():
        for membership in stack.of({type_}) if profiles else ():
            with stack.isolate():
                if _named(membership, name) & groups:
                    members |= _named(membership, users)
    for profile in profiles:
        with stack.isolate():
            if not _named(profile, "user") & members:
                found = "a password, and no group that denies everything without a second factor"
                yield violation(profile.props["user"], found, "membership in one, in the same stack", profile.urn)


CONSOLE_MFA = Policy(
    id="iam-console-mfa",
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=HIGH,
    description="An IAM user with a password is in a group that denies everything without a second factor.",
    fix="deny NotAction of enrolment on * where BoolIfExists aws:MultiFactorAuthPresent is false, in a group's policy",
    stack_rule=_console,
)

POLICIES = (CONSOLE_MFA,)
