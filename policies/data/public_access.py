"""Policies about the other ways in which a bucket gets public: access lists, and no public-access block (AWS-S3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.data.buckets import ACCESS_POINT, BUCKET, BUCKETS
from policies.judged import Resource, Stack, Violation, breach
from policies.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.references import Referrers

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
    with resource.apart():
        if acl.scalar() is not None and acl.text() in PUBLIC_ACLS:
            yield breach(acl, f"{acl.text()}", "private")
    for grants in (resource.props["grants"], resource.props.along("accessControlPolicy", "grants")):
        with resource.apart():
            for grant in grants.items():
                uri = grant["uri"] if grant["uri"].present else grant.along("grantee", "uri")
                if (uri.text() or "").endswith(PUBLIC_GROUPS):
                    yield breach(uri, f"{uri.text()}", "a named grantee")


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
        with resource.apart():
            given = block[name]
            # Access points block all four where they say nothing.
            if not given.flag(default=resource.type in POINTS):
                yield breach(given, "false" if given.present else "nothing (false)", "true")


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
        with stack.apart():
            if not blocks.to(bucket, "id", "bucket"):
                yield breach("bucket", "no BucketPublicAccessBlock for it", "one, in the same stack", bucket.urn)


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

_CLOSED: Final[dict[str, Any]] = {**dict.fromkeys(BLOCKS, True)}


def _block(changes: dict[Any, Any] | None = None, type_: str = BLOCK) -> Item:
    named = {} if type_ == ACCOUNT_BLOCK else {"bucket": "b"}
    return Item(type=type_, props={**named, **changed(_CLOSED, changes or {})}, name="block")


CASES: dict[str, tuple[Case, ...]] = {
    NO_PUBLIC_ACL.id: (
        ok("no_list", Item(type=BUCKET, props={"bucket": "b"})),
        ok("private_list", Item(type=BUCKET_ACL, props={"acl": "private"})),
        fail("public_read", Item(type=BUCKET_ACL, props={"acl": "public-read"}), at="acl"),
        fail(
            "granted_to_all_users",
            Item(
                type=BUCKET_ACL,
                props={
                    "accessControlPolicy": {
                        "grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
                    }
                },
            ),
            at="accessControlPolicy.grants[0].grantee.uri",
        ),
        unknown("decided_later", Item(type=BUCKET_ACL, props={"acl": UNKNOWN})),
    ),
    ACCESS_BLOCK.id: (
        ok("all_four", _block()),
        fail("one_of_four_omitted", _block({"ignorePublicAcls": OMITTED}), at="ignorePublicAcls"),
        ok("access_point", Item(type=ACCESS_POINT, props={"bucket": "b"})),
        fail(
            "access_point_without",
            Item(type=ACCESS_POINT, props={"publicAccessBlockConfiguration": {"blockPublicPolicy": False}}),
            at="publicAccessBlockConfiguration.blockPublicPolicy",
        ),
        fail("account_lets_policies", _block({"blockPublicPolicy": False}, ACCOUNT_BLOCK), at="blockPublicPolicy"),
        unknown("decided_later", _block({"blockPublicAcls": UNKNOWN})),
    ),
    BLOCKED.id: (
        ok("block_by_name", Item(type=BUCKET, props={"bucket": "b"}), _block()),
        ok(
            "block_by_dependency",
            Item(type=BUCKET, props={"bucket": UNKNOWN}),
            Item(type=BLOCK, props={"bucket": UNKNOWN}, name="block", depends_on={"bucket": ["it"]}),
        ),
        ok("whole_account", Item(type=BUCKET, props={"bucket": "b"}), _block(type_=ACCOUNT_BLOCK)),
        fail("no_block", Item(type=BUCKET, props={"bucket": "b"}), at="bucket"),
        fail("block_of_another", Item(type=BUCKET, props={"bucket": "c"}), _block(), at="bucket"),
    ),
}
