"""A policy about image registries: immutable tags, scanned images (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.data.keys import _must

REPOSITORY: Final = "aws:ecr/repository:Repository"
TEMPLATE: Final = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
IMMUTABLE: Final = frozenset({"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"})


def _registry(resource: Resource) -> Iterator[Violation]:
    mutability = resource.props["imageTagMutability"]
    with resource.isolate():
        if mutability.text() not in IMMUTABLE:
            yield violation(mutability, mutability.text() or "nothing (MUTABLE)", "IMMUTABLE")
    for excluded in resource.props["imageTagMutabilityExclusionFilters"].items():
        with resource.isolate():
            if not (excluded["filter"].text() or "").strip("*"):
                yield violation(excluded["filter"], "every tag excluded", "the beginning of some, such as dev-*")
    # Repositories made from a template are scanned as the registry configures.
    if resource.type == REPOSITORY:
        yield from _must(resource.props.along("imageScanningConfiguration", "scanOnPush"))


REGISTRY = Policy(
    id="ecr-immutable-scanned",
    requirement="INH-4",
    types=frozenset({REPOSITORY, TEMPLATE}),
    level=MANDATORY,
    severity=MEDIUM,
    description="What an image's tag names never changes, and every image is scanned.",
    fix="set imageTagMutability to IMMUTABLE and imageScanningConfiguration.scanOnPush to true",
    rule=_registry,
)

POLICIES = (REGISTRY,)
