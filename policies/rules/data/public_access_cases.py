"""Cases of public_access.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.data.buckets import ACCESS_POINT, BUCKET
from policies.rules.data.public_access import (
    ACCESS_BLOCK,
    ACCOUNT_BLOCK,
    BLOCK,
    BLOCKED,
    BLOCKS,
    BUCKET_ACL,
    NO_PUBLIC_ACL,
)

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
