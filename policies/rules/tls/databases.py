"""A policy about TLS between applications and databases: the server refuses connections without it (TLS-CFG).

A parameter group sets a server's parameters; where the group sets nothing, the family's default applies. Sources:
Amazon RDS user guide, "Requiring SSL/TLS for all connections" of MySQL (on from 9.7) and MariaDB (on from 11.8), and
the Aurora user guide on PostgreSQL (off), all read on 2026-11-28. The other defaults are written from knowledge:
PostgreSQL (on from 15, Aurora's from 17), SQL Server and Aurora MySQL (off), DocumentDB and Neptune (on), Redshift (on
from 2.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.data.databases import DB_CLUSTER, INSTANCE

INSTANCE_GROUP: Final = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_GROUP: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
GROUPS: Final = frozenset(
    {
        INSTANCE_GROUP,
        CLUSTER_GROUP,
        "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
        "aws:neptune/clusterParameterGroup:ClusterParameterGroup",
        "aws:redshift/parameterGroup:ParameterGroup",
    }
)
USING: Final = {INSTANCE: "parameterGroupName", DB_CLUSTER: "dbClusterParameterGroupName"}
"""Databases -> their property that names a group; left out, it is AWS's own for the engine."""
DEFAULT: Final = "default."
"""How the names of AWS's own groups begin; the family follows."""
FAMILY: Final = re.compile(r"(?P<engine>[a-z]+(?:-[a-z]+)*)-?(?P<version>[\d.]*)")
NUMBERS: Final = re.compile(r"\d+")
Version = tuple[int, ...]
NEVER: Final[Version] = (1000,)


@dataclass(frozen=True)
class Switch:
    """The parameter that makes an engine refuse connections without TLS."""

    parameter: str
    on: tuple[str, ...]
    """In lower case."""
    since: Version
    """The first version that is on by default."""


_POSTGRES, _MYSQL, _YES = "rds.force_ssl", "require_secure_transport", ("1", "on", "true")
ENGINES: Final = {
    "postgres": Switch(_POSTGRES, _YES, (15,)),
    "aurora-postgresql": Switch(_POSTGRES, _YES, (17,)),
    "mysql": Switch(_MYSQL, _YES, (9, 7)),
    "aurora-mysql": Switch(_MYSQL, _YES, NEVER),
    "mariadb": Switch(_MYSQL, _YES, (11, 8)),
    "sqlserver-ee": Switch(_POSTGRES, _YES, NEVER),
    "sqlserver-ex": Switch(_POSTGRES, _YES, NEVER),
    "sqlserver-se": Switch(_POSTGRES, _YES, NEVER),
    "sqlserver-web": Switch(_POSTGRES, _YES, NEVER),
    "docdb": Switch("tls", ("enabled", "fips-140-3", "tls1.2+", "tls1.3+"), ()),
    "neptune": Switch("neptune_enforce_ssl", _YES, ()),
    "redshift": Switch("require_ssl", _YES, (2,)),
}
"""Engine, as parameter groups call it. Oracle and Db2 have TLS by option groups and certificates of their own."""


def _family(name: str) -> tuple[str, str]:
    """Engine and version."""
    named = FAMILY.fullmatch(name)
    return (named["engine"], named["version"]) if named else ("", "")


def _by_default(switch: Switch, version: str) -> bool:
    """Whether a version enables it by default; unknown if no version is set."""
    return tuple(int(part) for part in NUMBERS.findall(version)) >= switch.since


def _group(resource: Resource) -> Iterator[Violation]:
    engine, version = _family(resource.props["family"].text() or "")
    switch = ENGINES.get(engine)
    parameters = resource.props["parameters"]
    given = {(one["name"].text() or "").lower(): one["value"] for one in parameters.items()}
    for name, value in given.items():
        for on in {each.on for each in ENGINES.values() if each.parameter == name}:
            if (value.text() or "").lower() not in on:
                yield violation(value, f"{name} = {value.text()}", " or ".join(on))
    # Aurora has the parameter in the cluster's group only.
    elsewhere = resource.type == INSTANCE_GROUP and engine.startswith("aurora")
    if switch and switch.parameter not in given and not elsewhere and not _by_default(switch, version):
        yield violation(parameters, f"no {switch.parameter}", f"{switch.parameter} = {switch.on[0]}")


def _database(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    # A replica uses the group of its source, unless it names its own.
    if props["replicateSourceDb"].present or props["replicationSourceIdentifier"].present:
        return
    group = props[USING[resource.type]]
    name = group.text() or ""
    if name and not name.startswith(DEFAULT):
        return
    engine, version = props["engine"].text() or "", props["engineVersion"].text() or ""
    if name:
        engine, version = _family(name.removeprefix(DEFAULT))
    switch = ENGINES.get(engine)
    if switch and not _by_default(switch, version):
        found = name or f"nothing (AWS's own for {engine} {version})"
        yield violation(group, found, f"a parameter group with {switch.parameter} = {switch.on[0]}")


def _required(resource: Resource) -> Iterator[Violation]:
    yield from _group(resource) if resource.type in GROUPS else _database(resource)


REQUIRED = Policy(
    id="database-tls-required",
    requirement="TLS-CFG",
    types=GROUPS | USING.keys(),
    level=MANDATORY,
    severity=HIGH,
    description="Databases refuse connections without TLS.",
    fix="give the database a parameter group that sets rds.force_ssl or require_secure_transport to 1",
    rule=_required,
)

POLICIES = (REQUIRED,)
