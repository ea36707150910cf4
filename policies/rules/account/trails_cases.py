"""Cases of trails.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.account.trails import CLOUDTRAIL, TRAIL

_TRAIL: Final[dict[str, Any]] = {
    "s3BucketName": "trail",
    "isMultiRegionTrail": True,
    "enableLogFileValidation": True,
    "includeGlobalServiceEvents": True,
    "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/0f2c",
}


def _of(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=TRAIL, props=changed(_TRAIL, changes or {}), name="trail")


def _selector(category: str) -> dict[str, Any]:
    return {"fieldSelectors": [{"field": "eventCategory", "equals": [category]}]}


CASES: dict[str, tuple[Case, ...]] = {
    CLOUDTRAIL.id: (
        ok("whole", _of()),
        fail("one_region", _of({"isMultiRegionTrail": OMITTED}), at="isMultiRegionTrail"),
        fail("not_validated", _of({"enableLogFileValidation": False}), at="enableLogFileValidation"),
        fail("without_iam", _of({"includeGlobalServiceEvents": False}), at="includeGlobalServiceEvents"),
        fail("stopped", _of({"enableLogging": False}), at="enableLogging"),
        ok("objects_too", _of({"eventSelectors": [{"readWriteType": "All"}, {"includeManagementEvents": False}]})),
        ok("objects_too_advanced", _of({"advancedEventSelectors": [_selector("Data"), _selector("Management")]})),
        fail("objects_only", _of({"advancedEventSelectors": [_selector("Data")]}), at="advancedEventSelectors"),
        fail("writing_only", _of({"eventSelectors": [{"readWriteType": "WriteOnly"}]}), at="eventSelectors"),
        fail("without_calls", _of({"eventSelectors": [{"includeManagementEvents": False}]}), at="eventSelectors"),
        fail("not_encrypted", _of({"kmsKeyId": OMITTED}), at="kmsKeyId"),
        unknown("key_made_with_it", _of({"kmsKeyId": UNKNOWN})),
    ),
}
