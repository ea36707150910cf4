"""The configured Pod Security level of each namespace: one map, read by the policies of each level (INH-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.guidelines.pod_security import Level
from policies.kernel.kinds import DEFAULT_NAMESPACE, WORKLOADS
from policies.kernel.resource import Resource, Violation
from policies.kernel.value import Value

KEY: Final = "namespaces"
RANK: Final[dict[str, int]] = {"privileged": 0, "baseline": 1, "restricted": 2}
WILD: Final = frozenset("*?[")

Rule = Callable[[Resource], Iterator[Violation]]


def setting(default: Level) -> dict[str, dict[str, Any]]:
    """The setting of a policy for a level."""
    return {
        KEY: {
            "type": "object",
            "additionalProperties": {"type": "string", "enum": list(RANK)},
            "default": {"*": default},
            "description": "Pod Security level by namespace; * and ? are wildcards, the most exact name holds, "
            "and what none matches is restricted.",
        }
    }


def configured(settings: Value) -> dict[str, str]:
    """Pattern -> level; an invalid level counts as the strictest."""
    given = {pattern: level.text() or "" for pattern, level in settings[KEY].fields().items()}
    return {pattern: level if level in RANK else "restricted" for pattern, level in given.items()}


def level_of(levels: Mapping[str, str], namespace: str) -> str:
    """The level of a namespace: by its exact name, else by the longest matching pattern, else the strictest."""
    matching = [pattern for pattern in levels if fnmatchcase(namespace, pattern)]
    if not matching:
        return "restricted"
    return levels[max(matching, key=lambda pattern: (not WILD & set(pattern), len(pattern)))]


def within(level: Level, rule: Rule) -> Rule:
    """Apply the rule if the namespace has the level, or a stricter one. In a list, the strictest object decides."""

    def judged(resource: Resource) -> Iterator[Violation]:
        levels = resource.settings.remembered(configured)
        if all(RANK[each] >= RANK[level] for each in levels.values()):
            # For every namespace, which may be unknown yet.
            yield from rule(resource)
            return
        for one in WORKLOADS.objects(resource):
            with resource.isolate():
                if RANK[level_of(levels, one.namespace.text() or DEFAULT_NAMESPACE)] >= RANK[level]:
                    yield from rule(resource)
                    return

    return judged
