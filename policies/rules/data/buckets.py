"""Policies about bucket policies: no public access, and TLS only (AWS-S3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, CRITICAL, MANDATORY, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.iam import facts
from policies.rules.iam.audience import everybody
from policies.rules.iam.documents import EVERYONE, Statement, covers, held, statements

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
ANY_ACTION: Final = "s3:ProbeAnything"
MULTI_REGION: Final = "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy"
ACCESS_POINT: Final = "aws:s3/accessPoint:AccessPoint"
BUCKETS: Final = frozenset({BUCKET, "aws:s3/bucketV2:BucketV2"})
DOCUMENTS: Final = facts.documents("bucket")


def _no_star(resource: Resource) -> Iterator[Violation]:
    for document in held(resource, DOCUMENTS[resource.type]):
        with resource.isolate():
            for said in statements(resource, document):
                yield from everybody(resource, said, tie=False)


NO_STAR = Policy(
    id="s3-no-star-principal",
    requirement="AWS-S3",
    types=frozenset(DOCUMENTS),
    level=MANDATORY,
    severity=CRITICAL,
    description='No bucket policy allows anything to the Principal "*", whatever its conditions: the guide is strict.',
    fix="name the roles; to publish files, put CloudFront with an origin access control in front",
    rule=_no_star,
)


def _tls_only(resource: Resource) -> Iterator[Violation]:
    document = resource.props["policy"]
    # A bucket may have its policy in another resource; its existence is checked below.
    if resource.type in BUCKETS and document.missing:
        return
    if not any(_denies_plain_text(said) for said in statements(resource, document)):
        yield violation(
            document, "no statement that denies it", "a Deny of s3:* on all, where aws:SecureTransport is false"
        )


def _denies_plain_text(said: Statement) -> bool:
    """Whether a statement denies all requests without TLS, for everybody, without further conditions."""
    everybody = any(name == EVERYONE for _, _, name in said.principals())
    everything = any(covers(action, ANY_ACTION) for _, action in said.entries("action"))
    resources = [name for _, name in said.entries("resource")]
    # The objects, and the bucket, which no pattern with a slash matches.
    everywhere = any(name.endswith("*") for name in resources) and any("/" not in name for name in resources)
    tests = [(operator.removesuffix("ifexists"), key, values) for operator, key, values in said.conditions()]
    plain = tests == [("bool", "aws:securetransport", ["false"])]
    return not said.allows and everybody and everything and everywhere and plain


def _has_policy(stack: Stack) -> Iterator[Violation]:
    policies = Referrers(stack, stack.of({BUCKET_POLICY}), "bucket")
    for bucket in stack.of(BUCKETS):
        with stack.isolate():
            inline = bucket.props["policy"]
            bare = inline.known and (not inline.present or inline.scalar() == "")
            if bare and not policies.to(bucket, "id", "bucket"):
                yield violation(
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
