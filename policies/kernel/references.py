"""Relations between resources of a stack: by identifiers or, while those are unknown, by dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from policies.kernel.resource import Resource, Stack

Spelling = Callable[[str, str], str]
"""Type and name -> name."""


class Referrers:
    """Resources indexed by a property that refers to others; each is read once, for any number of lookups.

    Args:
        stack: records which resources could not be read; those refer to nothing.
        holders: the resources that refer to others.
        name: the referring property, a value or a list.
        spelt: a type's own name of that property, if it differs.
    """

    def __init__(self, stack: Stack, holders: Iterable[Resource], name: str, spelt: Spelling | None = None) -> None:
        self._stack = stack
        self._holders = list(holders)
        self._by_text: dict[str, list[int]] = {}
        self._by_dependency: dict[str, list[int]] = {}
        self._undecided: set[int] = set()
        for place, holder in enumerate(self._holders):
            with stack.isolate():
                self._enter(place, holder, spelt(holder.type, name) if spelt else name)

    def _enter(self, place: int, holder: Resource, name: str) -> None:
        for urn in holder.depends_on.get(name, ()):
            self._by_dependency.setdefault(urn, []).append(place)
        value = holder.props[name]
        for one in value.one_or_more() if value.known else [value]:
            if not one.known:
                self._undecided.add(place)
            elif text := one.text():
                self._by_text.setdefault(text, []).append(place)

    def to(self, target: Resource, *identities: str) -> list[Resource]:
        """The resources that refer to a resource, in order.

        Args:
            target: the resource referred to.
            identities: its identifying properties, such as id and arn.

        Raises:
            MalformedError: an identity is not a text.
        """
        named = [target.props[name] for name in identities]
        ours = {text for one in named if one.known and (text := one.text())}
        places = {place for text in ours for place in self._by_text.get(text, ())}
        for place in self._by_dependency.get(target.urn, ()):
            # A known reference to another resource does not refer to this one, whatever it was computed from.
            if not ours or place in self._undecided:
                places.add(place)
        return [self._holders[place] for place in sorted(places)]

    def to_any(self, targets: Iterable[Resource], *identities: str) -> frozenset[str]:
        """The URNs of the resources that refer to one of several resources."""
        found: set[str] = set()
        for target in targets:
            with self._stack.isolate():
                found.update(one.urn for one in self.to(target, *identities))
        return frozenset(found)
