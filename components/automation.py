"""Automation principals: IAM roles of CI and other programs that use the cluster; people are in people.py (VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.people import Person

AutomationRole = Literal["deploy", "preview"]
"""deploy: administers the cluster, to run `pulumi up`. preview: reads all but Secrets, for `pulumi preview`."""

ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.A)
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
SECURITY_GROUP: Final = re.compile(r"sg-[0-9a-f]{8,17}")
SHARED_ROLES: Final = re.compile(
    r"role/(?:.*/)?(?:AWSReservedSSO_.*|OrganizationAccountAccessRole|AWSControlTowerExecution|[\w-]*admin(?:istrator)?(?:s|access)?)",
    re.I,
)
"""Roles that people sign in to, or by which another account administers this one."""


@dataclass(frozen=True, kw_only=True)
class AutomationPrincipal:
    """The IAM role of one automation. It gets an access entry of the cluster, and neither VPN nor SSH."""

    name: str
    """Lower-case letters, digits, dashes; no person's."""
    principal_arn: str
    """ARN of the IAM role. No IAM user: an access key has no second factor, and does not end (AWS-MFA)."""
    role: AutomationRole
    """What it may do in the cluster."""
    runner_security_group_id: str | None = None
    """Security group of the machines it runs on, which opens the API to them; None: they are nodes."""
    allow_shared_role: bool = False
    """Accept a role that people sign in to as well, such as an administrators' role."""


def automation_faults(automation: Sequence[AutomationPrincipal], people: Collection[Person]) -> list[str]:
    """What is wrong with the list, a text each that begins with the argument."""
    faults = []
    names = [one.name for one in (*automation, *people)]
    arns = [*(one.principal_arn for one in automation), *(person.iam_principal for person in people)]
    for one in automation:
        where = f"automation.{one.name}"
        if not NAME.fullmatch(one.name):
            faults.append(f"{where}: the name must be lower-case letters, digits and dashes (VPN-MFA)")
        if names.count(one.name) > 1:
            faults.append(f"{where}: the name is given twice, here or to a person (VPN-MFA)")
        if not ROLE_ARN.fullmatch(one.principal_arn):
            faults.append(
                f"{where}.principal_arn: {one.principal_arn} is not the ARN of an IAM role, such as"
                " arn:aws:iam::123456789012:role/deploy; users, root, sessions and wildcards are refused (AWS-MFA)"
            )
        elif SHARED_ROLES.fullmatch(one.principal_arn.rpartition(":")[2]) and not one.allow_shared_role:
            faults.append(
                f"{where}.principal_arn: {one.principal_arn} looks like a role that people sign in to; create a role"
                " for this automation alone, or set allowSharedRole (SSH-USER)"
            )
        if arns.count(one.principal_arn) > 1:
            faults.append(f"{where}.principal_arn: {one.principal_arn} is also another one's (SSH-USER)")
        group = one.runner_security_group_id
        if group is not None and not SECURITY_GROUP.fullmatch(group):
            faults.append(f"{where}.runner_security_group_id: {group} is not a security group's ID (AWS-SG)")
    return faults
