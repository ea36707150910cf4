"""CloudTrail: a trail that logs delivers files to its bucket, as AWS does within minutes.

moto starts a trail and never writes. What lies in the bucket then keeps it from being deleted (BucketNotEmpty), and is
locked where the bucket says so.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from sandbox.emulator.call import Call, Operation, now


def start_logging(call: Call) -> None:
    """Deliver the first log file and its digest at once; moto does the rest."""
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


def _bucket(call: Call, name: str) -> Any:
    """The bucket; None where it belongs to another account."""
    return call.moto("s3").buckets.get(name)


OPERATIONS: dict[str, Operation] = {"StartLogging": start_logging}
