"""A request as an operation sees it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from sandbox.emulator.store import Table, shelf

GLOBAL_SERVICES = frozenset({"iam", "route53", "s3", "sts"})
"""Services whose state belongs to the account's partition, not to a region."""


@dataclass(frozen=True)
class Call:
    """An operation's request: parsed and validated parameters, and the stores of its state."""

    service: str
    operation: str
    account: str
    region: str
    params: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __getitem__(self, name: str) -> Any:
        return self.params[name]

    def get(self, name: str, default: Any = None) -> Any:
        """An optional parameter."""
        return self.params.get(name, default)

    @property
    def partition(self) -> str:
        """The partition of the region, such as aws."""
        return get_partition(self.region)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def table(self, name: str) -> Table:
        """A table of the emulator's own."""
        place = self.partition if self.service in GLOBAL_SERVICES else self.region
        return shelf(self.service, self.account, place).tables[name]

    def moto(self, service: str) -> Any:
        """moto's backend of a service, in this account and region."""
        place = self.partition if service in GLOBAL_SERVICES else self.region
        return get_backend(service)[self.account][place]  # pyright: ignore[reportCallIssue, reportArgumentType]


Operation = Callable[[Call], Any]
"""Answers a call with the members of its output; refuses with an AwsError."""


def now() -> datetime.datetime:
    """The time in the format of moto's serialisers."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def page(
    call: Call,
    items: list[Any],
    member: str,
    size: str = "maxResults",
    token: str = "nextToken",  # noqa: S107 - a member's name
) -> dict[str, Any]:
    """A page of a list; the token is the index at which the next page starts."""
    start = int(call.get(token) or 0)
    end = start + (call.get(size) or 100)
    answer: dict[str, Any] = {member: items[start:end]}
    if end < len(items):
        answer[token] = str(end)
    return answer
