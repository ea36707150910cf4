"""Policies about retention of data and services: deletion protection, backups, updates (INH-4)."""

from __future__ import annotations

from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.rules.data.databases import DB_CLUSTER, INSTANCE, WAREHOUSE
from policies.rules.network.front_ports import BALANCERS
from policies.rules.services.encryption import CACHE
from policies.rules.services.settings import Setting, Table, lacks, rule
from policies.rules.tls.edge import SEARCHES

TABLE: Final = "aws:dynamodb/table:Table"
DOCUMENTS: Final = "aws:docdb/cluster:Cluster"
GRAPH: Final = "aws:neptune/cluster:Cluster"
GLOBAL: Final = tuple(f"aws:{service}/globalCluster:GlobalCluster" for service in ("rds", "docdb", "neptune"))
DAYS: Final = 7
"""As FSBP asks of databases (RDS.11, Redshift.3)."""

_DATABASE: Final = (Setting(path="deletionProtection", default="false"),)
PROTECTED: Final[Table] = {
    **dict.fromkeys(BALANCERS, (Setting(path="enableDeletionProtection", default="false"),)),
    **dict.fromkeys((INSTANCE, DB_CLUSTER, DOCUMENTS, GRAPH, *GLOBAL), _DATABASE),
    TABLE: (Setting(path="deletionProtectionEnabled", default="false"),),
}
DELETION = Policy(
    id="deletion-protection-on",
    requirement="INH-4",
    types=frozenset(PROTECTED),
    level=ADVISORY,
    severity=LOW,
    description="Databases, tables and load balancers are not deleted by a mistake.",
    fix="switch deletion protection on, and off again in a change of its own before you delete it",
    rule=rule(PROTECTED),
)


def _kept(default: str) -> tuple[Setting, ...]:
    return (Setting(path="backupRetentionPeriod", least=DAYS, default=default, applies=lacks("replicateSourceDb")),)


KEPT: Final[Table] = {
    INSTANCE: _kept("0"),
    **dict.fromkeys((DB_CLUSTER, DOCUMENTS, GRAPH), _kept("1")),
    WAREHOUSE: (Setting(path="automatedSnapshotRetentionPeriod", least=DAYS, default="1"),),
    CACHE: (Setting(path="snapshotRetentionLimit", least=1, default="0", applies=lacks("globalReplicationGroupId")),),
    TABLE: (Setting(path="pointInTimeRecovery.enabled", default="false"),),
}
BACKUPS = Policy(
    id="backups-kept",
    requirement="INH-4",
    types=frozenset(KEPT),
    level=ADVISORY,
    severity=MEDIUM,
    description=f"Databases keep backups for {DAYS} days or more, tables can be restored to a point in time.",
    fix=f"set backupRetentionPeriod to {DAYS} or more; of a table, pointInTimeRecovery.enabled to true",
    rule=rule(KEPT),
)

_MINOR: Final = (Setting(path="autoMinorVersionUpgrade", default="true"),)
UPGRADED: Final[Table] = dict.fromkeys(
    (
        INSTANCE,
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:docdb/clusterInstance:ClusterInstance",
        "aws:neptune/clusterInstance:ClusterInstance",
        CACHE,
        "aws:elasticache/cluster:Cluster",
        "aws:memorydb/cluster:Cluster",
    ),
    _MINOR,
)
UPGRADES = Policy(
    id="minor-upgrades-automatic",
    requirement="INH-4",
    types=frozenset(UPGRADED),
    level=ADVISORY,
    severity=LOW,
    description="Databases and caches get their engine's fixes by themselves.",
    fix="leave autoMinorVersionUpgrade out, or set it to true",
    rule=rule(UPGRADED),
)

FILES: Final = "aws:efs/fileSystem:FileSystem"
SPREAD: Final[Table] = {
    INSTANCE: (Setting(path="multiAz", default="false", applies=lacks("replicateSourceDb")),),
    CACHE: (Setting(path="automaticFailoverEnabled", default="false", applies=lacks("globalReplicationGroupId")),),
    FILES: (Setting(path="availabilityZoneName", allowed=("",)),),
    **dict.fromkeys(SEARCHES, (Setting(path="clusterConfig.zoneAwarenessEnabled", default="false"),)),
}
ZONES = Policy(
    id="several-zones",
    requirement="INH-4",
    types=frozenset(SPREAD),
    level=ADVISORY,
    severity=LOW,
    description="Databases, caches, search domains and file systems outlive a zone.",
    fix="set multiAz, automaticFailoverEnabled or zoneAwarenessEnabled; of files, leave availabilityZoneName out",
    rule=rule(SPREAD),
)

POLICIES = (DELETION, BACKUPS, UPGRADES, ZONES)
