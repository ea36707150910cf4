"""Cases of databases.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.databases import CLUSTER_INSTANCE, DATABASE, DB_CLUSTER, GRAPH, INSTANCE, WAREHOUSE

_PUBLIC, _ENCRYPTED = "publiclyAccessible", "storageEncrypted"


def _db(type_: str = INSTANCE, **props: Any) -> Item:
    return Item(type=type_, props={_ENCRYPTED: True, **props} if type_ != CLUSTER_INSTANCE else props)


CASES: dict[str, tuple[Case, ...]] = {
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
}
