"""Cases: resources that a policy must accept, must refuse with a reason, or must leave to the update.

They are in a file beside the policy, are named after the reason, and use the engine's spelling of properties. The tests
run every case through the SDK's proxies.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pulumi_policy import proxy

UNKNOWN: Final = proxy.UNKNOWN_STRING_VALUE
"""Stands where a value is known only after something was created."""
OMITTED: Final = object()
"""In `changed`: the property is left out."""

Expected = Literal["pass", "fail", "unknown"]
Props = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Item:
    """A resource in a case."""

    type: str
    props: Props
    name: str = "it"
    urn: str = ""
    """Left out, it is made from type and name."""
    depends_on: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Property -> names of the resources that its value comes from."""
    component: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case; for a resource policy it has one item, for a stack policy all resources of the stack."""

    name: str
    expected: Expected
    items: tuple[Item, ...]
    at: str = ""
    """Of a case that fails: the path of the violation."""
    settings: Mapping[str, Any] = field(default_factory=dict)


def _case(expected: Expected, why: str, items: tuple[Item, ...], at: str, settings: Mapping[str, Any] | None) -> Case:
    return Case(name=f"{expected}_{why}", expected=expected, items=items, at=at, settings=settings or {})


def ok(why: str, *items: Item, settings: Mapping[str, Any] | None = None) -> Case:
    """A case that passes."""
    return _case("pass", why, items, "", settings)


def fail(why: str, *items: Item, at: str, settings: Mapping[str, Any] | None = None) -> Case:
    """A case that is refused at a path."""
    return _case("fail", why, items, at, settings)


def unknown(why: str, *items: Item, settings: Mapping[str, Any] | None = None) -> Case:
    """A case that a preview cannot decide."""
    return _case("unknown", why, items, "", settings)


def changed(base: Props, changes: Mapping[str | tuple[str, ...], Any]) -> dict[str, Any]:
    """A copy with some properties set, or removed (OMITTED). Paths have dots; a number is an index in a list."""
    made = copy.deepcopy(dict(base))
    for path, value in changes.items():
        keys = path.split(".") if isinstance(path, str) else path
        holder: Any = made
        for key in keys[:-1]:
            holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
        last: Any = int(keys[-1]) if isinstance(holder, list) else keys[-1]
        if value is OMITTED:
            del holder[last]
        else:
            holder[last] = value
    return made
