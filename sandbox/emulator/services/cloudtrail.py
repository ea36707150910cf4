"""CloudTrail: event selectors; an active trail delivers files to its bucket, as AWS does within minutes.

moto starts a trail and never writes. The delivered files then prevent the deletion of the bucket (BucketNotEmpty), and
are locked if the bucket has a lock.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from sandbox.emulator.call import Call, Operation, now
from sandbox.emulator.errors import AwsError


def start_logging(call: Call) -> None:
    """Deliver the first log file and its digest at once; moto handles the request."""
    trail = call.moto("cloudtrail").get_trail(call["Name"])
    bucket = _bucket(call, trail.bucket_name)
    if bucket is None:
        return
    time = now()
    prefix = f"{trail.s3_key_prefix}/" if getattr(trail, "s3_key_prefix", None) else ""
    for kind, stem in (("CloudTrail", "CloudTrail"), ("CloudTrail-Digest", "CloudTrail-Digest")):
        name = f"{call.account}_{stem}_{call.region}_{time:%Y%m%dT%H%MZ}_{call.id[:16]}.json.gz"
        call.moto("s3").put_object(
            bucket.name,
            f"{prefix}AWSLogs/{call.account}/{kind}/{call.region}/{time:%Y/%m/%d}/{name}",
            gzip.compress(json.dumps({"Records": []}).encode()),
            encryption="aws:kms" if trail.kms_key_id else None,
            kms_key_id=trail.kms_key_id,
            lock_mode=bucket.default_lock_mode if bucket.has_default_lock else None,
            lock_until=bucket.default_retention() if bucket.has_default_lock else None,
        )


DEFAULT_SELECTOR = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""What a trail has that was never told (CloudTrail API Reference, GetEventSelectors; read 2026-11-28)."""
FIELDS = {
    "Management": frozenset({"eventCategory", "eventSource", "readOnly"}),
    "Data": frozenset({"eventCategory", "eventName", "readOnly", "resources.ARN", "resources.type"}),
}
"""Fields that a selector of a category may have (API Reference, AdvancedFieldSelector; read 2026-11-28)."""


def put_event_selectors(call: Call) -> None:
    """Refuse advanced selectors that CloudTrail refuses; moto stores valid ones."""
    for selector in call.get("AdvancedEventSelectors") or []:
        fields = {field["Field"]: field for field in selector["FieldSelectors"]}
        category = (fields.get("eventCategory", {}).get("Equals") or [None])[0]
        if category not in FIELDS:
            raise _invalid("a selector needs eventCategory, which equals Management or Data")
        if unknown := fields.keys() - FIELDS[category]:
            raise _invalid(f"{sorted(unknown)} are no fields of {category} events")
        if category == "Data" and len(fields.get("resources.type", {}).get("Equals") or []) != 1:
            raise _invalid("data events need resources.type, which equals one type")


def get_event_selectors(call: Call) -> dict[str, Any]:
    """A trail's selectors; by default a trail records management events."""
    trail = call.moto("cloudtrail").get_trail(call["TrailName"])
    plain, advanced = trail.get_event_selectors()
    if advanced and not plain:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": advanced}
    return {"TrailARN": trail.arn, "EventSelectors": plain or [DEFAULT_SELECTOR]}


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidEventSelectorsException", f"Invalid event selectors: {what}.")


def _bucket(call: Call, name: str) -> Any:
    """The bucket; None if it belongs to another account."""
    return call.moto("s3").buckets.get(name)


OPERATIONS: dict[str, Operation] = {
    "GetEventSelectors": get_event_selectors,
    "PutEventSelectors": put_event_selectors,
    "StartLogging": start_logging,
}
