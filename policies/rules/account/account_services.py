"""Policies about what an account has once: a trail, detection, encryption by default (AWS-TRAIL, AWS-MFA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value

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
        with resource.isolate():
            if not props[name].flag():
                yield violation(props[name], "false" if props[name].present else "nothing (false)", "true")
    for name in ("includeGlobalServiceEvents", "enableLogging"):
        with resource.isolate():
            if not props[name].flag(default=True):
                yield violation(props[name], "false", "true")
    for name, without in (("eventSelectors", _leaves_out), ("advancedEventSelectors", _leaves_out_advanced)):
        with resource.isolate():
            # Several selectors together record what each of them does.
            selectors = props[name].items()
            if selectors and all(without(one) for one in selectors):
                yield violation(props[name], "none of all management events, reading and writing", "one of them")
    if not props["kmsKeyId"].text():
        yield violation(props["kmsKeyId"], "nothing", "a customer-managed KMS key")


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
        with stack.isolate():
            if feature.props["status"].text() == "ENABLED":
                on.add(feature.props["name"].text())
    for detector in stack.of({DETECTOR}):
        with stack.isolate():
            if not detector.props["enable"].flag(default=True):
                yield violation("enable", "false", "true", detector.urn)
            if missing := [name for name in EKS_FEATURES if name not in on]:
                yield violation("features", f"no {', '.join(missing)}", "both, as DetectorFeature", detector.urn)


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
        yield violation("(stack)", found, required, holders[0].urn)


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
        with stack.isolate():
            if not default.props["enabled"].flag(default=True):
                yield violation("enabled", "false", "true", default.urn)
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
