"""Retention of logs (INH-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.faults import Fault, unless_among

RETENTION_DAYS: Final = (90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""What CloudWatch Logs takes, from three months on."""


def retention_faults(days: int) -> Iterator[Fault]:
    """Faults of the argument `log_retention_days`."""
    yield from unless_among(("log_retention_days",), days, RETENTION_DAYS, "INH-1")
