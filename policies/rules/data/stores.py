"""Policies about keys, databases and image registries (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, MEDIUM, REMEDIATE, Policy
from policies.kernel.remediation import Change
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.data.buckets import stars
from policies.rules.iam.documents import statements

KEY: Final = "aws:kms/key:Key"
KEYS: Final = frozenset(
    {
        KEY,
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    }
)
SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
YEAR: Final = 365
"""What KMS takes where nothing is said."""
CALLER: Final = "kms:calleraccount"
INSTANCE: Final = "aws:rds/instance:Instance"
DB_CLUSTER: Final = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
WAREHOUSE: Final = "aws:redshift/cluster:Cluster"
GRAPH: Final = "aws:neptunegraph/graph:Graph"
DATABASES: Final = {
    INSTANCE: "storageEncrypted",
    DB_CLUSTER: "storageEncrypted",
    "aws:rds/globalCluster:GlobalCluster": "storageEncrypted",
    "aws:docdb/cluster:Cluster": "storageEncrypted",
    "aws:docdb/globalCluster:GlobalCluster": "storageEncrypted",
    "aws:neptune/cluster:Cluster": "storageEncrypted",
    "aws:neptune/globalCluster:GlobalCluster": "storageEncrypted",
    WAREHOUSE: "encrypted",
}
"""What may be plain -> what it calls encryption; a warehouse is encrypted where nothing is said."""
REACHED: Final = frozenset(
    {
        CLUSTER_INSTANCE,
        GRAPH,
        "aws:neptune/clusterInstance:ClusterInstance",
        "aws:redshiftserverless/workgroup:Workgroup",
        "aws:dms/replicationInstance:ReplicationInstance",
        "aws:lightsail/database:Database",
    }
)
"""What is encrypted anyway, or as its cluster is, and may have a public address."""
SOURCES: Final = {
    INSTANCE: "replicateSourceDb",
    "aws:rds/globalCluster:GlobalCluster": "sourceDbClusterIdentifier",
    "aws:docdb/globalCluster:GlobalCluster": "sourceDbClusterIdentifier",
    "aws:neptune/globalCluster:GlobalCluster": "sourceDbClusterIdentifier",
}
"""Where one names another, and is encrypted as that is."""
REPOSITORY: Final = "aws:ecr/repository:Repository"
TEMPLATE: Final = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
IMMUTABLE: Final = frozenset({"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"})


def _must(value: Value, default: bool = False) -> Iterator[Violation]:
    if not value.flag(default):
        yield violation(value, "false" if value.present else "nothing (false)", "true")


def _rotated(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    # KMS rotates neither asymmetric keys nor keys of other stores.
    if props["customerMasterKeySpec"].text() not in (None, SYMMETRIC) or props["customKeyStoreId"].text():
        return
    with resource.isolate():
        yield from _must(props["enableKeyRotation"])
    period = props["rotationPeriodInDays"]
    if (period.number() or YEAR) > YEAR:
        yield violation(period, f"{period.text()} days", f"{YEAR} days at most")


def _rotate(resource: Resource) -> list[Change]:
    right = {"enableKeyRotation": True, "rotationPeriodInDays": YEAR}
    return [((one.path,), right[one.path]) for one in _rotated(resource)]


ROTATION = Policy(
    id="kms-rotation",
    requirement="INH-4",
    types=frozenset({KEY}),
    level=REMEDIATE,
    severity=MEDIUM,
    description="Keys that KMS can rotate are rotated every year.",
    fix=f"set enableKeyRotation to true, and rotationPeriodInDays to {YEAR} or less",
    rule=_rotated,
    remedy=_rotate,
)


def _no_star(resource: Resource) -> Iterator[Violation]:
    for said in statements(resource, resource.props["policy"]):
        with resource.isolate():
            # AWS's own pattern for its services: everybody, but of one account, and through one service.
            tied = any(
                operator == "stringequals" and key == CALLER and values and all(value.isdecimal() for value in values)
                for operator, key, values in said.conditions()
            )
            if said.allows and not tied:
                yield from stars(resource, said)


KEY_NO_STAR = Policy(
    id="kms-no-star-principal",
    requirement="INH-4",
    types=KEYS,
    level=MANDATORY,
    severity=CRITICAL,
    description='No key policy allows anything to the Principal "*", unless tied to one account by kms:CallerAccount.',
    fix="name the account, roles and services that use the key",
    rule=_no_star,
)


def _database(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    with resource.isolate():
        public = props["publicConnectivity" if resource.type == GRAPH else "publiclyAccessible"]
        if public.flag():
            yield violation(public, "true", "false")
    # A replica in the same region is encrypted as its source is, and so is a global cluster that is made from one.
    source = props[SOURCES.get(resource.type, "")]
    if resource.type in DATABASES and source.known and not source.present:
        yield from _must(props[DATABASES[resource.type]], default=resource.type == WAREHOUSE)


DATABASE = Policy(
    id="rds-private-encrypted",
    requirement="INH-4",
    types=REACHED | DATABASES.keys(),
    level=MANDATORY,
    severity=CRITICAL,
    description="Databases are encrypted, and have no public address.",
    fix="set storageEncrypted to true (with kmsKeyId) and publiclyAccessible to false",
    rule=_database,
)


def _registry(resource: Resource) -> Iterator[Violation]:
    mutability = resource.props["imageTagMutability"]
    with resource.isolate():
        if mutability.text() not in IMMUTABLE:
            yield violation(mutability, mutability.text() or "nothing (MUTABLE)", "IMMUTABLE")
    for excluded in resource.props["imageTagMutabilityExclusionFilters"].items():
        with resource.isolate():
            if not (excluded["filter"].text() or "").strip("*"):
                yield violation(excluded["filter"], "every tag excluded", "the beginning of some, such as dev-*")
    # What a template makes is scanned as the registry says.
    if resource.type == REPOSITORY:
        yield from _must(resource.props.along("imageScanningConfiguration", "scanOnPush"))


REGISTRY = Policy(
    id="ecr-immutable-scanned",
    requirement="INH-4",
    types=frozenset({REPOSITORY, TEMPLATE}),
    level=MANDATORY,
    severity=MEDIUM,
    description="What an image's tag names never changes, and every image is scanned.",
    fix="set imageTagMutability to IMMUTABLE and imageScanningConfiguration.scanOnPush to true",
    rule=_registry,
)

POLICIES = (ROTATION, KEY_NO_STAR, DATABASE, REGISTRY)
