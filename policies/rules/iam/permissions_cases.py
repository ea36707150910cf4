"""Cases of permissions.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.iam.permissions import (
    NO_ADMIN,
    NO_ESCALATION,
    NO_SERVICE,
    PASS_ROLE_SCOPED,
    PERMISSION_SET,
    POLICY,
    ROLE,
    ROLE_POLICY,
)


def statement(**changes: Any) -> dict[str, Any]:
    """A harmless statement with changes."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **changes}


def document(*said: dict[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(said)})


def _policy(*said: dict[str, Any]) -> Item:
    return Item(type=POLICY, props={"policy": document(*said)})


def _lone(**changes: Any) -> Item:
    return Item(type=ROLE_POLICY, props={"role": "r", "policy": json.dumps({"Statement": statement(**changes)})})


_STAR: Final = {"Action": "*", "Resource": "*"}
_ONE, _TWO = "policy.Statement[0]", "policy.Statement[1]"
_BOUNDED: Final = {"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"}}
_BY_A_SERVICE: Final = {"Bool": {"aws:ViaAWSService": "true"}}
_TAGGED: Final = {"StringEquals": {"ssm:resourceTag/team": "shop"}}
_NO_IAM_BUT_PASS_ROLE: Final = {"Effect": "Deny", "NotAction": ["iam:PassRole", "s3:*"], "Resource": "*"}
_ROLE_ARN = "arn:aws:iam::123456789012:role/"
_ACCOUNT = "arn:aws:*:*:123456789012:*"
_PARTS: Final = ["arn:aws:iam::*", "arn:aws:s3:::*", "arn:aws:e*", "arn:aws:*:eu-*"]

