"""The evaluator of IAM policies, by AWS's documented examples and by properties."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs.conditions import UnknownOperatorError, holds
from tests.needs.iam import ANONYMOUS, Policies, Policy, Principal, Request, evaluate

ACCOUNT = "123456789012"
ROLE = Principal(kind="AWS", name=f"arn:aws:iam::{ACCOUNT}:role/r", account=ACCOUNT)
USER = Principal(kind="AWS", name=f"arn:aws:iam::{ACCOUNT}:user/u", account=ACCOUNT)
BUCKET = "arn:aws:s3:::bucket"


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.parse("policy", {"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def allowed(
    policies: Policies,
    action: str = "s3:GetObject",
    resource: str = f"{BUCKET}/key",
    principal: Principal = ROLE,
    **context: Any,
) -> bool:
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return evaluate(Request(principal=principal, action=action, resource=resource, context=keys), policies).allowed


class TestIdentityPolicies:
    def test_nothing_is_allowed_by_default(self) -> None:
        assert not allowed(Policies())

    def test_an_explicit_deny_wins_wherever_it_is(self) -> None:
        assert allowed(Policies(identity=[policy(allow())]))
        assert not allowed(Policies(identity=[policy(allow(), deny("s3:Get*"))]))
        assert not allowed(Policies(identity=[policy(allow())], resource=[policy({**deny(), "Principal": "*"})]))

    def test_actions_have_no_case_and_resources_do(self) -> None:
        identity = [policy(allow("S3:getobject", f"{BUCKET}/Key"))]
        assert allowed(Policies(identity=identity), resource=f"{BUCKET}/Key")
        assert not allowed(Policies(identity=identity), resource=f"{BUCKET}/key")

    def test_wildcards_stand_for_any_text_and_any_letter(self) -> None:
        assert allowed(Policies(identity=[policy(allow("s3:Get*", "arn:aws:s3:::b?cket/*"))]), resource=f"{BUCKET}/a/b")
        assert not allowed(Policies(identity=[policy(allow("s3:Put*"))]))
        assert not allowed(Policies(identity=[policy(allow("s3:GetObjec"))]))

    def test_not_action_and_not_resource_are_everything_else(self) -> None:
        others = policy({"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{BUCKET}/secret/*"})
        assert allowed(Policies(identity=[others]))
        assert not allowed(Policies(identity=[others]), action="iam:GetUser")
        assert not allowed(Policies(identity=[others]), resource=f"{BUCKET}/secret/key")

    def test_a_variable_without_a_value_matches_nothing(self) -> None:
        own = policy(allow("s3:*", f"{BUCKET}/${{aws:username}}/*"))
        assert allowed(Policies(identity=[own]), resource=f"{BUCKET}/ada/x", aws__username="ada")
        assert not allowed(Policies(identity=[own]), resource=f"{BUCKET}/grace/x", aws__username="ada")
        assert not allowed(Policies(identity=[own]), resource=f"{BUCKET}//x")
        # A person who is called * does not get everybody's folder.
        assert not allowed(Policies(identity=[own]), resource=f"{BUCKET}/grace/x", aws__username="*")

    def test_a_variable_may_have_a_default(self) -> None:
        own = policy(allow("s3:*", f"{BUCKET}/${{aws:PrincipalTag/team, 'company'}}/*"))
        assert allowed(Policies(identity=[own]), resource=f"{BUCKET}/company/x")


class TestBoundaries:
    """IAM User Guide, "Permissions boundaries for IAM entities"."""

    def test_both_have_to_allow(self) -> None:
        identity = [policy(allow("*"))]
        assert allowed(Policies(identity=identity, boundary=policy(allow("s3:*"))))
        assert not allowed(Policies(identity=identity, boundary=policy(allow("ec2:*"))))
        assert not allowed(Policies(boundary=policy(allow("s3:*"))))

    @pytest.mark.parametrize(("who", "passes"), [(USER, True), (ROLE, False)])
    def test_a_resource_s_policy_that_names_a_user_passes_the_boundary(self, who: Principal, passes: bool) -> None:
        own = policy({**allow("s3:*"), "Principal": {"AWS": who.name}})
        assert allowed(Policies(resource=[own]), principal=who)
        assert allowed(Policies(resource=[own], boundary=policy(allow("ec2:*"))), principal=who) is passes


class TestResourcePolicies:
    def test_naming_the_account_delegates_to_its_policies(self) -> None:
        own = policy({**allow("s3:*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
        assert not allowed(Policies(resource=[own]))
        assert allowed(Policies(resource=[own], identity=[policy(allow())]))

    def test_a_key_s_policy_has_to_admit_the_account_first(self) -> None:
        identity = [policy(allow("kms:*"))]
        closed = policy({**allow("kms:*"), "Principal": {"Service": "logs.amazonaws.com"}})
        opened = policy({**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
        assert not allowed(Policies(identity=identity, resource=[closed], resource_decides=True), action="kms:Decrypt")
        assert allowed(Policies(identity=identity, resource=[opened], resource_decides=True), action="kms:Decrypt")

    def test_a_service_needs_to_be_named(self) -> None:
        trail = Principal(kind="Service", name="cloudtrail.amazonaws.com")
        own = policy({**allow("s3:*"), "Principal": {"Service": "cloudtrail.amazonaws.com"}})
        assert allowed(Policies(resource=[own]), principal=trail)
        assert not allowed(Policies(resource=[own]), principal=Principal(kind="Service", name="logs.amazonaws.com"))

    def test_nobody_in_particular_passes_an_endpoint_only_where_it_lets_everybody(self) -> None:
        public = policy({**allow("s3:GetObject"), "Principal": "*"})
        ours = policy(
            {**allow("*"), "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
        )
        assert allowed(Policies(resource=[public], endpoint=public), principal=ANONYMOUS)
        assert not allowed(Policies(resource=[public], endpoint=ours), principal=ANONYMOUS)


class TestConditions:
    @pytest.mark.parametrize(
        ("block", "value", "expected"),
        [
            ({"StringEquals": {"k": ["a", "b"]}}, "b", True),
            ({"StringEquals": {"k": "a*"}}, "ab", False),
            ({"StringLike": {"k": "a*"}}, "ab", True),
            ({"StringNotEquals": {"k": ["a", "b"]}}, "b", False),
            ({"StringNotEquals": {"k": ["a", "b"]}}, "c", True),
            ({"StringEqualsIgnoreCase": {"K": "A"}}, "a", True),
            ({"NumericLessThanEquals": {"k": "10"}}, 10, True),
            ({"DateGreaterThan": {"k": "2026-01-01T00:00:00Z"}}, "2026-11-28T00:00:00Z", True),
            ({"Bool": {"k": "true"}}, True, True),
            ({"IpAddress": {"k": "203.0.113.0/24"}}, "203.0.113.7", True),
            ({"NotIpAddress": {"k": "203.0.113.0/24"}}, "203.0.113.7", False),
            ({"ArnLike": {"k": "arn:aws:sns:*:1:t*"}}, "arn:aws:sns:eu-central-1:1:topic", True),
            ({"ArnLike": {"k": "arn:aws:*:topic"}}, "arn:aws:sns:eu-central-1:1:topic", False),
            ({"ArnEquals": {"k": "arn:aws:sns:*:1:topic"}}, "arn:aws:sns:eu-central-1:1:topic", True),
            ({"Null": {"k": "false"}}, "x", True),
            ({"Null": {"k": "true"}}, "x", False),
        ],
    )  # fmt: skip
    def test_operators(self, block: dict[str, Any], value: Any, expected: bool) -> None:
        assert holds(block, {"k": value}) is expected

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [
            ("StringEquals", False),
            ("StringEqualsIfExists", True),
            ("StringNotEquals", True),
            ("BoolIfExists", True),
            ("ForAllValues:StringEquals", True),
            ("ForAnyValue:StringEquals", False),
        ],
    )
    def test_a_key_that_the_request_does_not_have(self, operator: str, expected: bool) -> None:
        assert holds({operator: {"k": "a"}}, {}) is expected

    def test_a_missing_key_is_null(self) -> None:
        assert holds({"Null": {"k": "true"}}, {})

    @pytest.mark.parametrize(
        ("operator", "values", "expected"),
        [
            ("ForAllValues:StringEquals", ["a", "b"], True),
            ("ForAllValues:StringEquals", ["a", "c"], False),
            ("ForAnyValue:StringEquals", ["a", "c"], True),
            ("ForAnyValue:StringEquals", ["c"], False),
            ("ForAllValues:StringNotEquals", ["c"], True),
            ("ForAllValues:StringNotEquals", ["a", "c"], False),
            ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ],
    )
    def test_keys_with_several_values(self, operator: str, values: list[str], expected: bool) -> None:
        assert holds({operator: {"k": ["a", "b"]}}, {"k": values}) is expected

    @pytest.mark.parametrize("operator", ["StringEqual", "ForSomeValues:StringEquals", "Null:StringEquals"])
    def test_an_operator_that_does_not_exist_is_refused(self, operator: str) -> None:
        with pytest.raises(UnknownOperatorError):
            holds({operator: {"k": "a"}}, {"k": "a"})

    def test_all_keys_and_operators_have_to_hold(self) -> None:
        block = {"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}}
        assert holds(block, {"a": "1", "b": "2", "c": True})
        assert not holds(block, {"a": "1", "b": "3", "c": True})
        assert not holds(block, {"a": "1", "b": "2"})


ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "ec2:RunInstances"])
RESOURCES = st.sampled_from([f"{BUCKET}/key", BUCKET, "arn:aws:kms:eu-central-1:123456789012:key/1"])
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: {"Effect": effect, "Action": action, "Resource": resource, **condition},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["*", "s3:*", "s3:Get*", "kms:Decrypt"]),
    st.sampled_from(["*", f"{BUCKET}/*", BUCKET]),
    st.sampled_from([{}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
)
POLICIES = st.lists(st.lists(STATEMENTS, min_size=1, max_size=4).map(lambda all_: policy(*all_)), max_size=3)


def decided(policies: Policies, action: str, resource: str, secure: bool) -> bool:
    context = {"aws:SecureTransport": secure}
    return evaluate(Request(principal=ROLE, action=action, resource=resource, context=context), policies).allowed


@given(POLICIES, STATEMENTS, ACTIONS, RESOURCES, st.booleans())
def test_a_further_deny_never_allows_and_a_further_allow_never_denies(
    identity: list[Policy], statement: dict[str, Any], action: str, resource: str, secure: bool
) -> None:
    before = decided(Policies(identity=identity), action, resource, secure)
    after = decided(Policies(identity=[*identity, policy(statement)]), action, resource, secure)
    if statement["Effect"] == "Deny":
        assert before or not after
    else:
        assert after or not before


@given(POLICIES, POLICIES, ACTIONS, RESOURCES, st.booleans())
def test_a_boundary_or_an_endpoint_only_takes_away(
    identity: list[Policy], limits: list[Policy], action: str, resource: str, secure: bool
) -> None:
    whole = decided(Policies(identity=identity), action, resource, secure)
    for limit in limits:
        assert whole or not decided(Policies(identity=identity, boundary=limit), action, resource, secure)
        assert whole or not decided(Policies(identity=identity, endpoint=limit), action, resource, secure)


@given(POLICIES, ACTIONS, RESOURCES, st.booleans())
def test_the_order_and_the_form_of_statements_do_not_matter(
    identity: list[Policy], action: str, resource: str, secure: bool
) -> None:
    turned = [Policy.parse(one.where, json.dumps({"Statement": one.statements[::-1]})) for one in identity[::-1]]
    wanted = decided(Policies(identity=identity), action, resource, secure)
    assert decided(Policies(identity=turned), action, resource, secure) is wanted
    lists = [
        policy(*({**one, "Action": [one["Action"]], "Resource": [one["Resource"]]} for one in each.statements))
        for each in identity
    ]
    assert decided(Policies(identity=lists), action, resource, secure) is wanted
