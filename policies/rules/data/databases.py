"""A policy about databases: private and encrypted (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.data.keys import _must

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


def _database(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    with resource.isolate():
        public = props["publicConnectivity" if resource.type == GRAPH else "publiclyAccessible"]
        if public.flag():
            yield violation(public, "true", "false")
    # A replica in the same region inherits the encryption of its source, as does a global cluster made from a cluster.
    source = props[SOURCES.get(resource.type, "")]
    if resource.type in DATABASES and source.missing:
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

POLICIES = (DATABASE,)
