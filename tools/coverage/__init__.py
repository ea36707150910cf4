"""The pack's coverage: rules of the peers (peers/*.toml) and controls of the frameworks (policies/frameworks).

`python -m tools.coverage` writes docs/coverage.md, docs/frameworks.md and the presets of the frameworks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policies.kernel.frameworks import REASONS

FOLDER: Final = Path(__file__).parent / "peers"
PARTLY: Final = "partly "
COVERED: Final = "covered"


@dataclass(frozen=True)
class Verdict:
    """The coverage of a rule: the policies that cover it, or why none does."""

    policies: tuple[str, ...] = ()
    missing: str = ""
    """What the policies do not judge."""
    reason: str = ""
    why: str = ""

    @property
    def kind(self) -> str:
        """`covered`, `partly` or the reason."""
        return self.reason or (PARTLY.strip() if self.missing else COVERED)

    def text(self) -> str:
        """The coverage in words, for a table."""
        if self.reason:
            return f"{self.reason}: {self.why}"
        named = ", ".join(f"`{policy}`" for policy in self.policies)
        return f"{named}; missing: {self.missing}" if self.missing else named


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A version of a set of rules."""

    id: str
    name: str
    source: str
    version: str
    read: str
    rules: Mapping[str, Verdict]


def verdict(text: str) -> Verdict:
    """Parse a line of a peer: `POLICY ...`, `partly POLICY ...: what is missing` or `REASON: why`.

    Raises:
        ValueError: it is malformed, or gives no reason.
    """
    before, _, after = text.partition(": ")
    if before in REASONS and after:
        return Verdict(reason=before, why=after)
    partly = text.startswith(PARTLY)
    if partly and after:
        return Verdict(policies=tuple(before.removeprefix(PARTLY).split()), missing=after)
    if partly or ": " in text or not before:
        raise ValueError(f"{text!r} is neither policies, nor partly policies, nor one of {', '.join(REASONS)}")
    return Verdict(policies=tuple(before.split()))


def peers() -> Iterator[Peer]:
    """All peers, by file name."""
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text())
        yield Peer(
            id=path.stem,
            name=data["name"],
            source=data["source"],
            version=data["version"],
            read=str(data["read"]),
            rules={rule: verdict(text) for rule, text in data["rules"].items()},
        )
