"""A policy about the account's guard rails: no stack disables them (INH-3, INH-4).

Deletions are not covered: policies do not evaluate deleted resources. Our own account's guard rails are retained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.account.detection import DETECTOR, FEATURE
from policies.rules.account.ebs_encryption import EBS_DEFAULT
from policies.rules.network.ways_in import Must, says

ARCHIVE: Final = "aws:accessanalyzer/archiveRule:ArchiveRule"
RESOURCE: Final = "resource"
"""The criterion that ties a rule of Access Analyzer to named resources."""
_ON: Final = ("enabled",)
_MEMBERS: Final = ("all", "new")
_LOCKOUT: Final = Must("bypassPolicyLockoutSafetyCheck", ("false",), "false")
GUARDS: Final[Mapping[str, Must]] = {
    EBS_DEFAULT: Must("enabled", ("true",), "true"),
    DETECTOR: Must("enable", ("true",), "true"),
    FEATURE: Must("status", _ON, "disabled"),
    "aws:cfg/recorderStatus:RecorderStatus": Must("isEnabled", ("true",), "false"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Must("actionsEnabled", ("true",), "true"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Must("actionsEnabled", ("true",), "true"),
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": Must("state", ("block-all-sharing",), "unblocked"),
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": Must("state", ("block-new-sharing",), "unblocked"),
    "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": Must(
        "internetGatewayBlockMode", ("block-bidirectional", "block-ingress"), "off"
    ),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _LOCKOUT,
    "aws:guardduty/filter:Filter": Must("action", ("noop",), "archive"),
    "aws:guardduty/memberDetectorFeature:MemberDetectorFeature": Must("status", _ON, "disabled"),
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": Must(
        "autoEnableOrganizationMembers", _MEMBERS, "none"
    ),
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": Must(
        "autoEnable", _MEMBERS, "none"
    ),
    "aws:inspector2/filter:Filter": Must("action", ("none",), "suppress"),
    "aws:kms/externalKey:ExternalKey": _LOCKOUT,
    "aws:kms/key:Key": _LOCKOUT,
    "aws:kms/replicaExternalKey:ReplicaExternalKey": _LOCKOUT,
    "aws:kms/replicaKey:ReplicaKey": _LOCKOUT,
    "aws:macie2/account:Account": Must("status", _ON, "enabled"),
    "aws:macie2/organizationConfiguration:OrganizationConfiguration": Must("autoEnable", ("true",), "false"),
    "aws:securityhub/standardsControl:StandardsControl": Must("controlStatus", _ON, "disabled"),
    "aws:securityhub/standardsControlAssociation:StandardsControlAssociation": Must(
        "associationStatus", _ON, "disabled"
    ),
}
"""Type -> the property by which it holds; the values are those of the services' API references (2026-11-28)."""


SETTING: Final = "aws:ssm/serviceSetting:ServiceSetting"
SHARING: Final = "/ssm/documents/console/public-sharing-permission"
"""The one setting of Systems Manager that a stack may have: documents are not shared with everybody."""


def _on(resource: Resource) -> Iterator[Violation]:
    if resource.type == ARCHIVE:
        yield from _hides(resource)
        return
    if resource.type == SETTING:
        yield from _setting(resource)
        return
    must = GUARDS[resource.type]
    yield from says(resource.props[must.path], must)


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


ON = Policy(
    id="guard-rails-on",
    requirement="INH-3 INH-4",
    types=frozenset({ARCHIVE, SETTING, *GUARDS}),
    level=MANDATORY,
    severity=HIGH,
    description="A stack switches no guard rail, detection or alarm of the account off, and hides no findings.",
    fix="leave it on; what must be off is decided for the account, with an exemption",
    rule=_on,
)

POLICIES = (ON,)
