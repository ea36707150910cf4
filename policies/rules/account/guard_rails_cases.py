"""Cases of guard_rails.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.account.detection import DETECTOR
from policies.rules.account.ebs_encryption import EBS_DEFAULT
from policies.rules.account.guard_rails import ARCHIVE, GUARDS, ON, SETTING, SHARING

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def _set(type_: str, value: Any) -> Item:
    return Item(type=type_, props={GUARDS[type_].path: value})


def _archived(**criterion: Any) -> Item:
    return Item(type=ARCHIVE, props={"analyzerName": "a", "ruleName": "r", "filters": [criterion]})


def _setting(id_: Any, value: Any) -> Item:
    return Item(type=SETTING, props={"settingId": id_, "settingValue": value})


CASES: dict[str, tuple[Case, ...]] = {
    ON.id: (
        *(ok(type_.removeprefix("aws:"), _set(type_, must.allowed[0])) for type_, must in GUARDS.items()),
        ok("on_by_default", Item(type=ALARM, props={"threshold": 1})),
        ok("named_resource", _archived(criteria="resource", eqs=["arn:aws:s3:::public-website"])),
        fail("encryption_off", _set(EBS_DEFAULT, False), at="enabled"),
        fail("detector_off", _set(DETECTOR, False), at="enable"),
        fail("feature_off", _set("aws:guardduty/detectorFeature:DetectorFeature", "DISABLED"), at="status"),
        fail("findings_archived", _set("aws:guardduty/filter:Filter", "ARCHIVE"), at="action"),
        fail("recorder_off", _set("aws:cfg/recorderStatus:RecorderStatus", False), at="isEnabled"),
        fail(
            "snapshots_shared",
            _set("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "unblocked"),
            at="state",
        ),
        fail("images_shared", _set("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "unblocked"), at="state"),
        fail("alarm_silent", _set(ALARM, False), at="actionsEnabled"),
        fail("every_public_resource", _archived(criteria="isPublic", eqs=["true"]), at="filters"),
        ok("documents_not_shared", _setting(f"arn:aws:ssm:eu-west-1:123456789012:servicesetting{SHARING}", "Disable")),
        fail("documents_shared", _setting(SHARING, "Enable"), at="settingValue"),
        fail("other_setting", _setting("/ssm/managed-instance/activation-tier", "advanced"), at="settingId"),
        unknown("sharing_decided_later", _setting(SHARING, UNKNOWN)),
        unknown("decided_later", _set(DETECTOR, UNKNOWN)),
    ),
}
