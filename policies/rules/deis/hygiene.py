"""Published defaults of Deis's chart, identical in every installation, which must be replaced (DEIS-REG, TLS-CFG)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import (
    DEFAULT_CREDENTIALS,
    DHPARAM_KEY,
    DHPARAM_NAME,
    FORBIDDEN_SECRETS,
    SHARED_DH_PARAMETERS_START,
)
from policies.kernel.kinds import CONFIG_MAPS, SECRETS, WORKLOADS
from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.deis.charts import CHARTS, is_deis
from policies.rules.workloads.pods import pods

PUBLIC: Final = frozenset({DEFAULT_CREDENTIALS["minio"][1]})
"""Passwords that are nobody's by chance, wherever they stand."""
GRAFANA_PASSWORDS: Final = frozenset({"DEFAULT_USER_PASSWORD", "GF_SECURITY_ADMIN_PASSWORD"})
"""Variables of Deis's Grafana, and of any other."""
OWN_PASSWORD: Final = "a password of its own"  # noqa: S105 - words
OFF_CLUSTER: Final = "off-cluster"
ON_CLUSTER_STORAGE: Final = "minio"
ON_CLUSTER_OBJECTS: Final = ("deis-minio", "deis-database", "deis-registry")


class Types:
    """Kinds that contain configuration: pods, secrets, config maps and charts."""

    def __contains__(self, type_: object) -> bool:
        return type_ in CHARTS or any(type_ in kinds for kinds in (WORKLOADS, SECRETS, CONFIG_MAPS))


def decoded(value: Value) -> str:
    """The base64 content of a Secret's data, as text; nothing if it is neither."""
    try:
        return base64.b64decode(value.text() or "", validate=False).decode()
    except (binascii.Error, ValueError):
        return ""


def _public(value: Value, text: str) -> Iterator[Violation]:
    if text.strip() in PUBLIC:
        yield violation(value, "a password that every installation shares", OWN_PASSWORD)


def _in_container(container: Value) -> Iterator[Violation]:
    for variable in container["env"].items():
        if variable["value"].known and variable["value"].scalar() is not None:
            text = variable["value"].text() or ""
            yield from _public(variable["value"], text)
            if variable["name"].text() in GRAFANA_PASSWORDS and text in FORBIDDEN_SECRETS:
                yield violation(variable["value"], "Grafana's default", OWN_PASSWORD)
    for part in (*container["command"].items(), *container["args"].items()):
        if any(password in (part.text() or "") for password in PUBLIC):
            yield violation(part, "a password that every installation shares", OWN_PASSWORD)


def _no_default(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        yield from _no_default_chart(resource)
        return
    for pod in pods(resource):
        yield from resource.each(pod.containers(), _in_container)
    for holder in (*SECRETS.objects(resource), *CONFIG_MAPS.objects(resource)):
        plain = "stringData" if holder.kind == "Secret" else "data"

        def in_plain(value: Value) -> Iterator[Violation]:
            yield from _public(value, value.text() or "")

        def in_base64(value: Value) -> Iterator[Violation]:
            yield from _public(value, decoded(value))

        yield from resource.each(holder.value[plain].fields().values(), in_plain)
        if holder.kind == "Secret":
            yield from resource.each(holder.value["data"].fields().values(), in_base64)


def _no_default_chart(resource: Resource) -> Iterator[Violation]:
    values = resource.props["values"]
    for value in values.walk() if values.present else ():
        with resource.isolate():
            yield from _public(value, value.text() or "" if value.scalar() is not None else "")
    if not is_deis(resource):
        return
    with resource.isolate():
        where = values.along("monitor", "grafana", "password")
        if values.along("global", "grafana_location").text() != OFF_CLUSTER and where.text() in {None, "", "admin"}:
            yield violation(where, "nothing (admin)" if not where.present else "Grafana's default", OWN_PASSWORD)
    with resource.isolate():
        where = values.along("global", "storage")
        if where.text() in {None, "", ON_CLUSTER_STORAGE}:
            yield violation(where, f"{ON_CLUSTER_STORAGE}, whose keys every installation shares", "s3")


NO_DEFAULT = Policy(
    id="no-default-credentials",
    requirement="DEIS-REG",
    types=Types(),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nothing keeps a password that every installation of Deis's chart shares.",
    fix="generate a password; of a chart, set global.storage to s3 and global.grafana_location to off-cluster",
    rule=_no_default,
)


def _is_shared(parameters: str) -> bool:
    """Whether the parameters are the chart's own, with any line breaks."""
    return SHARED_DH_PARAMETERS_START in "".join(parameters.split())


def _shared_dh(resource: Resource) -> Iterator[Violation]:
    required = "parameters made for this installation, or those of RFC 7919"
    if resource.type in CHARTS:
        if is_deis(resource):
            where = resource.props.along("values", "router", DHPARAM_KEY)
            text = where.text() or ""
            if not text or _is_shared(text):
                yield violation(where, "the chart's own, which everybody has", required)
        return
    for secret in SECRETS.objects(resource):
        with resource.isolate():
            given = [(value, value.text() or "") for value in (secret.value["stringData"][DHPARAM_KEY],)]
            given += [(value, decoded(value)) for value in (secret.value["data"][DHPARAM_KEY],)]
            for value, text in given:
                if _is_shared(text):
                    yield violation(value, "the chart's own, which everybody has", required)


SHARED_DH = Policy(
    id="shared-dh-parameters",
    requirement="TLS-CFG",
    types=Types(),
    level=MANDATORY,
    severity=HIGH,
    description="Deis's router does not use the Diffie-Hellman parameters that its chart gives to everybody.",
    fix=f"give the Secret {DHPARAM_NAME} parameters of your own; of a chart, router.{DHPARAM_KEY} in values",
    rule=_shared_dh,
)


def _off_cluster(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        if is_deis(resource):
            values = resource.props["values"]
            database = values.along("global", "database_location")
            if database.text() != OFF_CLUSTER:
                yield violation(database, database.text() or "nothing (on-cluster)", OFF_CLUSTER)
            storage = values.along("global", "storage")
            if storage.text() in {None, "", ON_CLUSTER_STORAGE}:
                yield violation(storage, storage.text() or f"nothing ({ON_CLUSTER_STORAGE})", "s3")
        return
    for one in WORKLOADS.objects(resource):
        with resource.isolate():
            if one.name.text() in ON_CLUSTER_OBJECTS:
                yield violation(
                    one.name, f"{one.name.text()}", "a database, a bucket and a registry outside the cluster"
                )


OFF = Policy(
    id="storage-and-database-off-cluster",
    requirement="INH-4",
    types=Types(),
    level=ADVISORY,
    severity=LOW,
    description="What Deis keeps lies outside the cluster, backed up and encrypted.",
    fix="use RDS, S3 and ECR; of a chart, global.database_location: off-cluster and global.storage: s3",
    rule=_off_cluster,
)

POLICIES = (NO_DEFAULT, SHARED_DH, OFF)
