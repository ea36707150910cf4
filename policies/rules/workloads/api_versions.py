"""A policy about deprecated versions of Kubernetes's own API groups (INH-4)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import Kind, kind_of, listed_types
from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Resource, Violation, violation

EARLY: Final = re.compile(r"v\d+(alpha|beta)\d+")
GROUPS: Final = frozenset(
    f"{name}.k8s.io"
    for name in (
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "auditregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "settings",
        "storage",
        "storagemigration",
    )
) | {"apps", "autoscaling", "batch", "extensions", "policy"}
"""The groups of pulumi-kubernetes that the API server itself serves (2026-11-28). Others have versions of their own."""


def _early(kind: Kind | None) -> bool:
    return kind is not None and kind.group in GROUPS and EARLY.fullmatch(kind.version) is not None


class EarlyVersions:
    """Kinds in an alpha or beta version, and lists, which may contain some."""

    # A type's name does not describe its function: other policies evaluate that.
    by_name = True

    def __contains__(self, type_: object) -> bool:
        return isinstance(type_, str) and _judged(type_)


@functools.lru_cache(maxsize=4096)
def _judged(type_: str) -> bool:
    kind = kind_of(type_)
    return _early(kind) or (kind is not None and kind.wrapper == "List")


def _versions(resource: Resource) -> Iterator[Violation]:
    kind = kind_of(resource.type)
    if kind is not None and _early(kind):
        yield _going_away(resource.props["apiVersion"].path, kind)
        return
    for value, type_ in listed_types(resource):
        inner = kind_of(type_)
        if inner is not None and _early(inner):
            yield _going_away(value.path, inner)


def _going_away(path: str, kind: Kind) -> Violation:
    found = f"{kind.kind} in {kind.group}/{kind.version}, which a later Kubernetes no longer serves"
    return violation(path, found, "a stable version")


VERSIONS = Policy(
    id="api-version-stable",
    requirement="INH-4",
    types=EarlyVersions(),
    level=ADVISORY,
    severity=LOW,
    description="Objects are in stable versions of Kubernetes' API, which an upgrade of the cluster keeps.",
    fix="use the class of the stable version",
    rule=_versions,
)

POLICIES = (VERSIONS,)
