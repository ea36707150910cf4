"""What a baseline is made of, and what of it is refused before anything is registered (INH-4)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.baseline.admission import RULE_IDS, RULES_WITHOUT_EXEMPTIONS
from policies.guidelines.deis import NAMESPACE
from policies.guidelines.eks import KUBERNETES_NAMESPACES, SYSTEM_NAMESPACES
from policies.guidelines.exemptions import LONGEST_DAYS
from policies.guidelines.images import REGISTRIES
from policies.guidelines.pod_security import SAFE_LEVELS, Level

NAMESPACE_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
OBJECT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}")
TAKEN: Final = frozenset({*KUBERNETES_NAMESPACES, *SYSTEM_NAMESPACES, NAMESPACE})
"""Namespaces that others make."""
QUANTITY: Final = re.compile(r"[1-9]\d*(?:m|[kMGTP]i?|Ki)?")
REGISTRY_PATTERN: Final = re.compile(r"[a-z0-9*?.-]+(?::\d+)?")


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What a namespace may take together; amounts as Kubernetes spells them."""

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
    """Services of type LoadBalancer; whom they may answer is the admission rule's to say."""

    def hard(self) -> dict[str, str]:
        """As a ResourceQuota has it."""
        return {
            "pods": str(self.pods),
            "requests.cpu": self.cpu,
            "requests.memory": self.memory,
            "limits.memory": self.memory_limit,
            "persistentvolumeclaims": str(self.volumes),
            "requests.storage": self.storage,
            "services.loadbalancers": str(self.load_balancers),
        }

    def faults(self) -> list[str]:
        """What is wrong with it, a text each."""
        amounts = {name: getattr(self, name) for name in ("cpu", "memory", "memory_limit", "storage")}
        counts = {name: getattr(self, name) for name in ("pods", "volumes", "load_balancers")}
        found = [
            f"quota.{name}: {given!r} is no amount such as 8 or 16Gi (INH-4)"
            for name, given in amounts.items()
            if not QUANTITY.fullmatch(given)
        ]
        return found + [
            f"quota.{name}: {given} is less than nothing (INH-4)" for name, given in counts.items() if given < 0
        ]


@dataclass(frozen=True, kw_only=True)
class TeamNamespace:
    """A namespace for the workloads of a team."""

    name: str
    """Lower-case letters, digits, dashes; none that others make."""
    level: Level = "restricted"
    """Pod Security level that is enforced: restricted, or baseline where images do not bear it."""
    quota: Quota = field(default_factory=Quota)
    """What its workloads may take together."""

    def faults(self) -> list[str]:
        """What is wrong with it, a text each."""
        found = []
        if not NAMESPACE_NAME.fullmatch(self.name):
            found.append(f"namespaces: {self.name!r} is no name of a namespace (INH-4)")
        if self.name in TAKEN or self.name.startswith("kube-"):
            found.append(f"namespaces: {self.name} is made by others; choose another name (INH-4)")
        if self.level not in SAFE_LEVELS:
            found.append(f"namespaces.{self.name}.level: {self.level} is not one of {', '.join(SAFE_LEVELS)} (INH-4)")
        return found + [f"namespaces.{self.name}.{fault}" for fault in self.quota.faults()]


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A namespace, or an object outside namespaces, for which rules do not hold, why, and until when."""

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

    def faults(self, today: datetime.date) -> list[str]:
        """What is wrong with it, a text each."""
        where = f"exemptions.{self.namespace or self.cluster_object}"
        found = []
        if bool(self.namespace) is bool(self.cluster_object):
            found.append(f"{where}: name a namespace, or an object outside namespaces (INH-4)")
        if self.cluster_object and not OBJECT_NAME.fullmatch(self.cluster_object):
            found.append(f"{where}: name one object; patterns would reach those that nobody thought of (INH-4)")
        if self.namespace and not NAMESPACE_NAME.fullmatch(self.namespace):
            found.append(f"{where}: name one namespace; patterns would reach those that nobody thought of (INH-4)")
        if not self.rules:
            found.append(f"{where}: name the rules; there are {', '.join(RULE_IDS)} (INH-4)")
        for rule in self.rules:
            if rule in RULES_WITHOUT_EXEMPTIONS:
                found.append(f"{where}: nothing is exempt from {rule} (DEIS-REG, DEIS-WL)")
            elif rule not in RULE_IDS:
                found.append(f"{where}: {rule} is no rule; there are {', '.join(RULE_IDS)} (INH-4)")
        if not self.reason.strip() or not self.owner.strip():
            found.append(f"{where}: needs a reason and an owner (INH-4)")
        if (self.expires - today).days > LONGEST_DAYS:
            found.append(f"{where}: {self.expires} is more than {LONGEST_DAYS} days ahead (INH-4)")
        return found


@dataclass(frozen=True, kw_only=True)
class BaselineArgs:
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
    """The day by which exemptions are judged."""

    def validate(self) -> None:
        """Raises:
        ValueError: everything that is not allowed, a line each.
        """
        faults = [fault for one in self.namespaces for fault in one.faults()]
        faults += [fault for one in self.exemptions for fault in one.faults(self.today)]
        names = [one.name for one in self.namespaces]
        faults += [f"namespaces: {name} is there twice (INH-4)" for name in {*names} if names.count(name) > 1]
        if not self.registries:
            faults.append("registries: name one at least, or no pod starts (INH-4)")
        faults += [
            f"registries: {one!r} is no registry such as registry.example.org, without a path (INH-4)"
            for one in self.registries
            if not REGISTRY_PATTERN.fullmatch(one) or not one.strip("*?.")
        ]
        if faults:
            raise ValueError("\n".join(f"BaselineArgs.{fault}" for fault in faults))
