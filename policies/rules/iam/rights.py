"""The combined permissions of an identity's documents, with respect to escalation paths (paths.py)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from policies.kernel.resource import Resource
from policies.rules.iam.documents import Statement, covers, every_resource
from policies.rules.iam.paths import ACTIONS, NARROWING, OWN, TAGS, Path

NEGATED: Final = ("stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike")
PLAIN: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "bool"})
PARTS: Final = 6
"""Of an ARN; the last is the resource."""


@functools.lru_cache(maxsize=4096)
def reached(pattern: str) -> frozenset[str]:
    """The actions of the paths that match a pattern."""
    lowered = pattern.lower()
    if "*" in lowered or "?" in lowered:
        return frozenset(action for action in ACTIONS if covers(lowered, action))
    return ACTIONS & {lowered}


def actions_of(statement: Statement) -> frozenset[str]:
    """The actions of the paths that match a statement."""
    if statement.get("notaction").present:
        return ACTIONS.difference(*(reached(text) for _, text in statement.entries("notaction")))
    return frozenset[str]().union(*(reached(text) for _, text in statement.entries("action")))


def wide(pattern: str) -> bool:
    """Whether a resource pattern does not name even a prefix of a resource."""
    parts = pattern.split(":", PARTS - 1)
    if len(parts) < PARTS:
        return "*" in pattern or "?" in pattern
    if any("*" in part and part != "*" for part in parts[:2]):
        return True
    kind, _, name = parts[-1].replace(":", "/", 1).partition("/")
    return "*" in kind or "?" in kind or name.startswith(("*", "?", "/"))


def everywhere(statement: Statement) -> bool:
    """Whether a statement covers resources that it does not name."""
    named = [text for _, text in statement.entries("resource")]
    return statement.get("notresource").present or not named or any(wide(text) for text in named)


def _narrows(key: str, values: list[str]) -> bool:
    if key not in NARROWING and not any(tag in key for tag in TAGS):
        return False
    if key.endswith(("boundary", "policyarn")):
        return bool(values) and not any(wide(value) for value in values)
    return bool(values) and all(value and not value.startswith(("*", "?", "${")) for value in values)


def narrowed(statement: Statement) -> bool:
    """Whether a condition restricts the actions' effect."""
    return any(operator in PLAIN and _narrows(key, values) for operator, key, values in statement.conditions())


def _forbids(statement: Statement) -> bool:
    """Whether a Deny applies always, or whenever the restriction is missing."""
    tests = list(statement.conditions())
    if any(operator.removesuffix("ifexists") not in NEGATED or not _narrows(key, v) for operator, key, v in tests):
        return False
    named = [text for _, text in statement.entries("resource")]
    return len(tests) <= 1 and not statement.get("notresource").present and every_resource(named)


@dataclass
class Rights:
    """The path actions that statements allow and deny."""

    allowed: dict[str, Statement] = field(default_factory=dict)
    """Action -> the first statement that allows it on resources that it does not name."""
    scoped: list[tuple[frozenset[str], Statement]] = field(default_factory=list)
    """Actions, and the statement that allows them on named resources."""
    forbidden: set[str] = field(default_factory=set)

    def add(self, judged: Resource, statements: Iterable[Statement]) -> Rights:
        """Add statements; unreadable ones are recorded."""
        for statement in statements:
            with judged.isolate():
                actions = actions_of(statement)
                if not actions:
                    continue
                if not statement.allows:
                    if _forbids(statement):
                        self.forbidden |= actions
                elif narrowed(statement):
                    continue
                elif everywhere(statement):
                    for action in actions:
                        self.allowed.setdefault(action, statement)
                else:
                    self.scoped.append((actions, statement))
        return self

    def merge(self, other: Rights) -> None:
        """Add the statements of another document of the same identity."""
        self.allowed = {**other.allowed, **self.allowed}
        self.scoped += other.scoped
        self.forbidden |= other.forbidden

    def reaches(self, path: Path) -> bool:
        """Whether all of a path's actions are allowed."""
        return all(action in self.allowed and action not in self.forbidden for action in path.actions)

    def of_itself(self, name: str) -> Iterator[tuple[str, Statement]]:
        """The actions, each with its statement, on named resources that include the identity of that name itself."""
        for actions, statement in self.scoped:
            named = [text for _, text in statement.entries("resource")]
            for action in sorted(actions & OWN.keys() - self.forbidden):
                kind = OWN[action]
                tails = [text.rpartition(f":{kind}")[2].rpartition("/")[2] for text in named if f":{kind}" in text]
                if any(covers(tail, name) for tail in tails):
                    yield action, statement
