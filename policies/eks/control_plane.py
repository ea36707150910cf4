"""Policies about the control plane: logs, encryption, versions, protection (INH-1, INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies import clock
from policies.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.eks.forms import CLUSTERS, cluster, encryption, log_types, native, tag
from policies.guidelines.eks import (
    CONTROL_PLANE_LOGS,
    DEFAULT_VERSION,
    SECRETS,
    VERSIONS,
    in_standard_support,
    supported,
)
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
LEAST_RETENTION_DAYS: Final = 30
SHORT_LIVED: Final = frozenset({"dev", "development", "sandbox", "staging", "test"})
"""Environments, by the tag `environment`, that may be deleted without further ado; every other one is production."""


def _all_logs(resource: Resource) -> Iterator[Violation]:
    types, given = log_types(resource)
    if missing := [log for log in CONTROL_PLANE_LOGS if log not in given]:
        yield breach(types, f"no {', '.join(missing)}", ", ".join(CONTROL_PLANE_LOGS))


LOGS = Policy(
    id="all-control-plane-logs",
    requirement="INH-1",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="The control plane writes every log that it can write.",
    fix=f"set enabledClusterLogTypes to {', '.join(CONTROL_PLANE_LOGS)}",
    rule=_all_logs,
)


def _log_group(resource: Resource) -> Iterator[Violation]:
    days, key = resource.props["retentionInDays"], resource.props["kmsKeyId"]
    with resource.apart():
        kept = days.number() or 0
        if kept < LEAST_RETENTION_DAYS:
            said = f"{kept:g} days" if kept else "nothing (kept for ever)"
            yield breach(days, said, f"{LEAST_RETENTION_DAYS} days or more")
    if not key.text():
        yield breach(key, "nothing", "a customer-managed KMS key")


LOG_RETENTION = Policy(
    id="log-group-retention-and-key",
    requirement="INH-1",
    types=frozenset({LOG_GROUP}),
    level=MANDATORY,
    severity=MEDIUM,
    description="Logs are encrypted with a key of ours and kept for a set time.",
    fix="set retentionInDays and kmsKeyId; for a cluster's /aws/eks/NAME/cluster, make the group before the cluster",
    rule=_log_group,
)


def _secrets_key(resource: Resource) -> Iterator[Violation]:
    config = encryption(resource)
    resources = config["resources"]
    if SECRETS not in {one.text() for one in resources.items()}:
        yield breach(resources, "no secrets" if config.present else "nothing", f"[{SECRETS}]")
    key = config.along("provider", "keyArn")
    if not key.text():
        yield breach(key, "nothing", "the ARN of a customer-managed KMS key")


SECRETS_KEY = Policy(
    id="secrets-customer-key",
    requirement="INH-4",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="Kubernetes secrets are encrypted with a customer-managed key.",
    fix="set encryptionConfig to resources [secrets] and a provider.keyArn",
    rule=_secrets_key,
)


def _supported(resource: Resource) -> Iterator[Violation]:
    version = resource.props["version"]
    text = version.text()
    if text is None or not supported(text, clock.today()):
        offered = ", ".join(one for one in VERSIONS if supported(one, clock.today()))
        yield breach(version, text or "nothing (whatever is newest)", f"one of {offered}")


SUPPORTED = Policy(
    id="supported-version",
    requirement="INH-4",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="The cluster runs a named Kubernetes version that AWS still patches.",
    fix=f"set version, such as {DEFAULT_VERSION}; an old cluster goes up one minor at a time",
    rule=_supported,
)


def _standard(resource: Resource) -> Iterator[Violation]:
    support, version = resource.props.along("upgradePolicy", "supportType"), resource.props["version"]
    with resource.apart():
        if support.text() != "STANDARD":
            yield breach(support, support.text() or "nothing (EXTENDED)", "STANDARD")
    text = version.text() or ""
    if text in VERSIONS and not in_standard_support(text, clock.today()):
        yield breach(version, f"{text}, in extended support", "a version in standard support")


STANDARD = Policy(
    id="standard-support",
    requirement="INH-4",
    types=CLUSTERS,
    level=ADVISORY,
    severity=LOW,
    description="The cluster stays in standard support, which is cheaper and gets fixes first.",
    fix=f"set upgradePolicy.supportType to STANDARD and upgrade to {DEFAULT_VERSION}",
    rule=_standard,
)


def _deletion_protection(resource: Resource) -> Iterator[Violation]:
    protection = resource.props["deletionProtection"]
    if not protection.flag() and (tag(resource, "environment") or "").lower() not in SHORT_LIVED:
        yield breach(
            protection,
            "false" if protection.present else "nothing (false)",
            f"true, unless the tag environment is one of {', '.join(sorted(SHORT_LIVED))}",
        )


DELETION_PROTECTION = Policy(
    id="deletion-protection-in-production",
    requirement="INH-4",
    types=CLUSTERS,
    level=MANDATORY,
    severity=MEDIUM,
    description="A cluster in production is not deleted by a mistake.",
    fix="set deletionProtection to true, or tag what may be deleted with its environment",
    rule=_deletion_protection,
)

POLICIES = (LOGS, LOG_RETENTION, SECRETS_KEY, SUPPORTED, STANDARD, DELETION_PROTECTION)

_TYPES, _KEY, _RESOURCES = "enabledClusterLogTypes", "encryptionConfig.provider.keyArn", "encryptionConfig.resources"
_NATIVE_TYPES, _NATIVE_KEY = "logging.clusterLogging.enabledTypes", "encryptionConfig[0].provider.keyArn"
_SUPPORT, _ENVIRONMENT = "upgradePolicy.supportType", "tags.environment"
_KMS = "arn:aws:kms:eu-central-1:123456789012:key/0f2c"


def _group(**props: object) -> Item:
    return Item(type=LOG_GROUP, props={"name": "/aws/eks/palisade/cluster", **props})


CASES: dict[str, tuple[Case, ...]] = {
    LOGS.id: (
        ok("native", native()),
        fail("native_one_log", native({_NATIVE_TYPES: [{"type": "api"}]}), at=_NATIVE_TYPES),
        fail("native_omitted", native({"logging": OMITTED}), at=_NATIVE_TYPES),
        ok("all_five", cluster()),
        fail("logs_omitted", cluster({_TYPES: OMITTED}), at=_TYPES),
        fail("no_audit_log", cluster({_TYPES: ["api", "authenticator", "controllerManager", "scheduler"]}), at=_TYPES),
        unknown("logs_decided_later", cluster({_TYPES: UNKNOWN})),
    ),
    LOG_RETENTION.id: (
        ok("a_year_with_key", _group(retentionInDays=365, kmsKeyId=_KMS)),
        fail("kept_for_ever", _group(kmsKeyId=_KMS), at="retentionInDays"),
        fail("retention_zero", _group(retentionInDays=0, kmsKeyId=_KMS), at="retentionInDays"),
        fail("one_day_and_key_unknown", _group(retentionInDays=1, kmsKeyId=UNKNOWN), at="retentionInDays"),
        fail("no_key", _group(retentionInDays=365), at="kmsKeyId"),
        unknown("key_made_with_it", _group(retentionInDays=365, kmsKeyId=UNKNOWN)),
    ),
    SECRETS_KEY.id: (
        ok("native", native()),
        fail("native_omitted", native({"encryptionConfig": OMITTED}), at=_RESOURCES),
        fail("native_without_key", native({"encryptionConfig.0.provider": OMITTED}), at=_NATIVE_KEY),
        ok("own_key", cluster()),
        fail("encryption_omitted", cluster({"encryptionConfig": OMITTED}), at=_RESOURCES),
        fail("key_omitted", cluster({_KEY: OMITTED}), at=_KEY),
        fail("resources_empty", cluster({_RESOURCES: []}), at=_RESOURCES),
        unknown("key_made_with_it", cluster({_KEY: UNKNOWN})),
    ),
    SUPPORTED.id: (
        fail("native_without_version", native({"version": OMITTED}), at="version"),
        ok("default_version", cluster()),
        ok("extended_support", cluster({"version": "1.33"})),
        fail("version_omitted", cluster({"version": OMITTED}), at="version"),
        fail("out_of_support", cluster({"version": "1.24"}), at="version"),
        fail("never_heard_of", cluster({"version": "latest"}), at="version"),
        unknown("version_decided_later", cluster({"version": UNKNOWN})),
    ),
    STANDARD.id: (
        ok("standard", cluster()),
        fail("extended_by_default", cluster({"upgradePolicy": OMITTED}), at=_SUPPORT),
        fail("version_in_extended_support", cluster({"version": "1.33"}), at="version"),
        unknown("support_decided_later", cluster({_SUPPORT: UNKNOWN})),
    ),
    DELETION_PROTECTION.id: (
        fail("native_unprotected", native({"deletionProtection": False}), at="deletionProtection"),
        ok(
            "native_sandbox",
            native({"deletionProtection": False, "tags": [{"key": "environment", "value": "sandbox"}]}),
        ),
        ok("protected", cluster()),
        ok("sandbox_unprotected", cluster({"deletionProtection": False, _ENVIRONMENT: "sandbox"})),
        fail("production_unprotected", cluster({"deletionProtection": False}), at="deletionProtection"),
        fail(
            "protection_omitted_without_tags",
            cluster({"deletionProtection": OMITTED, "tags": OMITTED}),
            at="deletionProtection",
        ),
        unknown("protection_decided_later", cluster({"deletionProtection": UNKNOWN})),
    ),
}
