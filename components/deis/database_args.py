"""The controller's database: arguments of `Deis`, and their validation (INH-4, TLS-INT)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components.deis.rds_roots import are_roots, bundle_url, roots
from components.faults import Fault, unless_matching, unless_within

BACKUP_DAYS: Final = (7, 35)
"""At least what we ask for, at most what RDS keeps."""
LARGEST_GIB: Final = 65536
"""What gp3 holds, with PostgreSQL (CreateDBInstance, AllocatedStorage; read on 2026-11-29)."""
INSTANCE_CLASS: Final = re.compile(r"db\.[a-z0-9-]+\.[a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Database:
    """The controller's PostgreSQL on RDS."""

    engine_version: str = "15"
    """Major version; the minor ones come by themselves in the maintenance window."""
    instance_class: str = "db.t4g.small"
    """RDS instance class."""
    multi_az: bool = True
    """A standby in another zone."""
    storage_gib: int = 20
    """Storage at the start, in GiB."""
    largest_storage_gib: int = 100
    """Storage grows by itself up to this."""
    backup_days: int = 14
    """Days that automated backups are kept."""
    deletion_protection: bool = True
    """RDS refuses every deletion of the instance. Only with False is it deleted without a final snapshot."""
    ca_pem: str | None = None
    """Roots that the controller trusts for the database, PEM; None: RDS's own root of the region, where it is known."""

    def faults(self, region: str) -> Iterator[Fault]:
        """Yield values that RDS in a region, or Palisade, would refuse."""
        yield from unless_matching(
            ("engine_version",), self.engine_version, r"\d{2}", "a major version, such as 15", "INH-4"
        )
        allowed = "an instance class of RDS, such as db.t4g.small"
        yield from unless_matching(("instance_class",), self.instance_class, INSTANCE_CLASS, allowed, "INH-4")
        # RDS wants at least 10 percent more than there is at the start.
        least = -(-self.storage_gib * 11 // 10)
        yield from unless_within(("largest_storage_gib",), self.largest_storage_gib, least, LARGEST_GIB, "INH-4")
        yield from unless_within(("backup_days",), self.backup_days, *BACKUP_DAYS, "INH-4")
        if self.ca_pem is None and region not in roots():
            found = f"the roots of RDS in {region} are not part of Palisade"
            yield Fault(("ca_pem",), found, f"give those of {bundle_url(region)}", "TLS-INT")
        if self.ca_pem is not None and not are_roots(self.ca_pem):
            found = "these are not root certificates in PEM"
            yield Fault(("ca_pem",), found, f"give those of {bundle_url(region)}", "TLS-INT")
