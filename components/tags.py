"""Common tags: required tags are checked once, every resource has the same tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from components.faults import Arguments, Fault

LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 256
"""AWS's limits, in characters."""


@dataclass(frozen=True, kw_only=True)
class Tags(Arguments):
    """Tags shared by every resource of a stack."""

    owner: str
    """Team that answers for the resources."""
    environment: str
    """production, development or sandbox."""
    stack: str
    """Name of the Pulumi stack that made them."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further tags, such as a cost centre."""

    def faults(self) -> Iterator[Fault]:
        """Yield tags that AWS would refuse, or that the program would overwrite (INH-4)."""
        for key, value in self._own.items():
            if not 0 < len(value) <= LONGEST_VALUE:
                yield Fault((key,), f"{value!r} is not a tag value", f"give 1 to {LONGEST_VALUE} characters", "INH-4")
        for key, value in self.extra.items():
            if not 0 < len(key) <= LONGEST_KEY or key.lower().startswith("aws:"):
                allowed = f"give 1 to {LONGEST_KEY} characters, not starting with aws:"
                yield Fault(("extra", key), f"{key!r} is not a tag key", allowed, "INH-4")
            if not 0 < len(value) <= LONGEST_VALUE:
                allowed = f"give 1 to {LONGEST_VALUE} characters"
                yield Fault(("extra", key), f"{value!r} is not a tag value", allowed, "INH-4")
            if key in self._own:
                yield Fault(("extra", key), "the program sets this tag itself", "choose another key", "INH-4")

    @property
    def common(self) -> dict[str, str]:
        """The tags in AWS's format."""
        return {**self.extra, **self._own}

    @property
    def _own(self) -> dict[str, str]:
        own = {"owner": self.owner, "environment": self.environment, "stack": self.stack}
        return {**own, "managed-by": "palisade"}

    def named(self, name: str, **more: str) -> dict[str, str]:
        """The common tags with `Name`, and further tags of a resource."""
        return {**self.common, **more, "Name": name}
