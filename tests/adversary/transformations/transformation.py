"""What a transformation is, and how one reaches into properties."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.kernel.cases import Item

Items = tuple[Item, ...]
NOT_APPLICABLE: Final[Items] = ()
BOTH: Final = frozenset({"pass", "fail"})
FAIL: Final = frozenset({"fail"})


@dataclass(frozen=True, kw_only=True)
class Transformation:
    """Another way to write a resource, which means the same (or allows more, where only `fail` is kept)."""

    name: str
    why: str
    """Why the two mean the same, and where that is documented."""
    change: Callable[[Item], Items]
    """The same as one resource or several; no resource: it does not apply."""
    keeps: frozenset[str] = BOTH
    """The verdicts that it must not change."""
    alone: bool = False
    """Whether it is only for a resource by itself: in a stack, others refer to what it leaves out."""


def replaced(item: Item, props: Mapping[str, Any], *, type_: str = "") -> Items:
    """The item with other properties or of another type; not applicable where nothing differs."""
    type_ = type_ or item.type
    if type_ == item.type and dict(props) == dict(item.props):
        return NOT_APPLICABLE
    # A URN names its type.
    urn = item.urn if type_ == item.type else ""
    return (dataclasses.replace(item, props=props, type=type_, urn=urn),)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy in which `change` had a say on every value, the innermost first."""
    if isinstance(value, Mapping):
        return change({key: mapped(inner, change) for key, inner in value.items()})
    if isinstance(value, list):
        return change([mapped(inner, change) for inner in value])
    return change(value)


def of_aws(item: Item) -> bool:
    """Whether it is a resource of the bridged aws package, whose provider converts between text and other scalars."""
    return item.type.startswith("aws:")
