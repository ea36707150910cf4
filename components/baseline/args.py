"""Arguments of `Baseline`, and their validation (INH-4)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.baseline.admission import RULE_IDS, RULES_WITHOUT_EXEMPTIONS
from components.faults import Arguments, Fault, repeated, unless_among, unless_matching
from policies.guidelines.deis import NAMESPACE
from policies.guidelines.eks import RESERVED_NAMESPACES
from policies.guidelines.exemptions import LONGEST_DAYS
from policies.guidelines.images import REGISTRIES
from policies.guidelines.pod_security import SAFE_LEVELS, Level

NAMESPACE_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
OBJECT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}")
TAKEN: Final = frozenset({*RESERVED_NAMESPACES, NAMESPACE})
"""Namespaces that others make."""
QUANTITY: Final = re.compile(r"[1-9]\d*(?:m|[kMGTP]i?|Ki)?")
REGISTRY_PATTERN: Final = re.compile(r"[a-z0-9*?.-]+(?::\d+)?")


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Quota of a namespace; amounts as Kubernetes writes them."""

    pods: int = 50
    """How many may exist."""
    cpu: str = "8"
    """Of all requests."""
    memory: str = "16Gi"
    """Of all requests."""
    memory_limit: str = "32Gi"
    """Of all limits."""
    volumes: int = 10
    """Persistent volume claims."""
    storage: str = "100Gi"
    """Of all claims."""
    load_balancers: int = 0
    """Services of type LoadBalancer; an admission rule limits their clients."""

    def hard(self) -> dict[str, str]:
        """The quota as fields of a ResourceQuota."""
        return {
            "pods": str(self.pods),
            "requests.cpu": self.cpu,
            "requests.memory": self.memory,
            "limits.memory": self.memory_limit,
            "persistentvolumeclaims": str(self.volumes),
            "requests.storage": self.storage,
            "services.loadbalancers": str(self.load_balancers),
        }

    def faults(self) -> Iterator[Fault]:
        """Yield values that no ResourceQuota accepts (INH-4)."""
        for name in ("cpu", "memory", "memory_limit", "storage"):
            allowed = "an amount of Kubernetes, such as 8 or 16Gi"
            yield from unless_matching((name,), getattr(self, name), QUANTITY, allowed, "INH-4")
        for name in ("pods", "volumes", "load_balancers"):
            if (count := getattr(self, name)) < 0:
                yield Fault((name,), f"{count} is less than nothing", "give 0 or more", "INH-4")


@dataclass(frozen=True, kw_only=True)
class TeamNamespace:
    """A namespace for the workloads of a team."""

    name: str
    """Lower-case letters, digits, dashes; none that others make."""
    level: Level = "restricted"
    """Pod Security level that is enforced: restricted, or baseline where images do not bear it."""
    quota: Quota = field(default_factory=Quota)
    """What its workloads may take together."""

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of the namespace alone (INH-4)."""
        yield from unless_matching(
            ("name",), self.name, NAMESPACE_NAME, "the name of a namespace, such as shop", "INH-4"
        )
        if self.name in TAKEN or self.name.startswith("kube-"):
            yield Fault(("name",), f"{self.name} is made by others", "choose another name", "INH-4")
        yield from unless_among(("level",), self.level, SAFE_LEVELS, "INH-4")
        yield from (fault.under("quota") for fault in self.quota.faults())


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A namespace, or an object outside namespaces, exempt from rules, with a reason and an expiry date."""

    namespace: str = ""
    """One, by its name."""
    cluster_object: str = ""
    """In place of a namespace, the name of an object that is in none, such as a ClusterRole."""
    rules: Sequence[str]
    """IDs of admission rules."""
    reason: str
    """Why, for who reads it later."""
    owner: str
    """Who answers for it."""
    expires: datetime.date
    """Its last day. From the next update after it, the rules hold again."""

    def faults(self, today: datetime.date) -> Iterator[Fault]:
        """Yield the faults of the exemption on a given day (INH-4)."""
        if bool(self.namespace) is bool(self.cluster_object):
            found = "is for both a namespace and another object" if self.namespace else "is for nothing"
            yield Fault(("namespace",), found, "name a namespace, or an object outside namespaces", "INH-4")
        if self.cluster_object and not OBJECT_NAME.fullmatch(self.cluster_object):
            found = f"{self.cluster_object!r} is not allowed: patterns would reach objects that nobody thought of"
            yield Fault(("cluster_object",), found, "name one object", "INH-4")
        if self.namespace and not NAMESPACE_NAME.fullmatch(self.namespace):
            found = f"{self.namespace!r} is not allowed: patterns would reach namespaces that nobody thought of"
            yield Fault(("namespace",), found, "name one namespace", "INH-4")
        if not self.rules:
            yield Fault(("rules",), "there is none", f"name the rules; there are {', '.join(RULE_IDS)}", "INH-4")
        for rule in self.rules:
            if requirement := RULES_WITHOUT_EXEMPTIONS.get(rule):
                yield Fault(("rules",), f"nothing is exempt from {rule}", "leave it out", requirement)
            else:
                yield from unless_among(("rules",), rule, RULE_IDS, "INH-4")
        for name in ("reason", "owner"):
            if not getattr(self, name).strip():
                yield Fault((name,), "is empty", "an exemption needs a reason and an owner", "INH-4")
        if (self.expires - today).days > LONGEST_DAYS:
            found = f"{self.expires} is more than {LONGEST_DAYS} days ahead"
            yield Fault(("expires",), found, "choose an earlier day", "INH-4")


@dataclass(frozen=True, kw_only=True)
class BaselineArgs(Arguments):
    """Arguments of `Baseline`."""

    namespaces: Sequence[TeamNamespace] = ()
    """One for each team, or for each of its applications."""
    registries: Sequence[str] = REGISTRIES
    """Where images may come from; * and ? are wildcards."""
    exemptions: Sequence[Exemption] = ()
    """Where rules do not hold for a while."""
    allow_wide_whitelist: bool = False
    """Accept entries of Deis's whitelists that are wider than /16, or more than 50 of them; never everyone."""
    application_certificates: Sequence[str] = ()
    """Names of certificates that applications of Deis may attach to their domains; see DeisArgs."""
    kubernetes_after: Sequence[pulumi.Resource] = ()
    """What must be there first: the cluster, with its access entries."""
    today: datetime.date = field(default_factory=datetime.date.today)
    """Exemptions that end before this day have expired."""

    def faults(self) -> Iterator[Fault]:
        """Yield what is not allowed."""
        for namespace in self.namespaces:
            yield from (fault.under("namespaces", namespace.name) for fault in namespace.faults())
        for exemption in self.exemptions:
            yield from (
                fault.under("exemptions", exemption.namespace or exemption.cluster_object)
                for fault in exemption.faults(self.today)
            )
        yield from repeated(("namespaces",), (namespace.name for namespace in self.namespaces), "INH-4")
        if not self.registries:
            yield Fault(("registries",), "without a registry no pod starts", "name one at least", "INH-4")
        for registry in self.registries:
            if not REGISTRY_PATTERN.fullmatch(registry) or not registry.strip("*?."):
                allowed = "give one such as registry.example.org, without a path"
                yield Fault(("registries",), f"{registry!r} is no registry", allowed, "INH-4")
