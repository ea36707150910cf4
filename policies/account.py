"""Policies about what an account has once: a trail, detection, encryption by default (AWS-TRAIL, AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.judged import Resource, Stack, Violation, breach
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.values import Value

TRAIL: Final = "aws:cloudtrail/trail:Trail"
DETECTOR: Final = "aws:guardduty/detector:Detector"
FEATURE: Final = "aws:guardduty/detectorFeature:DetectorFeature"
ANALYZER: Final = "aws:accessanalyzer/analyzer:Analyzer"
EBS_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
EKS_FEATURES: Final = ("EKS_AUDIT_LOGS", "RUNTIME_MONITORING")
OF_ACCOUNT: Final = frozenset({TRAIL, DETECTOR})
"""A stack that makes one of these is the one that sets up the account."""


def _leaves_out(selector: Value) -> bool:
    """Whether a selector leaves out some of the calls that manage an account."""
    kinds = selector["readWriteType"].text() not in (None, "All")
    excluded = bool(selector["excludeManagementEventSources"].items())
    return kinds or excluded or not selector["includeManagementEvents"].flag(default=True)


def _leaves_out_advanced(selector: Value) -> bool:
    fields = {
        one["field"].text(): [each.text() for each in one["equals"].items()]
        for one in selector["fieldSelectors"].items()
    }
    return fields != {"eventCategory": ["Management"]}


def _trail(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    for name in ("isMultiRegionTrail", "enableLogFileValidation"):
        with resource.apart():
            if not props[name].flag():
                yield breach(props[name], "false" if props[name].present else "nothing (false)", "true")
    for name in ("includeGlobalServiceEvents", "enableLogging"):
        with resource.apart():
            if not props[name].flag(default=True):
                yield breach(props[name], "false", "true")
    for name, without in (("eventSelectors", _leaves_out), ("advancedEventSelectors", _leaves_out_advanced)):
        with resource.apart():
            # Several selectors together record what each of them does.
            selectors = props[name].items()
            if selectors and all(without(one) for one in selectors):
                yield breach(props[name], "none of all management events, reading and writing", "one of them")
    if not props["kmsKeyId"].text():
        yield breach(props["kmsKeyId"], "nothing", "a customer-managed KMS key")


CLOUDTRAIL = Policy(
    id="cloudtrail-multiregion-validated-encrypted",
    requirement="AWS-TRAIL",
    types=frozenset({TRAIL}),
    level=MANDATORY,
    severity=HIGH,
    description="The audit trail has every call in every region, proves that nobody changed it, and is encrypted.",
    fix="set isMultiRegionTrail, enableLogFileValidation and kmsKeyId; selectors keep all management events",
    rule=_trail,
)


def _guardduty(stack: Stack) -> Iterator[Violation]:
    on = set()
    for feature in stack.of({FEATURE}):
        with stack.apart():
            if feature.props["status"].text() == "ENABLED":
                on.add(feature.props["name"].text())
    for detector in stack.of({DETECTOR}):
        with stack.apart():
            if not detector.props["enable"].flag(default=True):
                yield breach("enable", "false", "true", detector.urn)
            if missing := [name for name in EKS_FEATURES if name not in on]:
                yield breach("features", f"no {', '.join(missing)}", "both, as DetectorFeature", detector.urn)


GUARDDUTY = Policy(
    id="guardduty-eks-features",
    requirement="INH-3",
    types=frozenset({DETECTOR, FEATURE}),
    level=ADVISORY,
    severity=MEDIUM,
    description="GuardDuty watches the audit logs of clusters, and what runs on their nodes.",
    fix=f"add an aws.guardduty.DetectorFeature with status ENABLED for {' and '.join(EKS_FEATURES)}",
    stack_rule=_guardduty,
)


def _of_account(stack: Stack, needed: str, found: str, required: str) -> Iterator[Violation]:
    holders = stack.of(OF_ACCOUNT)
    if holders and not stack.of({needed}):
        yield breach("(stack)", found, required, holders[0].urn)


def _analyzer(stack: Stack) -> Iterator[Violation]:
    yield from _of_account(stack, ANALYZER, "no Access Analyzer beside the trail", "an analyzer of type ACCOUNT")


ACCESS_ANALYZER = Policy(
    id="access-analyzer",
    requirement="AWS-S3 AWS-MFA",
    types=OF_ACCOUNT | {ANALYZER},
    level=ADVISORY,
    severity=LOW,
    description="The stack that sets up an account has an Access Analyzer, which finds what is open to others.",
    fix="add an aws.accessanalyzer.Analyzer of type ACCOUNT",
    stack_rule=_analyzer,
)


def _ebs_default(stack: Stack) -> Iterator[Violation]:
    for default in stack.of({EBS_DEFAULT}):
        with stack.apart():
            if not default.props["enabled"].flag(default=True):
                yield breach("enabled", "false", "true", default.urn)
    yield from _of_account(stack, EBS_DEFAULT, "no encryption by default beside the trail", "an EncryptionByDefault")


EBS_ENCRYPTION = Policy(
    id="ebs-default-encryption",
    requirement="INH-4",
    types=OF_ACCOUNT | {EBS_DEFAULT},
    level=ADVISORY,
    severity=MEDIUM,
    description="Volumes are encrypted even where nobody says so.",
    fix="add an aws.ebs.EncryptionByDefault with enabled true",
    stack_rule=_ebs_default,
)

POLICIES = (CLOUDTRAIL, GUARDDUTY, ACCESS_ANALYZER, EBS_ENCRYPTION)

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


def _features(*names: str, status: str = "ENABLED") -> tuple[Item, ...]:
    return tuple(
        Item(type=FEATURE, props={"detectorId": "d", "name": name, "status": status}, name=name) for name in names
    )


_DETECTOR: Final = Item(type=DETECTOR, props={"enable": True}, name="detector")
_OFF: Final = Item(type=DETECTOR, props={"enable": False}, name="detector")

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
    GUARDDUTY.id: (
        ok("both_features", _DETECTOR, *_features(*EKS_FEATURES)),
        fail("one_feature", _DETECTOR, *_features(EKS_FEATURES[0]), at="features"),
        fail("features_off", _DETECTOR, *_features(*EKS_FEATURES, status="DISABLED"), at="features"),
        fail("detector_off", _OFF, *_features(*EKS_FEATURES), at="enable"),
    ),
    ACCESS_ANALYZER.id: (
        ok("beside_the_trail", _of(), Item(type=ANALYZER, props={"type": "ACCOUNT"})),
        fail("trail_alone", _of(), at="(stack)"),
    ),
    EBS_ENCRYPTION.id: (
        ok("beside_the_trail", _of(), Item(type=EBS_DEFAULT, props={"enabled": True})),
        fail("trail_alone", _of(), at="(stack)"),
        fail("off", Item(type=EBS_DEFAULT, props={"enabled": False}), at="enabled"),
    ),
}
