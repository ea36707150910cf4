"""Cases of identities.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok
from policies.rules.iam.identities import GROUP, TOGETHER
from policies.rules.iam.permissions import POLICY, ROLE, ROLE_POLICY
from policies.rules.iam.permissions_cases import document, statement

_CHANGE: Final = document(statement(Action="ec2:ModifyInstanceAttribute", Resource="*"))
_RESTART: Final = document(statement(Action=["ec2:StopInstances", "ec2:StartInstances"], Resource="*"))
_AT: Final = "(resource)"


def _role(**props: Any) -> Item:
    return Item(type=ROLE, name="role", props={"name": "app", **props})


def _inline(name: str, text: Any, role: str = "app") -> Item:
    return Item(type=ROLE_POLICY, name=name, props={"role": role, "policy": text})


def _own(action: str, role: str) -> tuple[Item, ...]:
    arn = f"arn:aws:iam::123456789012:role/team/{role}"
    return _role(), _inline("one", document(statement(Action=action, Resource=arn)))


CASES: dict[str, tuple[Case, ...]] = {
    TOGETHER.id: (
        ok("one_half", _role(), _inline("one", _CHANGE)),
        ok("halves_of_two_roles", _role(), _inline("one", _CHANGE), _inline("two", _RESTART, role="other")),
        ok(
            "forbidden_by_another_document",
            _role(),
            _inline("one", _CHANGE),
            _inline("two", _RESTART),
            _inline("three", document(statement(Effect="Deny", Action="ec2:ModifyInstance*", Resource="*"))),
        ),
        ok("rights_of_another", *_own("iam:PutRolePolicy", "other-*")),
        # These are refused in their own resource.
        ok(
            "every_role_and_what_starts_it",
            _role(),
            _inline("one", document(statement(Action="iam:PassRole", Resource="*"))),
            _inline("two", document(statement(Action="ec2:RunInstances", Resource="*"))),
        ),
        ok("whole_in_one", _role(), _inline("one", document(statement(Action="iam:*", Resource="*")))),
        fail("two_inline", _role(), _inline("one", _CHANGE), _inline("two", _RESTART), at=_AT),
        fail(
            "of_the_role_and_beside_it",
            _role(inlinePolicies=[{"name": "own", "policy": _CHANGE}]),
            _inline("two", _RESTART),
            at=_AT,
        ),
        fail(
            "inline_and_attached",
            _role(),
            _inline("one", _CHANGE),
            Item(type=POLICY, name="policy", props={"arn": "arn:aws:iam::123456789012:policy/p", "policy": _RESTART}),
            Item(
                type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                name="attachment",
                props={"role": "app", "policyArn": "arn:aws:iam::123456789012:policy/p"},
            ),
            at=_AT,
        ),
        fail(
            "by_dependency",
            Item(type=ROLE, name="role", props={"name": UNKNOWN}),
            Item(
                type=ROLE_POLICY, name="one", props={"role": UNKNOWN, "policy": _CHANGE}, depends_on={"role": ["role"]}
            ),
            Item(
                type=ROLE_POLICY, name="two", props={"role": UNKNOWN, "policy": _RESTART}, depends_on={"role": ["role"]}
            ),
            at=_AT,
        ),
        fail(
            "of_a_group",
            Item(type=GROUP, name="group", props={"name": "dev"}),
            *(
                Item(type="aws:iam/groupPolicy:GroupPolicy", name=name, props={"group": "dev", "policy": text})
                for name, text in (("one", _CHANGE), ("two", _RESTART))
            ),
            at=_AT,
        ),
        fail(
            "alphabet_in_two_halves",
            _role(),
            _inline("one", document(statement(Action=[f"{x}*" for x in "abcdefghijkl"], Resource="*"))),
            _inline("two", document(statement(Action=[f"{x}*" for x in "mnopqrstuvwxyz"], Resource="*"))),
            at=_AT,
        ),
        fail("rights_of_its_own", *_own("iam:PutRolePolicy", "a*"), at=_AT),
    ),
}
