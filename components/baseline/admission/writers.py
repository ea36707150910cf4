"""CEL that identifies EKS and Kubernetes as the writer, by names that nobody else can have (INH-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.baseline.admission.rule import literal
from components.system_accounts import EKS_PREFIX, SYSTEM_GROUPS, SYSTEM_USERS
from policies.guidelines.eks import SYSTEM_NAMESPACES

USER: Final = "request.userInfo.username"
GROUPS: Final = "(has(request.userInfo.groups) ? request.userInfo.groups : [])"
IS_SYSTEM: Final = (
    f"({USER}.startsWith({literal(EKS_PREFIX)}) || {USER} in {literal(SYSTEM_USERS)}"
    f" || {GROUPS}.exists(g, g in {literal(SYSTEM_GROUPS)}))"
)


def in_system_by_system(namespace: str, places: Sequence[str] = SYSTEM_NAMESPACES) -> str:
    """CEL: EKS or Kubernetes writes to one of their own namespaces; `namespace` is CEL for its name."""
    return f"({namespace} in {literal([*places])} && {IS_SYSTEM})"
