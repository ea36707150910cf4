"""The day by which versions, certificates and exemptions are judged; tests stop it."""

from __future__ import annotations

import datetime


def today() -> datetime.date:
    """The current day, in UTC."""
    return datetime.datetime.now(datetime.UTC).date()
