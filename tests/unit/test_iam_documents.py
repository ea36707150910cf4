"""Every IAM document that the program writes, read as AWS would read it (AWS-MFA, AWS-S3, AWS-TRAIL)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from sandbox.providers.mocks import Registered, Run
from tests.needs.matrix import run_of
from tests.support.aws.iam_documents import Document, as_list, faults
from tests.support.program.whole_program import made

ACCOUNT = "123456789012"
LIMITS = {"trust": 2048, "identity": 5120, "key": 32768, "endpoint": 20480, "bucket": 20480, "topic": 30720}
"""Characters that AWS takes without white space; for identities the least of role (10240) and group (5120)."""
KINDS = {"vpcEndpoint": "endpoint", "key": "key", "bucketPolicy": "bucket", "topicPolicy": "topic"}
WILDCARDS = {
    ("key", "kms:*"): "the account's own statement: without it IAM's policies would not hold for the key",
    ("key", "kms:GenerateDataKey*"): "of one key, by one service, as AWS documents it",
    ("key", "kms:ReEncrypt*"): "of one key, by one service, as AWS documents it",
    ("endpoint", "*"): "an endpoint grants nothing: it lets through what the caller's own policies allow",
    ("endpoint", "s3:*"): "as above",
}
"""Kind of document and action -> why a wildcard is allowed there."""

WITHOUT_SOURCE = {
    "ec2.amazonaws.com": "an instance profile is given to instances of its own account only",
    "cloudtrail.amazonaws.com": "its role for CloudWatch Logs supports neither aws:SourceArn nor aws:SourceAccount",
}
"""Service -> why a role that it takes has no condition: with one it could not take it."""


def documents(run: Run) -> Iterator[Document]:
    for resource in run.resources:
        if resource.type.startswith("aws:"):
            yield from found_in(resource, resource.inputs, "")


def found_in(resource: Registered, value: Any, path: str) -> Iterator[Document]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from found_in(resource, item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from found_in(resource, item, f"{path}[{index}]")
    elif isinstance(value, str) and '"Statement"' in value:
        kind = "trust" if path == ".assumeRolePolicy" else KINDS.get(resource.type.rsplit("/")[-1].split(":")[0])
        yield Document(where=f"{resource.type}::{resource.name}{path}", kind=kind or "identity", text=value)


@pytest.fixture(scope="module")
def all_documents() -> list[Document]:
    return list(documents(made()))


def told(documents: list[Document], *kinds: str) -> list[Document]:
    chosen = [each for each in documents if each.kind in kinds]
    assert chosen
    return chosen


def test_the_documents_of_every_kind_are_found(all_documents: list[Document]) -> None:
    assert {each.kind for each in all_documents} == {*KINDS.values(), "trust", "identity"}
    assert len(all_documents) >= 40


def test_aws_s_reference_knows_every_action_resource_and_condition(all_documents: list[Document]) -> None:
    assert {each.where: wrong for each in all_documents if (wrong := faults(each))} == {}


def test_iam_s_own_grammar_takes_what_is_attached(all_documents: list[Document]) -> None:
    for each in told(all_documents, "identity"):
        IAMPolicyDocumentValidator(each.text).validate()


def test_no_document_is_longer_than_aws_takes(all_documents: list[Document]) -> None:
    for each in all_documents:
        assert len(json.dumps(json.loads(each.text), separators=(",", ":"))) <= LIMITS[each.kind], each.where


def test_a_wildcard_in_what_is_allowed_is_a_listed_one(all_documents: list[Document]) -> None:
    used = {
        (each.kind, action)
        for each in all_documents
        for statement in each.statements
        if statement["Effect"] == "Allow"
        for action in as_list(statement.get("Action", "NotAction"))
        if "*" in action or action == "NotAction"
    }
    assert used == WILDCARDS.keys()


def test_what_is_open_to_everybody_only_denies_or_stands_at_an_endpoint(all_documents: list[Document]) -> None:
    for each in all_documents:
        for statement in each.statements:
            principal = statement.get("Principal")
            if principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS", []))):
                assert statement["Effect"] == "Deny" or each.kind == "endpoint", each.where


def test_a_role_is_lent_to_one_service_and_for_this_account_only(all_documents: list[Document]) -> None:
    for each in told(all_documents, "trust"):
        for statement in each.statements:
            (service,) = as_list(statement["Principal"]["Service"])
            assert statement["Principal"].keys() == {"Service"}, each.where
            assert {*as_list(statement["Action"])} <= {"sts:AssumeRole", "sts:TagSession"}, each.where
            if service in WITHOUT_SOURCE:
                assert "Condition" not in statement, each.where
            else:
                assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT, each.where


def test_a_service_that_uses_a_key_a_bucket_or_a_topic_does_so_for_this_account(all_documents: list[Document]) -> None:
    for each in told(all_documents, "key", "bucket", "topic"):
        for statement in each.statements:
            if "Service" in statement["Principal"] and statement.get("Sid") != "Findings":
                assert ACCOUNT in json.dumps(statement["Condition"]), f"{each.where} {statement.get('Sid')}"


def test_events_reach_the_topic_because_nothing_is_asked_that_eventbridge_does_not_say(
    all_documents: list[Document],
) -> None:
    """It gives SNS no context at all, and the key neither source account nor source."""
    (topic,) = told(all_documents, "topic")
    events = {"Service": "events.amazonaws.com"}
    (publish,) = [each for each in topic.statements if each["Principal"] == events]
    assert publish.keys() == {"Sid", "Effect", "Principal", "Action", "Resource"}
    (use,) = [one for each in told(all_documents, "key") for one in each.statements if one["Principal"] == events]
    (topics,) = use["Condition"]["ArnLike"].values()
    assert use["Condition"]["ArnLike"].keys() == {"kms:EncryptionContext:aws:sns:topicArn"}
    assert fnmatchcase(publish["Resource"], topics)


WRONG = {
    "s3:GetObjects is no action": {"Action": "s3:GetObjects", "Resource": "*"},
    "s3:GetObject acts on none": {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"},
    "is of no kind that the actions act on": {
        "Action": "s3:ListBucket",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
    },
    "could name key, but is allowed on *": {"Action": "kms:Decrypt", "Resource": "*"},
    "DescribeKey never has kms:EncryptionContext:x": {
        "Action": "kms:DescribeKey",
        "Resource": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1",
        "Condition": {"StringEquals": {"kms:EncryptionContext:x": "y"}},
    },
    "GetObject never has aws:SourceAcount": {
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
        "Condition": {"StringEquals": {"aws:SourceAcount": ACCOUNT}},
    },
    "StringEqual is no operator": {
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
        "Condition": {"StringEqual": {"aws:SourceVpc": "vpc-1"}},
    },
    "sns:Publish acts on none": {"Action": "sns:Publish", "Resource": "arn:aws:sns:eu-central-1::topic"},
    "a principal stands": {"Action": "s3:ListAllMyBuckets", "Resource": "*", "Principal": "*"},
    "Conditions is no element": {"Action": "s3:ListAllMyBuckets", "Resource": "*", "Conditions": {}},
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_the_check_sees_what_is_wrong(words: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **WRONG[words]}]})
    assert [fault for fault in faults(Document(where="here", kind="identity", text=text)) if words in fault]


def test_the_invented_aws_of_the_needs_gets_the_same_resources() -> None:
    """`tests/needs/` evaluates runs on it, because they take a third of the time."""
    assert {(one.type, one.name) for one in run_of("default").resources} == {
        (one.type, one.name) for one in made().resources
    }
