"""Policies about accepted traffic: headers at load balancers, callers, users and folders (INH-4)."""

from __future__ import annotations

from typing import Final

from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.kernel.value import Value
from policies.rules.data.sharing import PERMISSION
from policies.rules.network.front_ports import BALANCERS, CLASSIC
from policies.rules.services.records import KAFKA, application
from policies.rules.services.settings import Setting, Table, lacks, rule
from policies.rules.tls.edge import SEARCHES

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


def _for_a_service(props: Value) -> bool:
    """Whether a service principal may call on behalf of any account (confused deputy)."""
    return (props["principal"].text() or "").endswith(".amazonaws.com") and lacks("sourceAccount")(props)


CALLERS_TABLE: Final[Table] = {
    PERMISSION: (Setting(path="sourceArn", allowed=(), applies=_for_a_service),),
    # Without any authentication method, MSK accepts unauthenticated clients.
    KAFKA: (Setting(path="clientAuthentication.unauthenticated", allowed=("false",), default="true"),),
    **dict.fromkeys(SEARCHES, (Setting(path="advancedSecurityOptions.enabled", default="false"),)),
}
CALLERS = Policy(
    id="service-callers-identified",
    requirement="INH-4",
    types=frozenset(CALLERS_TABLE),
    level=ADVISORY,
    severity=MEDIUM,
    description="Functions, brokers and search domains know who calls: which resource, or which client.",
    fix="name sourceArn; switch unauthenticated clients off, and fine-grained access control on",
    rule=rule(CALLERS_TABLE),
)

POLICIES = (HEADERS, POINT, CALLERS)
