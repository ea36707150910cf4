"""Cases of log_buckets.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.account.log_buckets import KEPT, LIFECYCLE
from policies.rules.account.trails import TRAIL
from policies.rules.data.buckets import BUCKET, BUCKET_POLICY
from policies.rules.network.vpcs import FLOW_LOG

_DAYS: Final = "rules[0].expiration.days"
_TRAIL: Final = Item(type=TRAIL, name="trail", props={"s3BucketName": "logs"})
_FLOW_LOG: Final = Item(type=FLOW_LOG, name="flows", props={"logDestination": "arn:aws:s3:::logs"})


def bucket(**more: Any) -> Item:
    """An existing bucket."""
    return Item(type=BUCKET, name="bucket", props={"id": "logs", "bucket": "logs", "arn": "arn:aws:s3:::logs", **more})


def lifecycle(expiration: Any, status: str = "Enabled", **more: Any) -> Item:
    """A lifecycle rule of the bucket."""
    rules = [{"id": "old", "status": status, "expiration": expiration}]
    return Item(type=LIFECYCLE, props={"bucket": "logs", "rules": rules}, **more)


def written_by(service: str) -> Item:
    """A policy that lets a service write into the bucket."""
    said = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject", "Resource": "arn:*"}
    return Item(type=BUCKET_POLICY, name="policy", props={"bucket": "logs", "policy": json.dumps({"Statement": said})})


CASES: dict[str, tuple[Case, ...]] = {
    KEPT.id: (
        ok("kept_for_a_year", bucket(), _TRAIL, lifecycle({"days": 365})),
        ok("no_expiration", bucket(), _TRAIL, lifecycle(None)),
        ok("switched_off", bucket(), _TRAIL, lifecycle({"days": 1}, status="Disabled")),
        ok("bucket_of_something_else", bucket(), lifecycle({"days": 1})),
        ok("service_that_writes_no_logs", bucket(), written_by("cloudfront.amazonaws.com"), lifecycle({"days": 1})),
        ok("as_configured", bucket(), _TRAIL, lifecycle({"days": 14}), settings={"days": 14}),
        fail("trail's", bucket(), _TRAIL, lifecycle({"days": 1}), at=_DAYS),
        fail("on_a_day", bucket(), _TRAIL, lifecycle({"date": "2026-12-01"}), at="rules[0].expiration.date"),
        fail("flow_log's", bucket(), _FLOW_LOG, lifecycle({"days": 7}), at=_DAYS),
        fail(
            "inline",
            bucket(lifecycleRules=[{"enabled": True, "expiration": {"days": 1}}]),
            _TRAIL,
            at="lifecycleRules[0].expiration.days",
        ),
        fail("service_of_logs", bucket(), written_by("cloudtrail.amazonaws.com"), lifecycle({"days": 1}), at=_DAYS),
        fail("bucket_of_another_stack", lifecycle({"days": 1}), at=_DAYS),
        fail(
            "made_with_it",
            Item(type=BUCKET, name="bucket", props={}),
            Item(type=TRAIL, name="trail", props={"s3BucketName": UNKNOWN}, depends_on={"s3BucketName": ["bucket"]}),
            Item(
                type=LIFECYCLE,
                props={"bucket": UNKNOWN, "rules": [{"status": "Enabled", "expiration": {"days": 1}}]},
                depends_on={"bucket": ["bucket"]},
            ),
            at=_DAYS,
        ),
        unknown("decided_later", bucket(), _TRAIL, lifecycle({"days": UNKNOWN})),
    ),
}
