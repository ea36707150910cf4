"""Cases of buckets.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.data.buckets import BUCKET, BUCKET_POLICY, HAS_POLICY, MULTI_REGION, NO_STAR, TLS_ONLY

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
