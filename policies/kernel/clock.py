"""The date used to evaluate versions, certificates and exemptions; tests can fix it."""

from __future__ import annotations

import datetime


def today() -> datetime.date:
    """The current day, in UTC."""
    return datetime.datetime.now(datetime.UTC).date()
