"""Every namespace has a Pod Security level label (INH-4)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, literal, of
from components.baseline.admission.writers import USER, in_system_by_system
from components.system_accounts import account
from policies.guidelines.deis import CONTROLLER, NAMESPACE
from policies.guidelines.eks import RESERVED_NAMESPACES
from policies.guidelines.pod_security import ENFORCE_LABEL, NEWEST_MINOR, SAFE_LEVELS, VERSION_LABEL, VERSIONS


def _read_level(it: str) -> str:
    return f"{of(it, 'metadata', 'labels')}[?{literal(ENFORCE_LABEL)}]"


def _read_version(it: str) -> str:
    return f"{of(it, 'metadata', 'labels')}[?{literal(VERSION_LABEL)}]"


NAMESPACES: Final = Rule(
    id="namespace-labels",
    requirement="INH-4",
    policies=("namespace-pod-security-labels",),
    resources={"": ["namespaces"]},
    reads=(_read_level, _read_version),
    unless={
        # Deis's controller makes a namespace for every application and sets no labels; the rule pod-security holds
        # there as well, and the rule deis-accounts restricts the namespaces it makes.
        "deis": f"{USER} == {literal(account(CONTROLLER, NAMESPACE))}",
        "system": in_system_by_system("object.metadata.name", RESERVED_NAMESPACES),
    },
    checks=(
        Check(
            holds=f"{_read_level('object')}.orValue('') in {literal(SAFE_LEVELS)}",
            message=f"a namespace is labelled {ENFORCE_LABEL}: {' or '.join(reversed(SAFE_LEVELS))}",
        ),
        Check(
            holds=f"{_read_version('object')}.orValue('latest').matches({literal(f'^(?:{VERSIONS})$')})",
            message=f"the label {VERSION_LABEL} names latest, or v1.25 to v1.{NEWEST_MINOR}",
        ),
    ),
)
