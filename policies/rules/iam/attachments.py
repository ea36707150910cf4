"""Policies about attachments to identities (AWS-MFA)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.iam import facts

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
OF_AWS: Final = re.compile(r"arn:[^:]*:iam::aws:policy/(?P<name>.*)", re.DOTALL)

USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
USER_ATTACHMENT: Final = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
USER_LISTS: Final = {
    ATTACHMENT: "users",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": "policyNames",
}


def _no_administrator(resource: Resource) -> Iterator[Violation]:
    for arn in resource.props[ATTACHED[resource.type]].one_or_more():
        with resource.isolate():
            text = arn.text() or ""
            named = OF_AWS.fullmatch(text)
            leads_on = facts.managed_policies().get(named["name"]) if named else False
            if leads_on is None:
                yield violation(arn, f"{text}, whose content this pack does not know", "a policy that it knows")
            elif leads_on:
                yield violation(arn, f"{text}, which leads to more rights", "a policy with the actions that are needed")


NO_ADMINISTRATOR = Policy(
    id="iam-no-administrator-access",
    requirement="AWS-MFA",
    types=frozenset(ATTACHED),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nobody is given a policy of AWS that makes administrators, or leads to more rights by its content.",
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

POLICIES = (NO_ADMINISTRATOR, NO_USER_POLICY)
