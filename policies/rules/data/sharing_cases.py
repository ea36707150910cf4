"""Cases of sharing.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.sharing import (
    EVENT_PERMISSION,
    FUNCTION_URL,
    IMAGES,
    NO_PUBLIC_SHARING,
    PERMISSION,
    PUBLIC_REPOSITORY,
    QUEUE_POLICY,
    SERVERLESS,
    SHARE,
    SNAPSHOT,
    SSM_DOCUMENT,
)

_SEND: Final[dict[str, Any]] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
_AT: Final = "policy.Statement[0].Principal"


def _queue(condition: Any = None, **changes: Any) -> Item:
    said = {**_SEND, **changes, **({"Condition": condition} if condition else {})}
    return Item(type=QUEUE_POLICY, props={"queueUrl": "q", "policy": json.dumps({"Statement": [said]})})


CASES: dict[str, tuple[Case, ...]] = {
    NO_PUBLIC_SHARING.id: (
        ok("named_role", _queue(Principal={"AWS": "arn:aws:iam::123456789012:role/app"})),
        ok("from_one_topic", _queue({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-central-1:123456789012:t"}})),
        ok("function_of_a_bucket", Item(type=PERMISSION, props={"principal": "*", "sourceArn": UNKNOWN})),
        ok("snapshot_of_ours", Item(type=SNAPSHOT, props={"sharedAccounts": ["123456789012"]})),
        fail("everybody", _queue(), at=_AT),
        fail("everybody_over_tls", _queue({"Bool": {"aws:SecureTransport": "true"}}), at=_AT),
        fail("from_any_account", _queue({"StringLike": {"aws:SourceAccount": "*"}}), at=_AT),
        fail("from_all_but_one", _queue({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}), at=_AT),
        fail("only_if_said", _queue({"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}), at=_AT),
        fail("function_for_everybody", Item(type=PERMISSION, props={"principal": "*"}), at="principal"),
        fail(
            "function_on_the_web", Item(type=FUNCTION_URL, props={"authorizationType": "NONE"}), at="authorizationType"
        ),
        fail("snapshot_for_everybody", Item(type=SNAPSHOT, props={"sharedAccounts": ["all"]}), at="sharedAccounts[0]"),
        fail(
            "document_for_everybody",
            Item(type=SSM_DOCUMENT, props={"permissions": {"type": "Share", "account_ids": "123456789012, All"}}),
            at="permissions.account_ids",
        ),
        ok(
            "document_for_one",
            Item(type=SSM_DOCUMENT, props={"permissions": {"type": "Share", "account_ids": "123456789012"}}),
        ),
        ok("for_our_organisation", _queue({"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}})),
        ok("for_a_part_of_it", _queue({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abcde12345/r-1/*"}})),
        ok("from_a_bucket", _queue({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}})),
        ok("through_our_endpoint", _queue({"StringEquals": {"aws:SourceVpce": ["vpce-0a1b2c3d"]}})),
        fail("for_some_organisations", _queue({"StringLike": {"aws:PrincipalOrgID": "o-*"}}), at=_AT),
        fail("for_any_part_of_any", _queue({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/r-1/*"}}), at=_AT),
        fail(
            "where_no_key_is_sent",
            _queue({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-abcde12345/r-1/"}}),
            at=_AT,
        ),
        fail("from_any_account_s_topic", _queue({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:t"}}), at=_AT),
        fail("from_an_account_by_its_end", _queue({"StringLike": {"aws:SourceAccount": "*456789012"}}), at=_AT),
        fail("from_itself", _queue({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}), at=_AT),
        fail("from_every_address", _queue({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), at=_AT),
        fail(
            "from_one_account_or_any",
            _queue({"StringLike": {"aws:SourceAccount": ["123456789012", "*"]}}),
            at=_AT,
        ),
        fail("every_role_of_a_name", _queue(Principal={"AWS": "arn:aws:iam::*:role/app"}), at=f"{_AT}.AWS"),
        *(
            fail(
                f"policy_of_{name}",
                Item(type=type_, props={key: json.dumps({"Statement": [_SEND]})}),
                at=_AT.replace("policy", key, 1),
            )
            for name, type_, key in (
                ("logs", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"),
                ("files", "aws:efs/fileSystemPolicy:FileSystemPolicy", "policy"),
                ("a_search_domain", "aws:opensearch/domain:Domain", "accessPolicies"),
                ("a_glacier_vault", "aws:glacier/vault:Vault", "accessPolicy"),
                ("an_api", "aws:apigateway/restApiPolicy:RestApiPolicy", "policy"),
                ("packages", "aws:codeartifact/domainPermissions:DomainPermissions", "policyDocument"),
                ("the_organisation", "aws:organizations/resourcePolicy:ResourcePolicy", "content"),
            )
        ),
        fail(
            "events_of_everybody",
            Item(
                type=EVENT_PERMISSION,
                props={
                    "principal": "*",
                    "condition": {"key": "aws:PrincipalOrgID", "type": "StringLike", "value": "o-*"},
                },
            ),
            at="principal",
        ),
        ok(
            "events_of_the_organisation",
            Item(
                type=EVENT_PERMISSION,
                props={
                    "principal": "*",
                    "condition": {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-abcde12345"},
                },
            ),
        ),
        fail(
            "function_for_any_source",
            Item(type=PERMISSION, props={"principal": "*", "sourceArn": "arn:aws:s3:::*"}),
            at="principal",
        ),
        fail("shared_outside", Item(type=SHARE, props={"allowExternalPrincipals": True}), at="allowExternalPrincipals"),
        ok("shared_inside", Item(type=SHARE, props={"name": "subnets"})),
        fail(
            "images_for_everybody",
            Item(
                type=IMAGES,
                props={
                    "distributions": [
                        {"amiDistributionConfiguration": {"launchPermission": {"userGroups": ["all"]}}},
                    ]
                },
            ),
            at="distributions[0].amiDistributionConfiguration.launchPermission.userGroups[0]",
        ),
        fail(
            "search_on_the_internet",
            Item(type=SERVERLESS, props={"type": "network", "policy": json.dumps([{"AllowFromPublic": True}])}),
            at="policy[0].AllowFromPublic",
        ),
        fail("public_registry", Item(type=PUBLIC_REPOSITORY, props={"repositoryName": "web"}), at="(resource)"),
        unknown("made_with_it", Item(type=QUEUE_POLICY, props={"policy": UNKNOWN})),
    ),
}
