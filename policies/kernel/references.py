"""Which resources of a stack belong together: by their identifiers, and while those are not known, by dependency."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from policies.kernel.resource import Resource, Stack

Spelling = Callable[[str, str], str]
"""Type and name -> name."""


class Referrers:
    """Some resources by what one of their properties names; each is read once, however many are asked about.

    Args:
        stack: learns which resources could not be read; those name nothing.
        holders: the resources that refer to others.
        name: their property, one value or a list.
        spelt: what a type calls that property, where some call it otherwise.
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
        """Those that name a resource, in their order.

        Args:
            target: the one that is named.
            identities: its properties by which it is, such as id and arn.

        Raises:
            MalformedError: an identity is no text.
        """
        named = [target.props[name] for name in identities]
        ours = {text for one in named if one.known and (text := one.text())}
        places = {place for text in ours for place in self._by_text.get(text, ())}
        for place in self._by_dependency.get(target.urn, ()):
            # What is known and names something else does not name this one, whatever it was computed from.
            if not ours or place in self._undecided:
                places.add(place)
        return [self._holders[place] for place in sorted(places)]

    def to_any(self, targets: Iterable[Resource], *identities: str) -> frozenset[str]:
        """The URNs of those that name one of several resources."""
        found: set[str] = set()
        for target in targets:
            with self._stack.isolate():
                found.update(one.urn for one in self.to(target, *identities))
        return frozenset(found)
