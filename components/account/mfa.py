"""Deny all AWS actions without MFA, except enrolling an MFA device (AWS-MFA)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.refusal import refuse_creation

WITHOUT_MFA: Final = (
    "iam:ChangePassword",
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetAccountPasswordPolicy",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
)
"""All that somebody who signed in without a second factor may do: choose a password and enrol a factor."""
OWN_USER: Final = (
    "iam:ChangePassword",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
)
OF_NOBODY: Final = ("iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices")
"""What enrolment also asks for, and what knows no narrower resource."""


def mfa_policy(context: AwsContext) -> dict[str, Any]:
    """Let a user enrol their own MFA device, and deny everything else to sessions without MFA.

    Users cannot remove a device: a stolen password must not be enough for that.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OwnPasswordAndFactor",
                "Effect": "Allow",
                "Action": list(OWN_USER),
                # Users with any path: the name is the last part.
                "Resource": [
                    context.arn("iam", f"user/{path}${{aws:username}}", regional=False) for path in ("", "*/")
                ],
            },
            {
                # The user chooses the device name, since a user may have several devices: the console asks for a name.
                # A device belongs to nobody until it is enabled, and users can enable it for themselves only.
                "Sid": "VirtualFactor",
                "Effect": "Allow",
                "Action": "iam:CreateVirtualMFADevice",
                "Resource": context.arn("iam", "mfa/*", regional=False),
            },
            {"Sid": "WhatEnrolmentShows", "Effect": "Allow", "Action": list(OF_NOBODY), "Resource": "*"},
            {
                "Sid": "NothingWithoutMfaButEnrolment",
                "Effect": "Deny",
                "NotAction": list(WITHOUT_MFA),
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        ],
    }


def own_users(principals: Iterable[str], context: AwsContext) -> list[str]:
    """Names of the IAM users of this account among the ARNs; roles require MFA where the session starts."""
    prefix = context.arn("iam", "user/", regional=False)
    return [arn.rpartition("/")[2] for arn in principals if arn.startswith(prefix)]


def user_without_mfa(caller_arn: str, *, has_mfa: bool) -> str | None:
    """Name of the IAM user who calls AWS, unless the session is known to have MFA.

    Args:
        caller_arn: as sts:GetCallerIdentity returns it; identical for a user's access key and for a session.
        has_mfa: the user states that it is a session with MFA.
    """
    kind, _, path = caller_arn.rpartition(":")[2].partition("/")
    return path.rpartition("/")[2] if kind == "user" and not has_mfa else None


def make_mfa_group(
    name: str, context: AwsContext, users: Iterable[str], locked_out: str | None, parent: pulumi.Resource
) -> None:
    """Make the group `<name>-people`, its policy and the memberships; refuse to lock out the user `locked_out`."""
    opts = pulumi.ResourceOptions(parent=parent)
    everyone = aws.iam.Group(f"{name}-people", name=f"{name}-people", opts=opts)
    aws.iam.GroupPolicy(f"{name}-require-mfa", group=everyone.name, policy=json.dumps(mfa_policy(context)), opts=opts)
    for user in users:
        member = f"{name}-require-mfa-{user}"
        hooks = refuse_creation(member, _locked_out(user, f"{name}-people")) if user == locked_out else None
        aws.iam.UserGroupMembership(
            member,
            user=user,
            groups=[everyone.name],
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )


def _locked_out(user: str, group: str) -> str:
    """The fault; requests signed with an access key carry no aws:MultiFactorAuthPresent, which the Deny matches."""
    return (
        f"people: {user} deploys as an IAM user and would be locked out halfway: {group} denies its members everything"
        " that is signed without a second factor, as with an access key. Deploy with a role, or with a session of"
        " `aws sts get-session-token --serial-number YOUR-MFA-DEVICE --token-code CODE`; if this is such a session, run"
        " `pulumi config set --path palisade:account.deployerHasMfa true` (AWS-MFA)"
    )
