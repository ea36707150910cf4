"""Settings of logs and alarms (INH-1..3)."""

from __future__ import annotations

from typing import Annotated

from components.settings.base import Email, Section, matching


class AlertsSettings(Section):
    """`palisade:alerts`."""

    emails: tuple[Email, ...] = ()
    """Further subscribers; every person with role admin is one already."""
    secret_readers: tuple[
        Annotated[str, matching(r"[a-z0-9-]+/[a-z0-9.-]+", "a namespace and a service account, such as certs/issuer")],
        ...,
    ] = ()
    """Service accounts that read Secrets all day, besides Deis's: the alarm secret-read-by-workload spares them."""
