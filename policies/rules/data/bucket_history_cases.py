"""Cases of bucket_history.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import Case, Item, fail, ok
from policies.rules.data.bucket_history import ENABLED, LOGGED, VERSIONED
from policies.rules.data.buckets import BUCKET


def _bucket(name: str = "uploads", **props: Any) -> Item:
    return Item(type=BUCKET, props={"bucket": name, **props}, name=name)


def _versioning(status: str = ENABLED) -> Item:
    props = {"bucket": "uploads", "versioningConfiguration": {"status": status}}
    return Item(type="aws:s3/bucketVersioning:BucketVersioning", props=props, name="versioning")


_LOGGING = Item(
    type="aws:s3/bucketLogging:BucketLogging",
    props={"bucket": "uploads", "targetBucket": "logs", "targetPrefix": "uploads/"},
    name="logging",
)

CASES: dict[str, tuple[Case, ...]] = {
    VERSIONED.id: (
        ok("by_a_resource", _bucket(), _versioning()),
        ok("inline", _bucket(versioning={"enabled": True})),
        fail("nothing", _bucket(), at="versioning"),
        fail("suspended", _bucket(), _versioning("Suspended"), at="versioning"),
        fail("of_another", _bucket("other"), _versioning(), at="versioning"),
    ),
    LOGGED.id: (
        ok("to_another", _bucket(), _bucket("logs"), _LOGGING),
        ok("inline", _bucket(logging={"targetBucket": "logs"})),
        fail("nothing", _bucket(), at="logging"),
        fail("of_another", _bucket("other"), _LOGGING, at="logging"),
    ),
}
