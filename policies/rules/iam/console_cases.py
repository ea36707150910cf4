"""Cases of console.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok
from policies.rules.iam.console import CONSOLE_MFA, GROUP_POLICY, PROFILE
from policies.rules.iam.permissions import POLICY
from policies.rules.iam.permissions_cases import document

_ABSENT: Final = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
_DENY: Final[dict[str, Any]] = {"Effect": "Deny", "NotAction": "iam:EnableMFADevice", "Resource": "*"}
_ARN: Final = "arn:aws:iam::123456789012:policy/mfa"


def _item(type_: str, name: str, /, *, depends_on: Any = None, **props: Any) -> Item:
    return Item(type=type_, name=name, props=props, depends_on=depends_on or {})


_ADA: Final = _item(PROFILE, "profile", user="ada")
_IN_PEOPLE: Final = _item(
    "aws:iam/userGroupMembership:UserGroupMembership", "membership", user="ada", groups=["people"]
)


def _group(**changes: Any) -> Item:
    said = {**_DENY, "Condition": _ABSENT, **changes}
    return _item(GROUP_POLICY, "policy", group="people", policy=document(said))


CASES: dict[str, tuple[Case, ...]] = {
    CONSOLE_MFA.id: (
        ok("in_the_group", _ADA, _IN_PEOPLE, _group()),
        ok("no_password", _IN_PEOPLE),
        ok(
            "by_an_attached_policy",
            _ADA,
            _item("aws:iam/groupMembership:GroupMembership", "members", users=["ada", "bob"], group="people"),
            _item(POLICY, "mfa", arn=_ARN, policy=document({**_DENY, "Condition": _ABSENT})),
            _item("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "it", group="people", policyArn=_ARN),
        ),
        ok(
            "by_dependency",
            _item("aws:iam/user:User", "user", name=UNKNOWN),
            _item("aws:iam/group:Group", "group", name=UNKNOWN),
            _item(PROFILE, "profile", user=UNKNOWN, depends_on={"user": ["user"]}),
            _item(
                "aws:iam/userGroupMembership:UserGroupMembership",
                "membership",
                user=UNKNOWN,
                groups=UNKNOWN,
                depends_on={"user": ["user"], "groups": ["group"]},
            ),
            _item(
                GROUP_POLICY,
                "policy",
                group=UNKNOWN,
                policy=document({**_DENY, "Condition": _ABSENT}),
                depends_on={"group": ["group"]},
            ),
        ),
        fail("in_no_group", _ADA, _group(), at="user"),
        fail("group_that_asks_nothing", _ADA, _IN_PEOPLE, at="user"),
        fail(
            "denied_with_a_factor",
            _ADA,
            _IN_PEOPLE,
            _group(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            at="user",
        ),
        fail("denied_for_one_bucket", _ADA, _IN_PEOPLE, _group(Resource="arn:aws:s3:::b/*"), at="user"),
        fail(
            "denied_from_somewhere",
            _ADA,
            _IN_PEOPLE,
            _group(Condition={**_ABSENT, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            at="user",
        ),
    ),
}
