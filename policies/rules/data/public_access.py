"""Policies about other kinds of public buckets: ACLs, and a missing public-access block (AWS-S3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.data.buckets import ACCESS_POINT, BUCKETS

BUCKET_ACL: Final = "aws:s3/bucketAcl:BucketAcl"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
POINTS: Final = {
    ACCESS_POINT: ("publicAccessBlockConfiguration",),
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": ("details", "publicAccessBlock"),
}
"""Access points -> where they have a block of their own."""
ACL_TYPES: Final = BUCKETS | {
    BUCKET_ACL,
    "aws:s3/bucketAclV2:BucketAclV2",
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
}
PUBLIC_ACLS: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
PUBLIC_GROUPS: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")
BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _no_public_acl(resource: Resource) -> Iterator[Violation]:
    acl = resource.props["acl"]
    with resource.isolate():
        if acl.scalar() is not None and acl.text() in PUBLIC_ACLS:
            yield violation(acl, f"{acl.text()}", "private")
    for grants in (resource.props["grants"], resource.props.along("accessControlPolicy", "grants")):
        with resource.isolate():
            for grant in grants.items():
                uri = grant["uri"] if grant["uri"].present else grant.along("grantee", "uri")
                if (uri.text() or "").endswith(PUBLIC_GROUPS):
                    yield violation(uri, f"{uri.text()}", "a named grantee")


NO_PUBLIC_ACL = Policy(
    id="s3-no-public-acl",
    requirement="AWS-S3",
    types=ACL_TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No access list opens a bucket or an object to everybody.",
    fix="leave acl out, and set the bucket's ownership to BucketOwnerEnforced, which ends access lists",
    rule=_no_public_acl,
)


def _access_block(resource: Resource) -> Iterator[Violation]:
    block = resource.props.along(*POINTS.get(resource.type, ()))
    for name in BLOCKS:
        with resource.isolate():
            given = block[name]
            # Access points block all four by default.
            if not given.flag(default=resource.type in POINTS):
                yield violation(given, "false" if given.present else "nothing (false)", "true")


ACCESS_BLOCK = Policy(
    id="s3-public-access-block",
    requirement="AWS-S3",
    types=frozenset({BLOCK, ACCOUNT_BLOCK, *POINTS}),
    level=MANDATORY,
    severity=HIGH,
    description="A public-access block blocks all four ways of making a bucket public.",
    fix=f"set {', '.join(BLOCKS)} to true",
    rule=_access_block,
)


def _blocked(stack: Stack) -> Iterator[Violation]:
    blocks = Referrers(stack, stack.of({BLOCK}), "bucket")
    if stack.of({ACCOUNT_BLOCK}):
        return
    for bucket in stack.of(BUCKETS):
        with stack.isolate():
            if not blocks.to(bucket, "id", "bucket"):
                yield violation("bucket", "no BucketPublicAccessBlock for it", "one, in the same stack", bucket.urn)


BLOCKED = Policy(
    id="s3-bucket-has-access-block",
    requirement="AWS-S3",
    types=BUCKETS | {BLOCK, ACCOUNT_BLOCK},
    level=MANDATORY,
    severity=HIGH,
    description="Every bucket has a public-access block of its own, or the stack blocks the whole account.",
    fix="add an aws.s3.BucketPublicAccessBlock for the bucket",
    stack_rule=_blocked,
)

POLICIES = (NO_PUBLIC_ACL, ACCESS_BLOCK, BLOCKED)
