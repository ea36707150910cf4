"""Exemptions: who lets which resource pass a policy, why, and until when. An expired one blocks again.

They stand in the pack's configuration, under the policy that they are from:

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
ANY_URN: Final = "urn:pulumi:any-stack::any-project::any:any/any:Any::any-name"
"""A pattern that matches this matches everything."""

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
            "urn": {**_TEXT, "description": "URN of the resource; * and ? stand for any characters and one."},
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
    """One exemption."""

    urn: str
    reason: str
    owner: str
    expires: datetime.date

    def covers(self, urn: str) -> bool:
        """Whether it is about that resource, expired or not."""
        return fnmatchcase(urn, self.urn)

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        return clock.today() > self.expires


def read(config: Value) -> tuple[list[Exemption], list[str]]:
    """The exemptions of a policy's configuration, and what is wrong with those that count as none."""
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
    if fnmatchcase(ANY_URN, said["urn"]):
        raise ValueError(f"{said['urn']} matches every resource; name a stack, a type or a resource")
    expires = datetime.date.fromisoformat(said["expires"])
    if (expires - clock.today()).days > LONGEST_DAYS:
        raise ValueError(f"{expires} is more than {LONGEST_DAYS} days ahead")
    return Exemption(urn=said["urn"], reason=said["reason"], owner=said["owner"], expires=expires)


def excuse(exemptions: Sequence[Exemption], urn: str) -> tuple[Exemption | None, str]:
    """The exemption that covers a resource, and if it has ended and so does not help, the word about that."""
    ours = [one for one in exemptions if one.covers(urn)]
    if not ours:
        return None, ""
    latest = max(ours, key=lambda one: one.expires)
    return latest, f"the exemption of {latest.owner} ended on {latest.expires}" if latest.expired else ""
