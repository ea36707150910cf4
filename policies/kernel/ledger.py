"""What became of every exemption: which are in use, which nobody needs, which have ended, which count as none.

The kernel writes it while it judges; `exemptions-reviewed` and the command line read it at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal

from policies.kernel.exemptions import Exemption

Standing = Literal["in use", "undecided", "unused", "expired"]
_SEPARATOR: Final = "::"


@dataclass
class Entry:
    """One exemption of one policy."""

    policy: str
    exemption: Exemption
    used_by: set[str] = field(default_factory=set)
    """URNs that pass because of it, or would if it had not ended."""
    undecided: bool = False
    """Whether it is about something of which not all is known yet."""

    @property
    def standing(self) -> Standing:
        """Where it stands after everything was judged."""
        if self.exemption.expired:
            return "expired"
        if self.used_by:
            return "in use"
        return "undecided" if self.undecided else "unused"

    def is_about(self, urn: str) -> bool:
        """Whether it may be about a resource of that URN's stack and project, as far as its pattern tells."""
        patterns = self.exemption.urn.split(_SEPARATOR)[:2]
        return all(fnmatchcase(part, pattern) for part, pattern in zip(urn.split(_SEPARATOR), patterns, strict=False))


class Ledger:
    """The exemptions of one run."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, Exemption], Entry] = {}
        self._faults: dict[str, tuple[str, ...]] = {}

    def clear(self) -> None:
        """Begins anew, with a new configuration."""
        self._entries.clear()
        self._faults.clear()

    def configure(self, policy: str, exemptions: Sequence[Exemption], faults: Sequence[str]) -> None:
        """Enters a policy's exemptions, and what is wrong with those that count as none. Again changes nothing."""
        for exemption in exemptions:
            self._entry(policy, exemption)
        if faults:
            self._faults[policy] = tuple(faults)

    def use(self, policy: str, exemption: Exemption, urn: str) -> None:
        """Enters that a resource breaks the policy and is covered by the exemption."""
        self._entry(policy, exemption).used_by.add(urn)

    def doubt(self, policy: str, exemption: Exemption) -> None:
        """Enters that the exemption may be needed: not everything about its resource is known."""
        self._entry(policy, exemption).undecided = True

    def entries(self) -> list[Entry]:
        """All exemptions, in the order of their entry."""
        return list(self._entries.values())

    def faults(self) -> Iterator[tuple[str, str]]:
        """Policy and what is wrong, of every exemption that counts as none."""
        for policy, faults in list(self._faults.items()):
            for fault in faults:
                yield policy, fault

    def _entry(self, policy: str, exemption: Exemption) -> Entry:
        return self._entries.setdefault((policy, exemption), Entry(policy, exemption))


RUN: Final = Ledger()
"""That of this process: the engine starts one for each preview and each update."""
