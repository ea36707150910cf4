"""Images come from listed registries, by immutable references (INH-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.baseline.admission.rule import (
    POD_RESOURCES,
    POD_VARIABLES,
    Check,
    Rule,
    literal,
    read_spec,
    wildcards,
)
from components.baseline.admission.writers import in_system_by_system
from policies.guidelines.images import DEFAULT_REGISTRY, DIGEST, ECR, LOCALHOST, REGISTRY_MARKS, VERSION

PINNED: Final = f"^(?:[^@]*@{DIGEST}|(?:[^@]*/)?[^/:@]*:{VERSION})$"


def images(registries: Sequence[str]) -> Rule:
    """The rule for a list of registries; * and ? are wildcards.

    The add-ons that EKS installs into its namespaces may use any ECR registry: the AWS account of the registry differs
    by region, and a node whose add-ons are refused never becomes ready.
    """
    marked = " || ".join(f"p.first.contains({literal(mark)})" for mark in REGISTRY_MARKS)
    is_registry = f"({marked} || p.first == {literal(LOCALHOST)} || p.first != p.first.lowerAscii())"
    allowed = f"p.registry.matches({literal(wildcards(registries))})"
    of_addons = f"{in_system_by_system('request.namespace')} && p.registry.matches({literal(wildcards(ECR))})"
    return Rule(
        id="images",
        requirement="INH-4",
        policies=("image-pinned-and-registry-allowlist",),
        resources=POD_RESOURCES,
        reads=(read_spec,),
        variables={
            **POD_VARIABLES,
            # An image can also be mounted as a volume, and it may contain a program.
            "named": "(variables.containers.map(c, string(c.?image.orValue('')))"
            " + variables.spec.?volumes.orValue([]).map(v, string(v.?image.?reference.orValue(''))))"
            ".filter(i, i != '').map(i, {'image': i, 'name': i.split('@')[0]})",
            "placed": "variables.named.map(n,"
            " {'image': n.image, 'first': n.name.contains('/') ? n.name.split('/')[0] : ''})",
            "from": "variables.placed.map(p,"
            f" {{'image': p.image, 'registry': {is_registry} ? p.first : {literal(DEFAULT_REGISTRY)}}})",
            "foreign": f"variables.from.filter(p, !({allowed} || {of_addons}))",
            "moving": f"variables.named.filter(n, !n.image.matches({literal(PINNED)}))",
        },
        checks=(
            Check(
                holds="variables.foreign.size() == 0",
                message=f"images come from listed registries: {', '.join(registries)}",
                found="variables.foreign.map(p, p.image).join(', ')",
            ),
            Check(
                holds="variables.moving.size() == 0",
                message="images are named by a version's tag, or better by a digest",
                found="variables.moving.map(n, n.image).join(', ')",
            ),
        ),
    )
