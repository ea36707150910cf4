"""Policies about the policies of buckets: nobody unnamed, and nothing without TLS (AWS-S3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.documents import EVERYONE, Statement, statements
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, CRITICAL, MANDATORY, MEDIUM, Policy

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
MULTI_REGION: Final = "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy"
BUCKETS: Final = frozenset({BUCKET, "aws:s3/bucketV2:BucketV2"})
POLICY_TYPES: Final = BUCKETS | {
    BUCKET_POLICY,
    MULTI_REGION,
    "aws:s3/accessPoint:AccessPoint",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aws:s3control/bucketPolicy:BucketPolicy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
}


def stars(resource: Resource, said: Statement) -> Iterator[Violation]:
    """Where a statement allows something to everybody."""
    required = "the ARNs of those who need it"
    with resource.apart():
        if said.get("notprincipal").present:
            yield breach(said.get("notprincipal"), "everybody but some", required)
    for value, kind, name in said.principals():
        if EVERYONE in name:
            yield breach(value, f'"{EVERYONE}"' if kind == EVERYONE else f'{kind} "{name}"', required)


def _no_star(resource: Resource) -> Iterator[Violation]:
    holder = resource.props["details"] if resource.type == MULTI_REGION else resource.props
    for said in statements(resource, holder["policy"]):
        with resource.apart():
            if said.allows:
                yield from stars(resource, said)


NO_STAR = Policy(
    id="s3-no-star-principal",
    requirement="AWS-S3",
    types=POLICY_TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description='No bucket policy allows anything to the Principal "*", whatever its conditions.',
    fix="name the roles; to publish files, put CloudFront with an origin access control in front",
    rule=_no_star,
)


def _tls_only(resource: Resource) -> Iterator[Violation]:
    document = resource.props["policy"]
    for said in statements(resource, document):
        if said.allows or not any(name == EVERYONE for _, _, name in said.principals()):
            continue
        for operator, key, values in said.conditions():
            if operator == "bool" and key == "aws:securetransport" and values == ["false"]:
                return
    yield breach(document, "no statement that denies it", "a Deny of s3:* where aws:SecureTransport is false")


TLS_ONLY = Policy(
    id="s3-tls-only",
    requirement="AWS-S3 TLS-CFG",
    types=frozenset({BUCKET_POLICY}),
    level=ADVISORY,
    severity=MEDIUM,
    description="A bucket refuses requests without TLS.",
    fix='add {"Effect": "Deny", "Principal": "*", "Action": "s3:*", '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
    rule=_tls_only,
)


POLICIES = (NO_STAR, TLS_ONLY)

_TLS: Final[dict[str, Any]] = {
    "Sid": "NothingWithoutTls",
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_READ: Final = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
_ROLE: Final = "arn:aws:iam::123456789012:role/app"
_OURS: Final = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def _bucket(*said: dict[str, Any], type_: str = BUCKET_POLICY) -> Item:
    return Item(type=type_, props={"bucket": "b", "policy": json.dumps({"Statement": list(said)})})


_AT = "policy.Statement[0].Principal"

CASES: dict[str, tuple[Case, ...]] = {
    NO_STAR.id: (
        ok("named_role", _bucket({**_READ, "Principal": {"AWS": _ROLE}})),
        ok("denied_to_everybody", _bucket(_TLS)),
        ok("bucket_without_policy", Item(type=BUCKET, props={"bucket": "b"})),
        fail("everybody", _bucket({**_READ, "Principal": "*"}), at=_AT),
        fail("everybody_of_aws", _bucket({**_READ, "Principal": {"AWS": [_ROLE, "*"]}}), at=f"{_AT}.AWS[1]"),
        fail("everybody_on_a_condition", _bucket({**_READ, "Principal": "*", "Condition": _OURS}), at=_AT),
        fail(
            "everybody_but_some",
            _bucket({**_READ, "NotPrincipal": {"AWS": _ROLE}}),
            at="policy.Statement[0].NotPrincipal",
        ),
        fail("policy_of_the_bucket_itself", _bucket({**_READ, "Principal": "*"}, type_=BUCKET), at=_AT),
        fail(
            "repeated_key",
            Item(type=BUCKET_POLICY, props={"policy": '{"Statement": [], "Statement": []}'}),
            at="policy",
        ),
        fail(
            "multi_region_access_point",
            Item(
                type=MULTI_REGION, props={"details": {"policy": json.dumps({"Statement": {**_READ, "Principal": "*"}})}}
            ),
            at="details.policy.Statement.Principal",
        ),
        unknown("policy_made_with_it", Item(type=BUCKET_POLICY, props={"policy": UNKNOWN})),
    ),
    TLS_ONLY.id: (
        ok("denied_without_tls", _bucket(_TLS)),
        fail("nothing_denied", _bucket({**_READ, "Principal": {"AWS": _ROLE}}), at="policy"),
        fail(
            "condition_the_wrong_way_round",
            _bucket(changed(_TLS, {"Condition.Bool": {"aws:SecureTransport": "true"}})),
            at="policy",
        ),
        unknown("policy_made_with_it", Item(type=BUCKET_POLICY, props={"policy": UNKNOWN})),
    ),
}
