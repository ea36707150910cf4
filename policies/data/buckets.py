"""Policies about the policies of buckets: nobody unnamed, and nothing without TLS (AWS-S3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.documents import EVERYONE, Statement, covers, statements
from policies.judged import Resource, Stack, Violation, breach
from policies.policy import ADVISORY, CRITICAL, MANDATORY, MEDIUM, Policy
from policies.references import Referrers

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
ANY_ACTION: Final = "s3:ProbeAnything"
MULTI_REGION: Final = "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy"
ACCESS_POINT: Final = "aws:s3/accessPoint:AccessPoint"
TABLES: Final = frozenset({"aws:s3tables/tableBucketPolicy:TableBucketPolicy", "aws:s3tables/tablePolicy:TablePolicy"})
BUCKETS: Final = frozenset({BUCKET, "aws:s3/bucketV2:BucketV2"})
POLICY_TYPES: Final = BUCKETS | {
    BUCKET_POLICY,
    MULTI_REGION,
    ACCESS_POINT,
    *TABLES,
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
    for said in statements(resource, holder["resourcePolicy" if resource.type in TABLES else "policy"]):
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
    # A bucket may have its policy elsewhere; whether it has one is asked below.
    if resource.type in BUCKETS and document.known and not document.present:
        return
    if not any(_denies_plain_text(said) for said in statements(resource, document)):
        yield breach(
            document, "no statement that denies it", "a Deny of s3:* on all, where aws:SecureTransport is false"
        )


def _denies_plain_text(said: Statement) -> bool:
    """Whether a statement denies everything that comes without TLS, to everybody, on no other condition."""
    everybody = any(name == EVERYONE for _, _, name in said.principals())
    everything = any(covers(action, ANY_ACTION) for _, action in said.entries("action"))
    resources = [name for _, name in said.entries("resource")]
    # The objects, and the bucket, which no pattern with a slash reaches.
    everywhere = any(name.endswith("*") for name in resources) and any("/" not in name for name in resources)
    tests = [(operator.removesuffix("ifexists"), key, values) for operator, key, values in said.conditions()]
    plain = tests == [("bool", "aws:securetransport", ["false"])]
    return not said.allows and everybody and everything and everywhere and plain


def _has_policy(stack: Stack) -> Iterator[Violation]:
    policies = Referrers(stack, stack.of({BUCKET_POLICY}), "bucket")
    for bucket in stack.of(BUCKETS):
        with stack.apart():
            inline = bucket.props["policy"]
            if not policies.to(bucket, "id", "bucket") and inline.known and not inline.text():
                yield breach(
                    "policy", "no BucketPolicy for it: it takes plain HTTP", "one, in the same stack", bucket.urn
                )


TLS_ONLY = Policy(
    id="s3-tls-only",
    requirement="AWS-S3 TLS-CFG",
    types=BUCKETS | {BUCKET_POLICY},
    level=ADVISORY,
    severity=MEDIUM,
    description="A bucket refuses requests without TLS.",
    fix='add {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, BUCKET/*], '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
    rule=_tls_only,
)


HAS_POLICY = Policy(
    id="s3-bucket-has-policy",
    requirement="AWS-S3 TLS-CFG",
    types=BUCKETS | {BUCKET_POLICY},
    level=ADVISORY,
    severity=MEDIUM,
    description="Every bucket has a policy, which alone can refuse requests without TLS.",
    fix="add an aws.s3.BucketPolicy for the bucket, as s3-tls-only describes it",
    stack_rule=_has_policy,
)

POLICIES = (NO_STAR, TLS_ONLY, HAS_POLICY)

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
            "policy_of_tables",
            Item(
                type="aws:s3tables/tableBucketPolicy:TableBucketPolicy",
                props={"resourcePolicy": json.dumps({"Statement": {**_READ, "Principal": "*"}})},
            ),
            at="resourcePolicy.Statement.Principal",
        ),
        fail(
            "hidden_by_another_effect",
            Item(type=BUCKET_POLICY, props={"policy": '{"Statement": {"Effect": "Allow", "effect": "Deny"}}'}),
            at="policy.Statement.effect",
        ),
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
        ok("policy_elsewhere", Item(type=BUCKET, props={"bucket": "b"})),
        ok("denied_as_an_object", Item(type=BUCKET_POLICY, props={"bucket": "b", "policy": {"Statement": _TLS}})),
        ok("denied_by_one_pattern", _bucket({**_TLS, "Principal": "*", "Resource": "arn:aws:s3:::b*"})),
        fail("denied_for_one_action", _bucket({**_TLS, "Action": "s3:DeleteObject"}), at="policy"),
        fail("denied_for_one_object", _bucket({**_TLS, "Resource": "arn:aws:s3:::b/secret"}), at="policy"),
        fail("denied_for_objects_only", _bucket({**_TLS, "Resource": "arn:aws:s3:::b/*"}), at="policy"),
        fail(
            "denied_to_some_addresses",
            _bucket(changed(_TLS, {"Condition.IpAddress": {"aws:SourceIp": "192.0.2.1/32"}})),
            at="policy",
        ),
        fail("of_the_bucket_itself", _bucket({**_READ, "Principal": {"AWS": _ROLE}}, type_=BUCKET), at="policy"),
        unknown("policy_made_with_it", Item(type=BUCKET_POLICY, props={"policy": UNKNOWN})),
    ),
    HAS_POLICY.id: (
        ok("by_name", Item(type=BUCKET, props={"bucket": "b"}, name="bucket"), _bucket(_TLS)),
        ok("inline", _bucket(_TLS, type_=BUCKET)),
        ok(
            "by_dependency",
            Item(type=BUCKET, props={"bucket": UNKNOWN}),
            Item(type=BUCKET_POLICY, props={"bucket": UNKNOWN}, name="policy", depends_on={"bucket": ["it"]}),
        ),
        fail("none", Item(type=BUCKET, props={"bucket": "b"}), at="policy"),
        fail("of_another", Item(type=BUCKET, props={"bucket": "c"}, name="bucket"), _bucket(_TLS), at="policy"),
    ),
}
