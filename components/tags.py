"""The one place that makes tags: required ones are checked once, every resource carries the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Tags:
    """Tags shared by every resource of a stack.

    Raises:
        ValueError: a required tag is empty, or a tag breaks AWS's limits (key 128, value 256 characters, no `aws:`).
    """

    owner: str
    """Team that answers for the resources."""
    environment: str
    """production, development or sandbox."""
    stack: str
    """Name of the Pulumi stack that made them."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further tags, such as a cost centre."""

    def __post_init__(self) -> None:
        for key, value in self.common.items():
            if not key or len(key) > 128 or key.lower().startswith("aws:"):  # noqa: PLR2004 - AWS's documented limits
                raise ValueError(f"tags: {key!r} is not a tag key (1-128 characters, not starting with aws:)")
            if not value or len(value) > 256:  # noqa: PLR2004
                raise ValueError(f"tags.{key}: {value!r} is not a tag value (1-256 characters)")

    @property
    def common(self) -> dict[str, str]:
        """The tags as AWS takes them."""
        return {
            **self.extra,
            "owner": self.owner,
            "environment": self.environment,
            "stack": self.stack,
            "managed-by": "palisade",
        }

    def named(self, name: str, **more: str) -> dict[str, str]:
        """The common tags with `Name`, and what one resource adds."""
        return {**self.common, **more, "Name": name}
