"""Pods, Secrets and accounts in the namespaces of EKS's add-ons are EKS's and Kubernetes's to write (INH-4).

A pod there may have the account of a controller that makes any role greater.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import POD_RESOURCES, Check, Rule, literal, of, read_spec
from components.baseline.admission.writers import IS_SYSTEM, USER
from policies.guidelines.eks import SYSTEM_NAMESPACES

SYSTEM: Final = Rule(
    id="system-namespaces",
    requirement="INH-4",
    policies=(),
    resources={**POD_RESOURCES, "": [*POD_RESOURCES[""], "secrets", "serviceaccounts"]},
    # A restart or a change of scale brings nothing new. Secrets and accounts have the last three, pods none of them.
    reads=(read_spec, lambda it: of(it, "data"), lambda it: of(it, "secrets"), lambda it: of(it, "type")),
    unless={"elsewhere": f"!(request.namespace in {literal(SYSTEM_NAMESPACES)})", "system": IS_SYSTEM},
    checks=(
        Check(
            holds="false",
            message=f"in {', '.join(SYSTEM_NAMESPACES)}, EKS and Kubernetes alone write workloads, Secrets and"
            " service accounts",
            found=USER,
        ),
    ),
)
