"""A policy about log buckets: no lifecycle rule deletes the files of a trail too early (AWS-TRAIL)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.account.trails import TRAIL
from policies.rules.data.bucket_history import LOGGING
from policies.rules.data.buckets import BUCKET_POLICY, BUCKETS
from policies.rules.eks.control_plane import LEAST_RETENTION_DAYS
from policies.rules.iam.documents import statements
from policies.rules.network.vpcs import FLOW_LOG

LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LIFECYCLES: Final = frozenset({LIFECYCLE, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"})
WRITERS: Final = {
    TRAIL: "s3BucketName",
    FLOW_LOG: "logDestination",
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3BucketName",
    **dict.fromkeys(LOGGING, "targetBucket"),
}
"""Type -> its property that names the bucket into which AWS writes logs."""
SERVICES: Final = re.compile(r"(?:cloudtrail|config|delivery\.logs|logging\.s3)\.amazonaws\.com(?:\.cn)?")
"""The services that write them."""


def _holds_logs(stack: Stack, buckets: list[Resource]) -> frozenset[str]:
    """The URNs of the buckets that receive logs, or whose policy lets an AWS service write."""
    found = set[str]()
    writers = [Referrers(stack, stack.of({type_}), name) for type_, name in WRITERS.items()]
    policies = Referrers(stack, stack.of({BUCKET_POLICY}), "bucket")
    for bucket in buckets:
        with stack.isolate():
            written = any(one.to(bucket, "id", "bucket", "arn") for one in writers)
            holders = [bucket, *policies.to(bucket, "id", "bucket")]
            if written or any(_lets_write(stack, holder) for holder in holders):
                found.add(bucket.urn)
    return frozenset(found)


def _lets_write(stack: Stack, holder: Resource) -> bool:
    document = holder.props["policy"]
    if not document.known:
        return False
    said = [one for one in statements(holder, document) if one.allows]
    stack.unknown += holder.unknown
    return any(SERVICES.fullmatch(name) for one in said for _, _, name in one.principals())


def _rules(holder: Resource) -> Iterator[Value]:
    """The enabled rules."""
    if holder.type in LIFECYCLES:
        yield from (one for one in holder.props["rules"].items() if one["status"].text() != "Disabled")
    else:
        yield from (one for one in holder.props["lifecycleRules"].items() if one["enabled"].flag())


def _early(holder: Resource, days: float) -> Iterator[Violation]:
    for rule in _rules(holder):
        expiration = rule["expiration"]
        given = expiration["days"].number()
        required = f"at least {days:.0f} days, or no expiration"
        if given and given < days:
            yield violation(expiration["days"], f"{given:.0f} days", required, holder.urn)
        if expiration["date"].text():
            yield violation(expiration["date"], f"everything on {expiration['date'].text()}", required, holder.urn)


def _kept(stack: Stack) -> Iterator[Violation]:
    buckets = stack.of(BUCKETS)
    logs = _holds_logs(stack, buckets)
    days = stack.settings["days"].number() or 0
    by_lifecycle = Referrers(stack, stack.of(LIFECYCLES), "bucket")
    of_this_stack = set[str]()
    for bucket in buckets:
        with stack.isolate():
            holders = by_lifecycle.to(bucket, "id", "bucket")
            of_this_stack.update(holder.urn for holder in holders)
            if bucket.urn in logs:
                yield from stack.each([bucket, *holders], lambda holder: _early(holder, days))
    # The content of another stack's bucket is unknown here.
    outside = (one for one in stack.of(LIFECYCLES) if one.urn not in of_this_stack and one.props["bucket"].known)
    yield from stack.each(outside, lambda holder: _early(holder, days))


KEPT = Policy(
    id="log-bucket-keeps-logs",
    requirement="AWS-TRAIL",
    types=frozenset({BUCKET_POLICY, *BUCKETS, *LIFECYCLES, *WRITERS}),
    level=MANDATORY,
    severity=HIGH,
    description="No lifecycle rule deletes the logs of a trail, a VPC or a bucket early.",
    fix="raise expiration.days, or have the rule act on buckets of this stack that hold no logs",
    stack_rule=_kept,
    settings={
        "days": {
            "type": "number",
            "minimum": 1,
            "default": LEAST_RETENTION_DAYS,
            "description": "Days for which logs are kept at least.",
        }
    },
)

POLICIES = (KEPT,)
