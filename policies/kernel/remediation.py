"""Remediation: changes that a policy may make to a resource's inputs before the evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from policies.kernel.value import Value

Change = tuple[tuple[str | int, ...], Any]
"""Where, as keys and indices from the top, and the value that belongs there."""
Remedy = Callable[[Any], Iterable[Change]]
"""Resource -> the changes that it needs."""


def apply(props: Any, changes: Iterable[Change]) -> bool:
    """Make the changes in place, keeping secrets secret; return whether there were any. Fields are never removed."""
    done = False
    for path, wanted in changes:
        holder = props
        for key in path[:-1]:
            if isinstance(key, str) and _missing(holder, key):
                holder[key] = {}
            holder = holder[key]
        holder[path[-1]] = wanted
        done = True
    return done


def _missing(holder: Any, key: str) -> bool:
    return key not in holder or not Value(holder[key]).present
