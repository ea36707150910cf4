"""Policies about resources that create others outside the policies: commands, Helm releases (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import CHART, NOT_OBJECTS, PACKAGE, RELEASE, kind_of
from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import WHOLE, Resource, Violation, violation

COMMANDS: Final = frozenset({"command:local:Command", "command:remote:Command", "command:remote:CopyToRemote"})
DYNAMIC: Final = re.compile(r"pulumi-(?:nodejs|python):dynamic[:/]")


class Programs:
    """Types that run programs: commands, resources whose provider is part of the program, and charts."""

    by_name = True

    def __contains__(self, type_: object) -> bool:
        return type_ in COMMANDS or type_ == CHART or DYNAMIC.match(str(type_)) is not None


class Objects:
    """All Kubernetes types."""

    by_name = True

    def __contains__(self, type_: object) -> bool:
        return str(type_).startswith(f"{PACKAGE}:")


def _not_seen(resource: Resource) -> Iterator[Violation]:
    yield violation(WHOLE, resource.type, "kubernetes.helm.v4.Chart, whose objects are judged one by one")


CHART_SEEN: Final = Policy(
    id="chart-objects-are-seen",
    requirement="INH-4",
    types=frozenset({RELEASE}),
    level=ADVISORY,
    severity=MEDIUM,
    description="What a Helm chart makes is registered object by object, where these policies see it.",
    fix="use kubernetes.helm.v4.Chart; what needs Helm's hooks stays a Release, and admission alone judges its objects",
    rule=_not_seen,
)


def _as_typed(resource: Resource) -> Iterator[Violation]:
    kind = kind_of(resource.type)
    if kind is None or kind.group in NOT_OBJECTS:
        return
    typed = f"{kind.group}/{kind.version}".lstrip("/")
    objects = [resource.props]
    if kind.wrapper == "List" and kind.kind:
        objects += [item for item in resource.props["items"].items() if item.is_object]
    for one in objects:
        with resource.isolate():
            if one["kind"].text() not in (None, kind.kind, f"{kind.kind}{kind.wrapper}"):
                yield violation(one["kind"], f"{one['kind'].text()} under the type {resource.type}", kind.kind)
        with resource.isolate():
            if one["apiVersion"].text() not in (None, typed):
                yield violation(one["apiVersion"], f"{one['apiVersion'].text()} under the type {resource.type}", typed)


AS_TYPED: Final = Policy(
    id="kind-as-typed",
    requirement="INH-4",
    types=Objects(),
    level=MANDATORY,
    severity=HIGH,
    description="A Kubernetes object is of the kind that its type says, by which these policies find it.",
    fix="use the class of the object's own kind",
    rule=_as_typed,
)


def _no_program(resource: Resource) -> Iterator[Violation]:
    # A chart runs its post-renderer (provider/pkg/provider/helm/v4/chart.go of pulumi-kubernetes, read 2026-11-28).
    if resource.type != CHART:
        yield violation(WHOLE, resource.type, "resources, whose properties can be judged")
    elif (command := resource.props["postRenderer"]).present:
        yield violation(command, "a command that is run for every deployment", "values of the chart")


NO_PROGRAM: Final = Policy(
    id="no-commands",
    requirement="INH-4",
    types=Programs(),
    level=ADVISORY,
    severity=LOW,
    description="A stack changes what it describes, and runs no programs that change other things.",
    fix="replace the command by the resource that it makes",
    rule=_no_program,
)

POLICIES = (CHART_SEEN, AS_TYPED, NO_PROGRAM)
