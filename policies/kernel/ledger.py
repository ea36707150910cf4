"""The status of every exemption: in use, unused, expired, or ignored.

The kernel records it during the evaluation; `exemptions-reviewed` and the command line read it at the end.
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
    """An exemption of a policy."""

    policy: str
    exemption: Exemption
    used_by: set[str] = field(default_factory=set)
    """URNs that pass because of it, or would if it had not ended."""
    undecided: bool = False
    """Whether it is about something of which not all is known yet."""

    @property
    def standing(self) -> Standing:
        """Its status after the evaluation."""
        if self.exemption.expired:
            return "expired"
        if self.used_by:
            return "in use"
        return "undecided" if self.undecided else "unused"

    def is_about(self, urn: str) -> bool:
        """Whether it may match a resource of that URN's stack and project, judging by its pattern."""
        patterns = self.exemption.urn.split(_SEPARATOR)[:2]
        return all(fnmatchcase(part, pattern) for part, pattern in zip(urn.split(_SEPARATOR), patterns, strict=False))


class Ledger:
    """The exemptions of a run."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, Exemption], Entry] = {}
        self._faults: dict[str, tuple[str, ...]] = {}

    def clear(self) -> None:
        """Start over, with a new configuration."""
        self._entries.clear()
        self._faults.clear()

    def configure(self, policy: str, exemptions: Sequence[Exemption], faults: Sequence[str]) -> None:
        """Record a policy's exemptions, and the errors of those that are ignored. Idempotent."""
        for exemption in exemptions:
            self._entry(policy, exemption)
        if faults:
            self._faults[policy] = tuple(faults)

    def use(self, policy: str, exemption: Exemption, urn: str) -> None:
        """Record that a resource violates the policy and is covered by the exemption."""
        self._entry(policy, exemption).used_by.add(urn)

    def doubt(self, policy: str, exemption: Exemption) -> None:
        """Record that the exemption may be needed: some values of its resource are unknown."""
        self._entry(policy, exemption).undecided = True

    def entries(self) -> list[Entry]:
        """All exemptions, in the order in which they were recorded."""
        return list(self._entries.values())

    def faults(self) -> Iterator[tuple[str, str]]:
        """Policy and error of every ignored exemption."""
        for policy, faults in list(self._faults.items()):
            for fault in faults:
                yield policy, fault

    def _entry(self, policy: str, exemption: Exemption) -> Entry:
        return self._entries.setdefault((policy, exemption), Entry(policy, exemption))


RUN: Final = Ledger()
"""That of this process: the engine starts one for each preview and each update."""
