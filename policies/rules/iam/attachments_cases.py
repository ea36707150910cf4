"""Cases of attachments.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.iam.attachments import (
    ATTACHMENT,
    NO_ADMINISTRATOR,
    NO_USER_POLICY,
    ROLE_ATTACHMENT,
    USER_ATTACHMENT,
    USER_POLICY,
)

_READ_ONLY: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_ADMIN: Final = "arn:aws:iam::aws:policy/AdministratorAccess"


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
        ok("of_a_node", _item(ROLE_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy")),
        fail(
            "code_of_every_function",
            _item(ROLE_ATTACHMENT, policyArn="arn:aws-us-gov:iam::aws:policy/AWSLambda_FullAccess"),
            at="policyArn",
        ),
        fail(
            "of_a_job_function",
            _item(ROLE_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/job-function/SystemAdministrator"),
            at="policyArn",
        ),
        fail("unheard_of", _item(ROLE_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/NewAccess"), at="policyArn"),
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
}
