"""The goals that RBAC rules allow their subject to reach, by the paths of guidelines/rbac_paths.py."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from policies.guidelines import access_policies
from policies.guidelines.eks import SYSTEM_NAMESPACES
from policies.guidelines.rbac import IMPERSONATING, STAR
from policies.guidelines.rbac_paths import ACCOUNTS, ADMINISTRATOR, PATHS, SECRETS, Need
from policies.kernel.value import Value

EVERYWHERE: Final = STAR
"""The scope of a right that holds in the whole cluster."""
WORKLOADS: Final = "workloads"
ENDS: Final = {
    ADMINISTRATOR: "administers the cluster",
    WORKLOADS: "runs pods or takes service accounts where the cluster is administered from",
    SECRETS: "reads every Secret",
}
"""What a subject may reach, in words."""


@dataclass(frozen=True)
class Rule:
    """A rule of a role; a rule without resources is about URLs, which lead nowhere."""

    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether it matches everything."""
        return all(STAR in each for each in (self.groups, self.resources, self.verbs)) and not self.names


def texts(value: Value) -> frozenset[str]:
    """The texts of a list."""
    return frozenset(one.text() or "" for one in value.items())


def read(value: Value) -> Rule:
    """A rule of a role in Kubernetes's format."""
    return Rule(*(texts(value[name]) for name in ("apiGroups", "resources", "verbs", "resourceNames")))


def words(text: str) -> frozenset[str]:
    """The words in a table of facts; the core API group has a word of its own there."""
    return frozenset("" if word == access_policies.CORE else word for word in text.split())


def of_access_policy(name: str) -> tuple[Rule, ...] | None:
    """The rules of an EKS access policy; None if its content is unknown."""
    rules = access_policies.RULES.get(name)
    if rules is None:
        return None
    return tuple(Rule(words(rule.groups), words(rule.resources), words(rule.verbs)) for rule in rules)


def scope_of(scope: Value) -> list[str]:
    """The scope of an access policy, from its accessScope: patterns of namespaces, or EVERYWHERE."""
    if scope["type"].text() != "namespace":
        return [EVERYWHERE]
    return [one.text() or "" for one in scope["namespaces"].items()]


def gives(rule: Rule, need: Need) -> frozenset[str]:
    """The resources of a need on which a rule grants a right; none if it grants none."""
    if not rule.groups & {need.group, STAR} or not any(_verb(verb, need.verbs) for verb in rule.verbs):
        return frozenset()
    return frozenset(one for one in need.resources if rule.resources & _spellings(one))


def _verb(verb: str, needed: frozenset[str]) -> bool:
    return verb == STAR or verb in needed or (IMPERSONATING in needed and verb.startswith(IMPERSONATING))


def _spellings(resource: str) -> frozenset[str]:
    """A rule's name of a resource, including `nodes/*`, which Kubernetes does not currently treat as a pattern."""
    of, slash, part = resource.partition("/")
    return frozenset({STAR, resource, *((f"{STAR}/{part}", f"{of}/{STAR}") if slash else ())})


@dataclass(frozen=True)
class Effects:
    """The combined rights of rules."""

    found: frozenset[str]
    """Effects of the paths of guidelines/rbac_paths.py: administrator, accounts, secrets."""
    accounts: frozenset[str]
    """Names of service accounts whose tokens, and no others', can be made."""


NEEDS: Final = frozenset(need for path in PATHS for need in path.needs)
NAMING: Final = frozenset(path.needs[0] for path in PATHS if path.effect == ACCOUNTS and len(path.needs) == 1)
"""Needs that a rule with resourceNames meets for the accounts that it names."""


@functools.lru_cache(maxsize=8192)
def _met(rule: Rule) -> tuple[frozenset[Need], frozenset[str]]:
    """The needs that a rule meets, and the accounts that it names instead. Cached: stacks repeat a few rules often."""
    given = frozenset(need for need in NEEDS if gives(rule, need))
    met = frozenset(need for need in given if not (need.every_name and rule.names))
    return met, rule.names if (given - met) & NAMING else frozenset()


@functools.lru_cache(maxsize=1024)
def _led_to(needs: frozenset[Need]) -> frozenset[str]:
    return frozenset(path.effect for path in PATHS if needs.issuperset(path.needs))


def effects(rules: Iterable[Rule]) -> Effects:
    """The combined rights of rules in the same scope."""
    needs, accounts = set[Need](), set[str]()
    for rule in rules:
        met, names = _met(rule)
        needs |= met
        accounts |= names
    return Effects(_led_to(frozenset(needs)), frozenset(accounts))


def ends(rules: Iterable[Rule], scope: Iterable[str]) -> Iterator[str]:
    """The goals that rules reach by themselves, in the namespaces of patterns, or EVERYWHERE."""
    patterns = list(scope)
    found = effects(rules).found
    if EVERYWHERE in patterns:
        # An administrator needs no further rights.
        if ADMINISTRATOR in found:
            yield ADMINISTRATOR
            return
        if SECRETS in found:
            yield SECRETS
    system = any(fnmatchcase(name, pattern) for name in SYSTEM_NAMESPACES for pattern in patterns)
    if system and found & {ADMINISTRATOR, ACCOUNTS}:
        yield WORKLOADS
