"""Automation principals: IAM roles of CI and other programs that use the cluster; people are in people.py (VPN-MFA)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.faults import Fault, choice_faults
from components.people import Person, name_faults

AutomationRole = Literal["deploy", "preview"]
"""deploy: administers the cluster, to run `pulumi up`. preview: reads all but Secrets, for `pulumi preview`."""

ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.A)
SECURITY_GROUP: Final = re.compile(r"sg-[0-9a-f]{8,17}")
SHARED_ROLES: Final = re.compile(
    r"role/(?:.*/)?(?:AWSReservedSSO_.*|OrganizationAccountAccessRole|AWSControlTowerExecution|[\w-]*admin(?:istrator)?(?:s|access)?)",
    re.I,
)
"""Roles that people sign in to, or by which another account administers this one."""


@dataclass(frozen=True, kw_only=True)
class AutomationPrincipal:
    """The IAM role of an automation principal. It gets an access entry of the cluster, and neither VPN nor SSH."""

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


def automation_faults(automation: Sequence[AutomationPrincipal], people: Collection[Person]) -> Iterator[Fault]:
    """Faults of the argument `automation`, checked together with the people of the same cluster."""
    names = [one.name for one in (*automation, *people)]
    arns = [*(one.principal_arn for one in automation), *(person.iam_principal for person in people)]
    for one in automation:
        for fault in _faults_of(one, names, arns):
            yield fault.under("automation", one.name)


def _faults_of(one: AutomationPrincipal, names: Sequence[str], arns: Sequence[str]) -> Iterator[Fault]:
    name, principal = ("name",), ("principal_arn",)
    yield from name_faults(name, one.name, "VPN-MFA")
    if names.count(one.name) > 1:
        yield Fault(name, "is given twice, here or to a person", "choose another name", "VPN-MFA")
    yield from choice_faults(one, "VPN-MFA")
    if not ROLE_ARN.fullmatch(one.principal_arn):
        found = f"{one.principal_arn} is not the ARN of an IAM role"
        allowed = "give one such as arn:aws:iam::123456789012:role/deploy; no users, root, sessions or wildcards"
        yield Fault(principal, found, allowed, "AWS-MFA")
    elif SHARED_ROLES.fullmatch(one.principal_arn.rpartition(":")[2]) and not one.allow_shared_role:
        found = f"{one.principal_arn} looks like a role that people sign in to"
        allowed = "create a role for this automation alone, or set `allow_shared_role`"
        yield Fault(principal, found, allowed, "SSH-USER")
    if arns.count(one.principal_arn) > 1:
        found, allowed = f"{one.principal_arn} is also another one's", "give each automation its own role"
        yield Fault(principal, found, allowed, "SSH-USER")
    group = one.runner_security_group_id
    if group is not None and not SECURITY_GROUP.fullmatch(group):
        found, allowed = f"{group} is not a security group's ID", "give one such as sg-0123456789abcdef0"
        yield Fault(("runner_security_group_id",), found, allowed, "AWS-SG")
