"""Settings of logs and alarms (INH-1..3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from components.alarms import AlarmTopicArgs
from components.settings.base import Section


class AlertsSettings(Section):
    """`palisade:alerts`."""

    emails: tuple[str, ...] = ()
    """Further subscribers; every person with role admin is one already."""
    secret_readers: tuple[str, ...] = ()
    """Service accounts that read Secrets all day, besides Deis's: the alarm secret-read-by-workload spares them."""

    def to_args(self, administrators: Collection[str], **more: Any) -> AlarmTopicArgs:
        """The component's arguments; `more` are those that are not settings of this section."""
        return AlarmTopicArgs(emails=sorted({*administrators, *self.emails}), **more)
