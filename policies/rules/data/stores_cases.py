"""Cases of stores.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.data.stores import (
    CLUSTER_INSTANCE,
    DATABASE,
    DB_CLUSTER,
    GRAPH,
    INSTANCE,
    KEY,
    KEY_NO_STAR,
    REGISTRY,
    REPOSITORY,
    ROTATION,
    TEMPLATE,
    WAREHOUSE,
)

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
