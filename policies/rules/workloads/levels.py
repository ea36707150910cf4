"""The Pod Security level of each namespace, as configured: one map, read by each policy for its own level (INH-4)."""

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
    """The setting of a policy that is about one level or another."""
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
    """Pattern -> level; what is no level counts as the strictest."""
    given = {pattern: level.text() or "" for pattern, level in settings[KEY].fields().items()}
    return {pattern: level if level in RANK else "restricted" for pattern, level in given.items()}


def level_of(levels: Mapping[str, str], namespace: str) -> str:
    """The level of a namespace: that of its own name, else that of the longest pattern, else the strictest."""
    matching = [pattern for pattern in levels if fnmatchcase(namespace, pattern)]
    if not matching:
        return "restricted"
    return levels[max(matching, key=lambda pattern: (not WILD & set(pattern), len(pattern)))]


def within(level: Level, rule: Rule) -> Rule:
    """The rule where a namespace has the level, or a stricter one. A list of objects is judged as its strictest one."""

    def judged(resource: Resource) -> Iterator[Violation]:
        levels = resource.settings.remembered(configured)
        if all(RANK[each] >= RANK[level] for each in levels.values()):
            # Whatever the namespace is, which may not be known yet.
            yield from rule(resource)
            return
        for one in WORKLOADS.objects(resource):
            with resource.isolate():
                if RANK[level_of(levels, one.namespace.text() or DEFAULT_NAMESPACE)] >= RANK[level]:
                    yield from rule(resource)
                    return

    return judged
