"""Cases of databases.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.databases import DB_CLUSTER, INSTANCE
from policies.rules.tls.databases import CLUSTER_GROUP, INSTANCE_GROUP, REQUIRED

_DOCUMENTS: Final = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
_WAREHOUSE: Final = "aws:redshift/parameterGroup:ParameterGroup"
_VALUE: Final = "parameters[0].value"


def group(family: str, *parameters: tuple[str, Any], type_: str = INSTANCE_GROUP) -> Item:
    """A parameter group."""
    given = [{"name": name, "value": value} for name, value in parameters]
    return Item(type=type_, props={"family": family, "parameters": given})


def database(engine: str, version: str | None = None, **more: Any) -> Item:
    """A database instance."""
    return Item(type=INSTANCE, props={"engine": engine, "engineVersion": version, **more})


CASES: dict[str, tuple[Case, ...]] = {
    REQUIRED.id: (
        ok("postgres", group("postgres14", ("rds.force_ssl", "1"))),
        ok("postgres_by_default", group("postgres16", ("log_connections", "1"))),
        ok("mysql", group("mysql8.4", ("require_secure_transport", "ON"))),
        ok("mariadb_by_default", group("mariadb11.8")),
        ok("instances_of_aurora", group("aurora-mysql8.0", ("slow_query_log", "1"))),
        ok("documents_by_default", group("docdb5.0", type_=_DOCUMENTS)),
        ok("engine_with_its_own_way", group("oracle-ee-19")),
        ok("warehouse", group("redshift-1.0", ("require_ssl", "true"), type_=_WAREHOUSE)),
        ok("database_with_a_group", database("mysql", "8.0", parameterGroupName="ours")),
        ok("postgres_of_aws", database("postgres", "17.4")),
        ok("replica", database("mysql", replicateSourceDb="db")),
        fail("off", group("postgres16", ("rds.force_ssl", "0")), at=_VALUE),
        fail("mysql_off", group("mysql8.0", ("require_secure_transport", "OFF")), at=_VALUE),
        fail("mysql_by_default", group("mysql8.4"), at="parameters"),
        fail("mariadb_by_default", group("mariadb11.4"), at="parameters"),
        fail("old_postgres_by_default", group("postgres14"), at="parameters"),
        fail("sql_server_by_default", group("sqlserver-se-15.0"), at="parameters"),
        fail("aurora", group("aurora-postgresql16", ("rds.force_ssl", "false"), type_=CLUSTER_GROUP), at=_VALUE),
        fail("aurora_by_default", group("aurora-mysql8.0", type_=CLUSTER_GROUP), at="parameters"),
        fail("documents", group("docdb5.0", ("tls", "disabled"), type_=_DOCUMENTS), at=_VALUE),
        fail("warehouse_by_default", group("redshift-1.0", type_=_WAREHOUSE), at="parameters"),
        fail("group_of_aws", database("mysql", parameterGroupName="default.mysql8.0"), at="parameterGroupName"),
        fail("no_group", database("mysql", "8.4.3"), at="parameterGroupName"),
        fail("old_postgres_without_a_group", database("postgres", "14.10"), at="parameterGroupName"),
        fail(
            "cluster_without_a_group",
            Item(type=DB_CLUSTER, props={"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.05.2"}),
            at="dbClusterParameterGroupName",
        ),
        unknown("decided_later", group("postgres16", ("rds.force_ssl", UNKNOWN))),
    ),
}
