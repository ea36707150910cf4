"""Cases of control_plane.py."""

from __future__ import annotations

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.control_plane import (
    DELETION_PROTECTION,
    LOG_GROUP,
    LOG_RETENTION,
    LOGS,
    SECRETS_KEY,
    STANDARD,
    SUPPORTED,
)
from policies.rules.eks.resources import cluster, native

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
