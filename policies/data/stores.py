"""Policies about keys, databases and image registries (INH-4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.data.buckets import stars
from policies.documents import statements
from policies.judged import Resource, Violation, breach
from policies.policy import CRITICAL, MANDATORY, MEDIUM, REMEDIATE, Policy
from policies.remedies import Change
from policies.values import Value

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
        yield breach(value, "false" if value.present else "nothing (false)", "true")


def _rotated(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    # KMS rotates neither asymmetric keys nor keys of other stores.
    if props["customerMasterKeySpec"].text() not in (None, SYMMETRIC) or props["customKeyStoreId"].text():
        return
    with resource.apart():
        yield from _must(props["enableKeyRotation"])
    period = props["rotationPeriodInDays"]
    if (period.number() or YEAR) > YEAR:
        yield breach(period, f"{period.text()} days", f"{YEAR} days at most")


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
        with resource.apart():
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
    with resource.apart():
        public = props["publicConnectivity" if resource.type == GRAPH else "publiclyAccessible"]
        if public.flag():
            yield breach(public, "true", "false")
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
    with resource.apart():
        if mutability.text() not in IMMUTABLE:
            yield breach(mutability, mutability.text() or "nothing (MUTABLE)", "IMMUTABLE")
    for excluded in resource.props["imageTagMutabilityExclusionFilters"].items():
        with resource.apart():
            if not (excluded["filter"].text() or "").strip("*"):
                yield breach(excluded["filter"], "every tag excluded", "the beginning of some, such as dev-*")
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

_ROOT: Final[dict[str, Any]] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
_CALLER: Final = {
    "StringEquals": {"kms:CallerAccount": "123456789012", "kms:ViaService": "s3.eu-central-1.amazonaws.com"}
}
_PUBLIC, _ENCRYPTED = "publiclyAccessible", "storageEncrypted"
_SCAN: Final = {"scanOnPush": True}


def _key(changes: dict[Any, Any] | None = None, **props: Any) -> Item:
    document = json.dumps({"Statement": [changed(_ROOT, changes or {})]})
    return Item(type=KEY, props={"enableKeyRotation": True, "policy": document, **props})


def _db(type_: str = INSTANCE, **props: Any) -> Item:
    return Item(type=type_, props={_ENCRYPTED: True, **props} if type_ != CLUSTER_INSTANCE else props)


def _repository(changes: dict[Any, Any]) -> Item:
    made = {"name": "web", "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": _SCAN}
    return Item(type=REPOSITORY, props=changed(made, changes))


CASES: dict[str, tuple[Case, ...]] = {
    ROTATION.id: (
        ok("rotated", _key()),
        ok("asymmetric", _key(enableKeyRotation=None, customerMasterKeySpec="ECC_NIST_P256")),
        fail("omitted", _key(enableKeyRotation=None), at="enableKeyRotation"),
        fail("off", _key(enableKeyRotation=False), at="enableKeyRotation"),
        fail("every_seven_years", _key(rotationPeriodInDays=2560), at="rotationPeriodInDays"),
        unknown("decided_later", _key(enableKeyRotation=UNKNOWN)),
    ),
    KEY_NO_STAR.id: (
        ok("account", _key()),
        ok("one_account_through_a_service", _key({"Principal": {"AWS": "*"}, "Condition": _CALLER})),
        ok("policy_by_default", Item(type=KEY, props={})),
        fail("everybody", _key({"Principal": "*"}), at="policy.Statement[0].Principal"),
        fail(
            "tied_to_no_account",
            _key({"Principal": "*", "Condition": {"StringEquals": {"kms:CallerAccount": []}}}),
            at="policy.Statement[0].Principal",
        ),
        fail(
            "everybody_through_a_service",
            _key(
                {"Principal": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}}
            ),
            at="policy.Statement[0].Principal",
        ),
        unknown("made_with_it", _key(policy=UNKNOWN)),
    ),
    DATABASE.id: (
        ok("private", _db()),
        ok("replica", _db(storageEncrypted=None, replicateSourceDb="main")),
        ok("member_of_a_cluster", _db(CLUSTER_INSTANCE)),
        fail("public", _db(publiclyAccessible=True), at=_PUBLIC),
        fail("public_member", _db(CLUSTER_INSTANCE, publiclyAccessible=True), at=_PUBLIC),
        fail("plain_by_default", _db(storageEncrypted=None), at=_ENCRYPTED),
        fail("plain_documents", _db("aws:docdb/cluster:Cluster", storageEncrypted=None), at=_ENCRYPTED),
        fail("plain_everywhere", _db("aws:rds/globalCluster:GlobalCluster", storageEncrypted=None), at=_ENCRYPTED),
        fail("plain_warehouse", Item(type=WAREHOUSE, props={"encrypted": "false"}), at="encrypted"),
        fail(
            "public_warehouse",
            Item(type="aws:redshiftserverless/workgroup:Workgroup", props={_PUBLIC: True}),
            at=_PUBLIC,
        ),
        fail("public_graph", Item(type=GRAPH, props={"publicConnectivity": True}), at="publicConnectivity"),
        fail("plain_cluster", _db(DB_CLUSTER, storageEncrypted=False), at=_ENCRYPTED),
        unknown("decided_later", _db(publiclyAccessible=UNKNOWN)),
    ),
    REGISTRY.id: (
        ok("immutable", _repository({})),
        fail("mutable_by_default", _repository({"imageTagMutability": OMITTED}), at="imageTagMutability"),
        fail("mutable_template", Item(type=TEMPLATE, props={"prefix": "ROOT"}), at="imageTagMutability"),
        fail(
            "every_tag_excluded",
            _repository(
                {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [{"filter": "*", "filterType": "WILDCARD"}],
                }
            ),
            at="imageTagMutabilityExclusionFilters[0].filter",
        ),
        fail(
            "not_scanned",
            _repository({"imageScanningConfiguration": OMITTED}),
            at="imageScanningConfiguration.scanOnPush",
        ),
        unknown("decided_later", _repository({"imageTagMutability": UNKNOWN})),
    ),
}
