"""Policies about what services accept: headers at balancers, users and folders at file systems (INH-4)."""

from __future__ import annotations

from typing import Final

from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.rules.services.records import BALANCERS, CLASSIC, application
from policies.rules.services.settings import Setting, Table, rule

ACCESS_POINT: Final = "aws:efs/accessPoint:AccessPoint"
MODES: Final = ("defensive", "strictest")

HEADERS_TABLE: Final[Table] = {
    **dict.fromkeys(
        BALANCERS,
        (
            Setting(path="dropInvalidHeaderFields", default="false", applies=application),
            Setting(path="desyncMitigationMode", allowed=MODES, default=MODES[0], applies=application),
        ),
    ),
    CLASSIC: (Setting(path="desyncMitigationMode", allowed=MODES, default=MODES[0]),),
}
HEADERS = Policy(
    id="balancer-headers-strict",
    requirement="TLS-CFG",
    types=frozenset(HEADERS_TABLE),
    level=ADVISORY,
    severity=MEDIUM,
    description="Load balancers drop invalid headers and requests that two programs may read in two ways.",
    fix="set dropInvalidHeaderFields to true, and leave desyncMitigationMode at defensive",
    rule=rule(HEADERS_TABLE),
)

POINTS: Final[Table] = {
    ACCESS_POINT: (
        Setting(path="rootDirectory.path", allowed=(), refused=("/",), default="/"),
        Setting(path="posixUser.uid", allowed=()),
    )
}
POINT = Policy(
    id="efs-access-point-confined",
    requirement="INH-4",
    types=frozenset(POINTS),
    level=ADVISORY,
    severity=MEDIUM,
    description="An access point of EFS leads to a folder of its own, as a user of its own.",
    fix="set rootDirectory.path to a folder, and posixUser to a user and a group",
    rule=rule(POINTS),
)

POLICIES = (HEADERS, POINT)
