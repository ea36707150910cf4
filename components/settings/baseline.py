"""Settings of the cluster-wide rules (INH-4)."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import field_validator

from components.baseline import BaselineArgs, Exemption, Quota, TeamNamespace
from components.settings.base import Section
from policies.guidelines.images import REGISTRIES


class QuotaSettings(Section):
    """Quota of a namespace."""

    pods: int = 50
    cpu: str = "8"
    memory: str = "16Gi"
    memory_limit: str = "32Gi"
    volumes: int = 10
    storage: str = "100Gi"
    load_balancers: int = 0


class NamespaceSettings(Section):
    """A namespace for the workloads of a team."""

    name: str
    level: Literal["restricted", "baseline"] = "restricted"
    """Pod Security level: restricted, or baseline where images do not bear it; never privileged."""
    quota: QuotaSettings = QuotaSettings()

    def to_args(self) -> TeamNamespace:
        """The namespace as `BaselineArgs` takes it."""
        return TeamNamespace(name=self.name, level=self.level, quota=Quota(**self.quota.model_dump()))


class ExemptionSettings(Section):
    """A namespace, or an object outside namespaces, that is exempt from admission rules."""

    namespace: str | None = None
    cluster_object: str | None = None
    """In place of a namespace, the name of an object that is in none, such as a ClusterRole."""
    rules: tuple[str, ...]
    reason: str
    owner: str
    expires: str
    """Last day, at most 366 days ahead."""

    @field_validator("expires")
    @classmethod
    def _day(cls, value: str) -> str:
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day such as 2027-01-31, in quotes") from None
        return value

    def to_args(self) -> Exemption:
        """The exemption as `BaselineArgs` takes it."""
        given = {key: value for key, value in self.model_dump().items() if value is not None}
        return Exemption(**{**given, "expires": datetime.date.fromisoformat(self.expires)})


class BaselineSettings(Section):
    """`palisade:baseline`."""

    namespaces: tuple[NamespaceSettings, ...] = ()
    registries: tuple[str, ...] = REGISTRIES
    """Where images may come from, Deis's own included; * and ? are wildcards."""
    exemptions: tuple[ExemptionSettings, ...] = ()

    def to_args(self, **more: Any) -> BaselineArgs:
        """The component's arguments; `more` are those that are not settings of this section."""
        return BaselineArgs(
            namespaces=[namespace.to_args() for namespace in self.namespaces],
            registries=self.registries,
            exemptions=[exemption.to_args() for exemption in self.exemptions],
            **more,
        )
