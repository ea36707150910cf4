"""Cases of keeping.py."""

from __future__ import annotations

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.databases import DB_CLUSTER, INSTANCE, WAREHOUSE
from policies.rules.network.front_ports import BALANCERS
from policies.rules.services.encryption import CACHE
from policies.rules.services.keeping import BACKUPS, DELETION, FILES, GLOBAL, TABLE, UPGRADES, ZONES


def _named(type_: str) -> str:
    return type_.split(":")[1].replace("/", "_")


CASES: dict[str, tuple[Case, ...]] = {
    DELETION.id: (
        ok("database", Item(type=INSTANCE, props={"deletionProtection": True})),
        fail("database_by_default", Item(type=INSTANCE, props={"engine": "postgres"}), at="deletionProtection"),
        fail("switched_off", Item(type=DB_CLUSTER, props={"deletionProtection": False}), at="deletionProtection"),
        *(fail(_named(one), Item(type=one, props={"engine": "e"}), at="deletionProtection") for one in GLOBAL),
        *(
            fail(_named(one), Item(type=one, props={"name": "w"}), at="enableDeletionProtection")
            for one in sorted(BALANCERS)
        ),
        fail("table", Item(type=TABLE, props={"name": "t"}), at="deletionProtectionEnabled"),
        unknown("decided_later", Item(type=INSTANCE, props={"deletionProtection": UNKNOWN})),
    ),
    BACKUPS.id: (
        ok("a_week", Item(type=INSTANCE, props={"backupRetentionPeriod": 7})),
        ok("replica", Item(type=INSTANCE, props={"replicateSourceDb": UNKNOWN})),
        ok("cache", Item(type=CACHE, props={"snapshotRetentionLimit": 3})),
        ok("table", Item(type=TABLE, props={"pointInTimeRecovery": {"enabled": True}})),
        fail("none_by_default", Item(type=INSTANCE, props={"engine": "mysql"}), at="backupRetentionPeriod"),
        fail("a_day_by_default", Item(type=DB_CLUSTER, props={"engine": "e"}), at="backupRetentionPeriod"),
        fail("six_days", Item(type=INSTANCE, props={"backupRetentionPeriod": 6}), at="backupRetentionPeriod"),
        fail("warehouse", Item(type=WAREHOUSE, props={"nodeType": "n"}), at="automatedSnapshotRetentionPeriod"),
        fail("cache_by_default", Item(type=CACHE, props={"description": "c"}), at="snapshotRetentionLimit"),
        fail("table_by_default", Item(type=TABLE, props={"name": "t"}), at="pointInTimeRecovery.enabled"),
        unknown("decided_later", Item(type=INSTANCE, props={"backupRetentionPeriod": UNKNOWN})),
    ),
    UPGRADES.id: (
        ok("by_default", Item(type=INSTANCE, props={"engine": "postgres"})),
        fail(
            "switched_off", Item(type=INSTANCE, props={"autoMinorVersionUpgrade": False}), at="autoMinorVersionUpgrade"
        ),
        fail(
            "as_text",
            Item(type="aws:elasticache/cluster:Cluster", props={"autoMinorVersionUpgrade": "false"}),
            at="autoMinorVersionUpgrade",
        ),
        unknown("decided_later", Item(type=CACHE, props={"autoMinorVersionUpgrade": UNKNOWN})),
    ),
    ZONES.id: (
        ok("two", Item(type=INSTANCE, props={"multiAz": True})),
        ok("regional_files", Item(type=FILES, props={"encrypted": True})),
        ok("replica", Item(type=INSTANCE, props={"replicateSourceDb": "other"})),
        fail("one_by_default", Item(type=INSTANCE, props={"engine": "postgres"}), at="multiAz"),
        fail("files_in_one", Item(type=FILES, props={"availabilityZoneName": "a"}), at="availabilityZoneName"),
        fail("cache", Item(type=CACHE, props={"description": "c"}), at="automaticFailoverEnabled"),
        unknown("decided_later", Item(type=INSTANCE, props={"multiAz": UNKNOWN})),
    ),
}
