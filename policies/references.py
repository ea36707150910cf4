"""Which resources of a stack belong together: by their identifiers, and while those are not known, by dependency."""

from __future__ import annotations

from collections.abc import Iterable

from policies.judged import Resource
from policies.values import Value


def refers(resource: Resource, name: str, target: Resource, *identities: str) -> bool:
    """Whether a property of a resource, one value or a list, names another resource.

    Args:
        resource: the one that refers.
        name: its property.
        target: the other one.
        identities: the target's properties by which it is named, such as id and arn.
    """
    value = resource.props[name]
    values = value.one_or_more() if value.known else [value]
    texts = {one.text() for one in values if one.known} - {None, ""}
    ours = set(_identities(target, identities))
    if texts & ours:
        return True
    # What is known and names something else does not name this one, whatever it was computed from.
    undecided = not ours or any(not one.known for one in values)
    return undecided and target.urn in resource.depends_on.get(name, frozenset())


def _identities(target: Resource, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        value: Value = target.props[name]
        if value.known and (text := value.text()):
            yield text
