"""Attacks on the guard rails themselves."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.account.guard_rails import ARCHIVE
from policies.rules.rbac.guard_rails_cases import BINDING, MUTATING, NAMESPACE, POLICY, SECRET, VALIDATING
from tests.adversary.attack import Attack

ACCOUNT, CLUSTER = "guard-rails-on", "cluster-guard-rails-kept"


def _attack(name: str, why: str, type_: str, blocked_by: str, /, **props: Any) -> Attack:
    return Attack(
        name=name, requirement="INH-4", why=why, items=(Item(type=type_, props=props),), blocked_by=blocked_by
    )


def _off(name: str, why: str, type_: str, /, **props: Any) -> Attack:
    return _attack(name, why, type_, ACCOUNT, **props)


def _hook(name: str, why: str, type_: str, **webhook: Any) -> Attack:
    service = {"service": {"name": "w", "namespace": "shop"}}
    return _attack(name, why, type_, CLUSTER, webhooks=[{"name": "a.example.org", "clientConfig": service, **webhook}])


_ALL: Final = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
_OURS: Final = {"name": "palisade-images"}

ATTACKS: Final = (
    _off(
        "encryption_of_new_volumes_off",
        "New volumes are plain.",
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        enabled=False,
    ),
    _off("detector_off", "GuardDuty sees nothing.", "aws:guardduty/detector:Detector", enable="false"),
    _off(
        "runtime_monitoring_off",
        "Nobody watches the nodes.",
        "aws:guardduty/detectorFeature:DetectorFeature",
        detectorId="d",
        name="RUNTIME_MONITORING",
        status="DISABLED",
    ),
    _off(
        "findings_archived_by_a_filter",
        "Nobody is told.",
        "aws:guardduty/filter:Filter",
        detectorId="d",
        action="ARCHIVE",
        rank=1,
    ),
    _off(
        "findings_archived_by_a_rule",
        "What is public is hidden.",
        ARCHIVE,
        analyzerName="a",
        filters=[{"criteria": "isPublic", "eqs": ["true"]}],
    ),
    _off("recorder_stopped", "Changes are not recorded.", "aws:cfg/recorderStatus:RecorderStatus", isEnabled=False),
    _off(
        "snapshots_unblocked",
        "Snapshots can be shared with everybody.",
        "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        state="unblocked",
    ),
    _off(
        "documents_shared",
        "Documents of Systems Manager can be shared with everybody.",
        "aws:ssm/serviceSetting:ServiceSetting",
        settingId="/ssm/documents/console/public-sharing-permission",
        settingValue="Enable",
    ),
    _off(
        "images_unblocked",
        "Images can be shared with everybody.",
        "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
        state="unblocked",
    ),
    _off(
        "alarm_without_actions",
        "The alarm tells nobody.",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        actionsEnabled=False,
    ),
    _attack(
        "rule_of_ours_patched",
        "Another stack opens the rule.",
        f"{POLICY}Patch",
        CLUSTER,
        metadata=_OURS,
        spec={"failurePolicy": "Ignore"},
    ),
    _attack(
        "binding_of_ours_patched",
        "The rule only warns.",
        f"{BINDING}Patch",
        CLUSTER,
        metadata=_OURS,
        spec={"validationActions": ["Warn"]},
    ),
    _attack(
        "webhook_of_others_patched",
        "The webhook leaves the attacker's namespace alone.",
        f"{VALIDATING}Patch",
        CLUSTER,
        metadata=_OURS,
    ),
    _hook("webhook_that_reads_everything", "The API server shows it every Secret.", MUTATING, rules=[_ALL]),
    _hook(
        "webhook_outside",
        "What is written goes out of the cluster.",
        VALIDATING,
        clientConfig={"url": "https://x.example.org"},
    ),
    _attack(
        "namespace_without_gatekeeper",
        "Its rules do not hold there.",
        NAMESPACE,
        CLUSTER,
        metadata={"name": "n", "labels": {"admission.gatekeeper.sh/ignore": "yes"}},
    ),
    _attack(
        "token_without_end",
        "The token of any account, for ever.",
        SECRET,
        "no-lasting-token",
        metadata={"name": "t"},
        type="kubernetes.io/service-account-token",
    ),
)
