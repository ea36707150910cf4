"""Settings of what holds in the cluster for everybody (INH-4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, field_validator

from components.baseline import BaselineArgs, Exemption, Quota, TeamNamespace
from components.baseline.args import NAMESPACE_NAME, QUANTITY, REGISTRY_PATTERN
from components.settings.base import Section, matching
from policies.guidelines.images import REGISTRIES, listed, parts
from policies.guidelines.pod_security import Level

Name = Annotated[str, matching(NAMESPACE_NAME.pattern, "the name of one namespace, such as shop (INH-4)")]
Amount = Annotated[str, matching(QUANTITY.pattern, "an amount of Kubernetes in quotes, such as '8' or 16Gi (INH-4)")]
Registry = Annotated[
    str, matching(REGISTRY_PATTERN.pattern, "a registry without a path, such as registry.example.org (INH-4)")
]
Count = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class QuotaSettings(Section):
    """What a namespace may take together."""

    pods: Count = 50
    cpu: Amount = "8"
    memory: Amount = "16Gi"
    memory_limit: Amount = "32Gi"
    volumes: Count = 10
    storage: Amount = "100Gi"
    load_balancers: Count = 0


class NamespaceSettings(Section):
    """A namespace for the workloads of a team."""

    name: Name
    level: Level = "restricted"
    """Pod Security level: restricted, or baseline where images do not bear it; never privileged."""
    quota: QuotaSettings = QuotaSettings()

    def to_args(self) -> TeamNamespace:
        """The namespace as `BaselineArgs` takes it."""
        return TeamNamespace(name=self.name, level=self.level, quota=Quota(**self.quota.model_dump()))


class ExemptionSettings(Section):
    """A namespace, or an object outside namespaces, for which admission rules do not hold."""

    namespace: Name | None = None
    cluster_object: Text | None = None
    """In place of a namespace, the name of an object that is in none, such as a ClusterRole."""
    rules: Annotated[tuple[Text, ...], Field(min_length=1)]
    reason: Text
    owner: Text
    expires: str
    """Last day, at most 366 days ahead."""

    @field_validator("expires")
    @classmethod
    def _day(cls, value: str) -> str:
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day such as 2027-01-31, in quotes (INH-4)") from None
        return value

    def to_args(self) -> Exemption:
        """The exemption as `BaselineArgs` takes it."""
        given = {key: value for key, value in self.model_dump().items() if value is not None}
        return Exemption(**{**given, "expires": datetime.date.fromisoformat(self.expires)})


class BaselineSettings(Section):
    """`palisade:baseline`."""

    namespaces: tuple[NamespaceSettings, ...] = ()
    registries: Annotated[tuple[Registry, ...], Field(min_length=1)] = REGISTRIES
    """Where images may come from, Deis's own included; * and ? are wildcards."""
    exemptions: tuple[ExemptionSettings, ...] = ()

    def to_args(self, **more: object) -> BaselineArgs:
        """The component's arguments; `more` are those that are no settings."""
        return BaselineArgs(
            namespaces=[namespace.to_args() for namespace in self.namespaces],
            registries=self.registries,
            exemptions=[exemption.to_args() for exemption in self.exemptions],
            **more,  # type: ignore[arg-type] - named by the caller
        )

    def foreign(self, images: Iterable[str]) -> list[str]:
        """Faults of images that would be refused, a text each."""
        found = {image: parts(image)[0] for image in images}
        strange = {registry: image for image, registry in found.items() if not listed(registry, self.registries)}
        return [
            f"baseline.registries: {image} of Deis comes from {registry}, which is not among them (INH-4)"
            for registry, image in strange.items()
        ]

    def faults(self) -> list[str]:
        """What the component would refuse, as faults of the settings."""
        try:
            self.to_args().validate()
        except ValueError as fault:
            return [line.replace("BaselineArgs.", "baseline.", 1) for line in str(fault).splitlines()]
        return []
