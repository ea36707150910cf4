"""Policies about a bucket's history: versions of objects, and access logs (AWS-S3, INH-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Stack, Violation, violation
from policies.rules.data.buckets import BUCKETS

VERSIONING: Final = frozenset(
    {"aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"}
)
LOGGING: Final = frozenset({"aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2"})
ENABLED: Final = "Enabled"


def _versioned(stack: Stack) -> Iterator[Violation]:
    settings = Referrers(stack, stack.of(VERSIONING), "bucket")
    for bucket in stack.of(BUCKETS):
        with stack.isolate():
            if bucket.props.along("versioning", "enabled").flag():
                continue
            found = settings.to(bucket, "id", "bucket")
            states = [one.props.along("versioningConfiguration", "status").text() for one in found]
            if ENABLED not in states:
                yield violation("versioning", states[0] if states and states[0] else "nothing", ENABLED, bucket.urn)


VERSIONED = Policy(
    id="bucket-versioned",
    requirement="AWS-S3",
    types=BUCKETS | VERSIONING,
    level=ADVISORY,
    severity=LOW,
    description="What somebody overwrites or deletes in a bucket can be had back.",
    fix="add an aws.s3.BucketVersioning for the bucket with status Enabled",
    stack_rule=_versioned,
)


def _logged(stack: Stack) -> Iterator[Violation]:
    sources = Referrers(stack, stack.of(LOGGING), "bucket")
    targets = Referrers(stack, stack.of(LOGGING), "targetBucket")
    for bucket in stack.of(BUCKETS):
        with stack.isolate():
            bare = bucket.props["logging"].missing
            # A log bucket that logs its own accesses creates an endless loop.
            if bare and not any(one.to(bucket, "id", "bucket") for one in (targets, sources)):
                yield violation("logging", "nothing", "a BucketLogging, in the same stack", bucket.urn)


LOGGED = Policy(
    id="bucket-logged",
    requirement="AWS-S3 INH-1",
    types=BUCKETS | LOGGING,
    level=ADVISORY,
    severity=MEDIUM,
    description="Requests to a bucket are written to another one.",
    fix="add an aws.s3.BucketLogging for the bucket; data events of the trail say the same of named buckets",
    stack_rule=_logged,
)

POLICIES = (VERSIONED, LOGGED)
