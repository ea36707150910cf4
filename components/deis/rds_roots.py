"""The certificates that RDS's own are signed with, by region (TLS-INT)."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

AUTHORITY: Final = "rds-ca-ecc384-g1"
"""The authority, as RDS names it, that signs the database's certificate."""
FILE: Final = Path(__file__).with_name("rds-roots.pem")


@functools.cache
def roots() -> dict[str, str]:
    """Region -> PEM of its root of AUTHORITY."""
    found = re.findall(
        r"^# ([a-z]{2}(?:-[a-z]+)+-\d)\n(-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----\n)",
        FILE.read_text(),
        re.DOTALL | re.MULTILINE,
    )
    return dict(found)
