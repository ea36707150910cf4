"""A policy about the account's guard rails: no stack disables them (INH-3, INH-4).

Deletions are not covered: policies do not evaluate deleted resources. Our own account's guard rails are retained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.account.detection import DETECTOR, FEATURE
from policies.rules.account.ebs_encryption import EBS_DEFAULT
from policies.rules.services.settings import Setting

ARCHIVE: Final = "aws:accessanalyzer/archiveRule:ArchiveRule"
RESOURCE: Final = "resource"
"""The criterion that ties a rule of Access Analyzer to named resources."""
_ON: Final = ("enabled",)
_MEMBERS: Final = ("all", "new")
_LOCKOUT: Final = Setting("bypassPolicyLockoutSafetyCheck", ("false",), "false")
GUARDS: Final[Mapping[str, Setting]] = {
    EBS_DEFAULT: Setting("enabled", ("true",), "true"),
    DETECTOR: Setting("enable", ("true",), "true"),
    FEATURE: Setting("status", _ON, "disabled"),
    "aws:cfg/recorderStatus:RecorderStatus": Setting("isEnabled", ("true",), "false"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Setting("actionsEnabled", ("true",), "true"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Setting("actionsEnabled", ("true",), "true"),
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": Setting(
        "state", ("block-all-sharing",), "unblocked"
    ),
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": Setting("state", ("block-new-sharing",), "unblocked"),
    "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": Setting(
        "internetGatewayBlockMode", ("block-bidirectional", "block-ingress"), "off"
    ),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _LOCKOUT,
    "aws:guardduty/filter:Filter": Setting("action", ("noop",), "archive"),
    "aws:guardduty/memberDetectorFeature:MemberDetectorFeature": Setting("status", _ON, "disabled"),
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": Setting(
        "autoEnableOrganizationMembers", _MEMBERS, "none"
    ),
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": Setting(
        "autoEnable", _MEMBERS, "none"
    ),
    "aws:inspector2/filter:Filter": Setting("action", ("none",), "suppress"),
    "aws:kms/externalKey:ExternalKey": _LOCKOUT,
    "aws:kms/key:Key": _LOCKOUT,
    "aws:kms/replicaExternalKey:ReplicaExternalKey": _LOCKOUT,
    "aws:kms/replicaKey:ReplicaKey": _LOCKOUT,
    "aws:macie2/account:Account": Setting("status", _ON, "enabled"),
    "aws:macie2/organizationConfiguration:OrganizationConfiguration": Setting("autoEnable", ("true",), "false"),
    "aws:securityhub/standardsControl:StandardsControl": Setting("controlStatus", _ON, "disabled"),
    "aws:securityhub/standardsControlAssociation:StandardsControlAssociation": Setting(
        "associationStatus", _ON, "disabled"
    ),
}
"""Type -> the property by which it holds; the values are those of the services' API references (2026-11-28)."""


SETTING: Final = "aws:ssm/serviceSetting:ServiceSetting"
SHARING: Final = "/ssm/documents/console/public-sharing-permission"
"""The one setting of Systems Manager that a stack may have: documents are not shared with everybody."""


def _setting(resource: Resource) -> Iterator[Violation]:
    id_, value = resource.props["settingId"], resource.props["settingValue"]
    if not (id_.text() or "").endswith(SHARING):
        yield violation(id_, id_.text() or "nothing", f"{SHARING}: other settings are decided for the account")
    elif (value.text() or "").lower() != "disable":
        yield violation(value, value.text() or "nothing", "Disable")


def _hides(resource: Resource) -> Iterator[Violation]:
    filters = resource.props["filters"]
    named = [one for one in filters.items() if one["criteria"].text() == RESOURCE and one["eqs"].items()]
    if not named:
        yield violation(filters, "findings of any resource", f"a filter whose criteria is {RESOURCE}, with eqs")


CHECKS: Final[Mapping[str, Callable[[Resource], Iterator[Violation]]]] = {ARCHIVE: _hides, SETTING: _setting}


def _on(resource: Resource) -> Iterator[Violation]:
    check = CHECKS.get(resource.type)
    yield from check(resource) if check else GUARDS[resource.type].judge(resource.props)


ON = Policy(
    id="guard-rails-on",
    requirement="INH-3 INH-4",
    types=frozenset({*CHECKS, *GUARDS}),
    level=MANDATORY,
    severity=HIGH,
    description="A stack switches no guard rail, detection or alarm of the account off, and hides no findings.",
    fix="leave it on; what must be off is decided for the account, with an exemption",
    rule=_on,
)

POLICIES = (ON,)
