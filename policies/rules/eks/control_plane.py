"""Policies about the control plane: logs, encryption, versions, protection (INH-1, INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.eks import (
    CONTROL_PLANE_LOGS,
    DEFAULT_VERSION,
    SECRETS,
    VERSIONS,
    in_standard_support,
    supported,
)
from policies.kernel import clock
from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.eks.resources import CLUSTERS, encryption, log_types, tag

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
LEAST_RETENTION_DAYS: Final = 30
SHORT_LIVED: Final = frozenset({"dev", "development", "sandbox", "staging", "test"})
"""Environments, by the tag `environment`, that may be deleted without further ado; every other one is production."""


def _all_logs(resource: Resource) -> Iterator[Violation]:
    types, given = log_types(resource)
    if missing := [log for log in CONTROL_PLANE_LOGS if log not in given]:
        yield violation(types, f"no {', '.join(missing)}", ", ".join(CONTROL_PLANE_LOGS))


LOGS = Policy(
    id="all-control-plane-logs",
    requirement="INH-1",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="The control plane writes every log that it can write.",
    fix=f"enable the log types {', '.join(CONTROL_PLANE_LOGS)}",
    rule=_all_logs,
)


def _log_group(resource: Resource) -> Iterator[Violation]:
    days, key = resource.props["retentionInDays"], resource.props["kmsKeyId"]
    with resource.isolate():
        kept = days.number() or 0
        if kept < LEAST_RETENTION_DAYS:
            said = f"{kept:g} days" if kept else "nothing (kept for ever)"
            yield violation(days, said, f"{LEAST_RETENTION_DAYS} days or more")
    if not key.text():
        yield violation(key, "nothing", "a customer-managed KMS key")


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
        yield violation(resources, "no secrets" if config.present else "nothing", f"[{SECRETS}]")
    key = config.along("provider", "keyArn")
    if not key.text():
        yield violation(key, "nothing", "the ARN of a customer-managed KMS key")


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
        yield violation(version, text or "nothing (whatever is newest)", f"one of {offered}")


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
    with resource.isolate():
        if support.text() != "STANDARD":
            yield violation(support, support.text() or "nothing (EXTENDED)", "STANDARD")
    text = version.text() or ""
    if text in VERSIONS and not in_standard_support(text, clock.today()):
        yield violation(version, f"{text}, in extended support", "a version in standard support")


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
        yield violation(
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
