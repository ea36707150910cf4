"""Exemptions: a resource may violate a policy, with a reason, an owner and an expiry date. Expired ones block again.

They are part of the pack's configuration, under the policy's ID. The pattern has the four parts of a URN, each matched
separately, and must name a stack and a type, or a resource. `*` and `?` are wildcards; character classes are refused.

    {"no-public-ip": {"exemptions": [{"urn": "urn:pulumi:prod::shop::*::relay", "reason": "SMTP relay, SEC-123",
                                      "owner": "mail@example.org", "expires": "2027-01-31"}]}}
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.guidelines.exemptions import LONGEST_DAYS
from policies.kernel import clock
from policies.kernel.value import MalformedError, NotKnownError, Value

KEY: Final = "exemptions"
PREFIX: Final = "urn:pulumi:"
SEPARATOR: Final = "::"
PARTS: Final = 4
"""Stack, project, type with those of its parents, name."""

_TEXT: Final = {"type": "string", "minLength": 1}
SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "description": "Resources that may break this policy, each with reason, owner and end.",
    "default": [],
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["urn", "reason", "owner", "expires"],
        "properties": {
            "urn": {
                **_TEXT,
                "description": "URN of the resource; * and ? are wildcards, but not in both the name and the type.",
            },
            "reason": {**_TEXT, "description": "Why it may, and where that was decided."},
            "owner": {**_TEXT, "description": "Who answers for it."},
            "expires": {
                "type": "string",
                "pattern": r"^\d{4}-\d{2}-\d{2}$",
                "description": f"Last day (ISO 8601), at most {LONGEST_DAYS} days ahead.",
            },
        },
    },
}


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """An exemption."""

    urn: str
    reason: str
    owner: str
    expires: datetime.date

    def covers(self, urn: str) -> bool:
        """Whether it matches the resource, expired or not."""
        parts = urn.split(SEPARATOR, PARTS - 1)
        patterns = self.urn.split(SEPARATOR, PARTS - 1)
        return len(parts) == PARTS and all(map(fnmatchcase, parts, patterns))

    @property
    def expired(self) -> bool:
        """Whether its expiry date has passed."""
        return clock.today() > self.expires


def pattern_fault(pattern: str) -> str:
    """Why a URN pattern is too broad or malformed; empty if it is valid."""
    parts = pattern.removeprefix(PREFIX).split(SEPARATOR, PARTS - 1)
    if not pattern.startswith(PREFIX) or len(parts) != PARTS or not all(parts):
        return f"{pattern} is no URN; give {PREFIX}STACK::PROJECT::TYPE::NAME"
    if "[" in pattern:
        return f"{pattern} has a character class; only * and ? are wildcards"
    stack, _, type_, name = parts
    if _literal(name) or (_literal(stack) and _literal(type_.rpartition("$")[2])):
        return ""
    return f"{pattern} is too wide; name the resource, or the stack and the type, without wildcards"


def _literal(text: str) -> bool:
    return not set(text) & {"*", "?"}


def read(config: Value) -> tuple[list[Exemption], list[str]]:
    """The exemptions of a policy's configuration, and the errors of those that are ignored."""
    exemptions: list[Exemption] = []
    faults: list[str] = []
    try:
        entries = config[KEY].items()
    except (MalformedError, NotKnownError) as fault:
        return [], [f"{fault} is no list of exemptions"]
    for entry in entries:
        try:
            exemptions.append(_exemption(entry))
        except (MalformedError, NotKnownError, ValueError) as fault:
            faults.append(f"{entry.path} does not count: {fault}")
    return exemptions, faults


def _exemption(entry: Value) -> Exemption:
    said = {name: (entry[name].text() or "").strip() for name in ("urn", "reason", "owner", "expires")}
    if missing := [name for name, text in said.items() if not text]:
        raise ValueError(f"{', '.join(missing)} missing")
    if wrong := pattern_fault(said["urn"]):
        raise ValueError(wrong)
    expires = datetime.date.fromisoformat(said["expires"])
    if (expires - clock.today()).days > LONGEST_DAYS:
        raise ValueError(f"{expires} is more than {LONGEST_DAYS} days ahead")
    return Exemption(urn=said["urn"], reason=said["reason"], owner=said["owner"], expires=expires)


def excuse(exemptions: Sequence[Exemption], urn: str) -> tuple[Exemption | None, str]:
    """The exemption that covers a resource; if it has expired, also the message about that."""
    ours = [exemption for exemption in exemptions if exemption.covers(urn)]
    if not ours:
        return None, ""
    latest = max(ours, key=lambda one: one.expires)
    return latest, f"the exemption of {latest.owner} ended on {latest.expires}" if latest.expired else ""
