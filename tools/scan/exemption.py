"""Reviewed findings: a TOML file for each scanner in `exemptions/`, and their comparison with findings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.scan.scanners import Finding

FOLDER: Final = Path(__file__).with_name("exemptions")


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """The reason why a check may fail on these resources."""

    check: str
    title: str
    """What the check asks for, in our words."""
    resources: tuple[str, ...]
    """Exact names."""
    reason: str
    document: str
    """Where the decision is written: a path in this repository."""

    def findings(self) -> set[Finding]:
        """The exempt resources."""
        return {Finding(self.check, resource) for resource in self.resources}


def exemptions(scanner: str, folder: Path = FOLDER) -> tuple[Exemption, ...]:
    """The reviewed findings of a scanner.

    Raises:
        TypeError: an entry lacks a key or has an unknown one.
    """
    entries = tomllib.loads((folder / f"{scanner}.toml").read_text())["exemptions"]
    return tuple(Exemption(**{**entry, "resources": tuple(entry["resources"])}) for entry in entries)


def differences(found: Iterable[Finding], exempt: Iterable[Exemption]) -> Iterator[str]:
    """A line for each finding without an exemption, and for each exemption without a finding."""
    findings, reviewed = {*found}, {finding for entry in exempt for finding in entry.findings()}
    for finding in sorted(findings - reviewed):
        yield f"new: {finding.check} on {finding.resource}"
    for finding in sorted(reviewed - findings):
        yield f"stale: {finding.check} on {finding.resource}: the scanner no longer reports it; remove the entry"
