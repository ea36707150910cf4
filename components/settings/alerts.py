"""Settings of logs and alarms (INH-1..3)."""

from __future__ import annotations

from components.settings.base import Email, Section


class AlertsSettings(Section):
    """`palisade:alerts`."""

    emails: tuple[Email, ...] = ()
    """Further subscribers; every person with role admin is one already."""