CASES: dict[str, tuple[Case, ...]] = {
    NO_ADMIN.id: (
        ok("named_actions", _policy(statement())),
        ok("denied_everything", _policy(statement(Effect="Deny", **_STAR))),
        ok("denied_without_mfa", _policy({"Effect": "Deny", "NotAction": "iam:GetUser", "Resource": "*"})),
        ok("everything_on_one_bucket", _policy(statement(Action="*"))),
        ok("role_without_documents", Item(type=ROLE, props={"assumeRolePolicy": document()})),
        fail("everything", _policy(statement(), statement(**_STAR)), at=f"{_TWO}.Action"),
        fail(
            "everything_in_a_list", _policy(statement(Action=["s3:*", "*:*"], Resource=["*"])), at=f"{_ONE}.Action[1]"
        ),
        fail("a_single_statement", _lone(**_STAR), at="policy.Statement.Action"),
        fail(
            "alphabet",
            _policy(statement(Action=[f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"], Resource="*")),
            at=f"{_ONE}.Action",
        ),
        fail(
            "in_two_statements",
            _policy(statement(Action=["a*", "?*:C*", "s3:*"], Resource="*"), statement(Action="z*", Resource="*")),
            at=f"{_TWO}.Action",
        ),
        fail("every_arn_of_one_account", _policy(statement(Action="*", Resource=_ACCOUNT)), at=f"{_ONE}.Action"),
        fail("every_arn_by_parts", _policy(statement(Action="*", Resource=_PARTS)), at=f"{_ONE}.Action"),
        fail(
            "element_that_hides_another",
            Item(type=POLICY, props={"policy": '{"Statement": [], "statement": [{"Action": "*"}]}'}),
            at="policy.statement",
        ),
        fail("every_arn_in_china", _policy(statement(Action="*", Resource="arn:aws-cn:*")), at=f"{_ONE}.Action"),
        fail("every_arn", _policy(statement(Action="*", Resource="arn:aws:*:*:*:*")), at=f"{_ONE}.Action"),
        fail(
            "all_but_some",
            _policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            at=f"{_ONE}.NotAction",
        ),
        fail("odd_spelling", _policy({"effect": "Allow", "action": "*", "resource": "*"}), at=f"{_ONE}.action"),
        fail(
            "inline_policy_of_a_role",
            Item(type=ROLE, props={"inlinePolicies": [{"name": "a", "policy": document(statement(**_STAR))}]}),
            at="inlinePolicies[0].policy.Statement[0].Action",
        ),
        fail(
            "permission_set",
            Item(type=PERMISSION_SET, props={"inlinePolicy": document(statement(**_STAR))}),
            at="inlinePolicy.Statement[0].Action",
        ),
        fail(
            "given_as_an_object",
            Item(type=POLICY, props={"policy": {"Statement": [statement(**_STAR)]}}),
            at=f"{_ONE}.Action",
        ),
        fail("no_json", Item(type=POLICY, props={"policy": "{"}), at="policy"),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
    NO_ESCALATION.id: (
        ok("harmless", _policy(statement(Action=["iam:Get*", "iam:List*", "ec2:Describe*"], Resource="*"))),
        ok("of_one_role", _policy(statement(Action="iam:PutRolePolicy", Resource=f"{_ROLE_ARN}app-*"))),
        ok("of_everything_else", _policy({"Effect": "Allow", "NotAction": "*", "Resource": "*"})),
        ok("half_of_a_path", _policy(statement(Action="ec2:ModifyInstanceAttribute", Resource="*"))),
        ok("bounded", _policy(statement(Action="iam:PutRolePolicy", Resource="*", Condition=_BOUNDED))),
        ok("tagged_sessions", _policy(statement(Action="ssm:StartSession", Resource="*", Condition=_TAGGED))),
        ok(
            "denied_again",
            _policy(statement(Action="iam:Put*", Resource="*"), statement(Effect="Deny", Action="iam:*", Resource="*")),
        ),
        ok(
            "denied_without_a_boundary",
            _policy(
                statement(Action="iam:PutRolePolicy", Resource="*"),
                statement(
                    Effect="Deny", Action="iam:*", Resource="*", Condition={"StringNotEquals": _BOUNDED["ArnEquals"]}
                ),
            ),
        ),
        fail("by_name", _policy(statement(Action="iam:CreatePolicyVersion", Resource="*")), at=f"{_ONE}.Action"),
        fail(
            "in_any_case",
            _policy(statement(Action=["s3:List*", "IAM:attachROLEpolicy"], Resource="arn:aws:iam::*:role/*")),
            at=f"{_ONE}.Action[1]",
        ),
        fail("by_pattern", _policy(statement(Action="iam:*Polic?", Resource="*")), at=f"{_ONE}.Action"),
        fail("by_half_a_service", _policy(statement(Action="?am:U*", Resource="*")), at=f"{_ONE}.Action"),
        fail(
            "of_all_but_some_actions",
            _policy({"Effect": "Allow", "NotAction": ["s3:*"], "Resource": f"{_ROLE_ARN}*"}),
            at=f"{_ONE}.NotAction",
        ),
        fail(
            "of_all_but_some_roles",
            _policy({"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": f"{_ROLE_ARN}admin"}),
            at=f"{_ONE}.Action",
        ),
        fail(
            "in_two_statements",
            _policy(
                statement(Action="ec2:ModifyInstanceAttribute", Resource="*"),
                statement(Action=["ec2:StopInstances", "ec2:StartInstances"], Resource="*"),
            ),
            at=f"{_TWO}.Action[0]",
        ),
        fail(
            "denied_with_a_hole",
            _policy(
                statement(Action="iam:Put*", Resource="*"),
                statement(
                    Effect="Deny", Action="iam:*", Resource="*", Condition={"Bool": {"aws:ViaAWSService": "true"}}
                ),
            ),
            at=f"{_ONE}.Action",
        ),
        fail(
            "bounded_by_anything",
            _policy(
                statement(
                    Action="iam:PutRolePolicy",
                    Resource="*",
                    Condition={"ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/*"}},
                )
            ),
            at=f"{_ONE}.Action",
        ),
        fail(
            "bounded_if_there_is_a_boundary",
            _policy(
                statement(
                    Action="iam:PutRolePolicy",
                    Resource="*",
                    Condition={"ArnEqualsIfExists": _BOUNDED["ArnEquals"]},
                )
            ),
            at=f"{_ONE}.Action",
        ),
        fail("every_secret", _policy(statement(Action="secretsmanager:Get*", Resource="*")), at=f"{_ONE}.Action"),
        fail(
            "in_a_role",
            Item(type=ROLE, props={"inlinePolicies": [{"policy": document(statement(Action="iam:*", Resource="*"))}]}),
            at="inlinePolicies[0].policy.Statement[0].Action",
        ),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
    NO_SERVICE.id: (
        ok("named_actions", _policy(statement(Action=["s3:Get*", "kms:Decrypt"]))),
        ok("one_kind_of_action", _policy(statement(Action=["ec2:Describe*", "eks-auth:AssumeRoleForPodIdentity"]))),
        fail("whole_service", _policy(statement(Action=["s3:GetObject", "sqs:*"])), at=f"{_ONE}.Action[1]"),
        fail(
            "all_but_some_of_a_bucket",
            _policy({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::web/app"}),
            at=f"{_ONE}.NotAction",
        ),
        fail("nearly_all_of_it", _policy(statement(Action=["sqs:?*e*"])), at=f"{_ONE}.Action[0]"),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
    PASS_ROLE_SCOPED.id: (
        ok("one_role", _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}nodes"))),
        ok("roles_of_a_prefix", _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}eks-*"))),
        ok(
            "denied_again",
            _policy(
                statement(Action="iam:PassRole", Resource="*"),
                statement(Effect="Deny", Action="iam:PassRole", Resource="*"),
            ),
        ),
        ok("all_but_pass_role", _policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        fail("every_role", _policy(statement(Action="iam:PassRole", Resource="*")), at=f"{_ONE}.Resource"),
        fail(
            "every_role_of_an_account",
            _policy(statement(Action="iam:Pass*", Resource=f"{_ROLE_ARN}*")),
            at=f"{_ONE}.Resource",
        ),
        fail(
            "every_role_with_an_end",
            _policy(statement(Action="iam:PassRole", Resource=f"{_ROLE_ARN}*-admin")),
            at=f"{_ONE}.Resource",
        ),
        fail("within_a_wildcard", _policy(statement(Action="iam:P?ss*", Resource="*")), at=f"{_ONE}.Resource"),
        fail(
            "within_all_but_some",
            _policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": f"{_ROLE_ARN}*"}, _NO_IAM_BUT_PASS_ROLE),
            at=f"{_ONE}.Resource",
        ),
        unknown("made_with_it", Item(type=POLICY, props={"policy": UNKNOWN})),
    ),
}
