"""Policies about GuardDuty and IAM Access Analyzer (INH-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.resource import Stack, Violation, violation
from policies.rules.account.trails import TRAIL

DETECTOR: Final = "aws:guardduty/detector:Detector"
FEATURE: Final = "aws:guardduty/detectorFeature:DetectorFeature"
ANALYZER: Final = "aws:accessanalyzer/analyzer:Analyzer"
EKS_FEATURES: Final = ("EKS_AUDIT_LOGS", "RUNTIME_MONITORING")
OF_ACCOUNT: Final = frozenset({TRAIL, DETECTOR})
"""A stack that makes one of these is the one that sets up the account."""


def _guardduty(stack: Stack) -> Iterator[Violation]:
    on = set()
    for feature in stack.of({FEATURE}):
        with stack.isolate():
            if feature.props["status"].text() == "ENABLED":
                on.add(feature.props["name"].text())
    missing = [name for name in EKS_FEATURES if name not in on]
    for detector in stack.of({DETECTOR}) if missing else ():
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

POLICIES = (GUARDDUTY, ACCESS_ANALYZER)
