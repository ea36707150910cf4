"""The namespaces of EKS's add-ons belong to EKS and Kubernetes: pods, Secrets, accounts and priorities (INH-4).

A pod there may use the account of a controller that can extend any role.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import POD_RESOURCES, Check, Rule, literal, of, of_template, read_spec
from components.baseline.admission.writers import IS_SYSTEM, USER, in_system_by_system
from policies.guidelines.eks import SYSTEM_NAMESPACES

SYSTEM_PRIORITIES: Final = "system-"
"""How the names of Kubernetes's own two classes begin, which evict any other pod; nobody can make another."""

SYSTEM: Final = Rule(
    id="system-namespaces",
    requirement="INH-4",
    policies=(),
    resources={**POD_RESOURCES, "": [*POD_RESOURCES[""], "secrets", "serviceaccounts"]},
    # A restart or a change of scale changes nothing here. Secrets and accounts have the last three fields, pods none.
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

SHELLS: Final = Rule(
    id="system-shells",
    requirement="INH-4",
    policies=(),
    resources={"": ["pods/exec", "pods/attach", "nodes/proxy"]},
    operations=("CONNECT",),
    unless={
        "elsewhere": f"request.resource.resource == 'pods' && !(request.namespace in {literal(SYSTEM_NAMESPACES)})",
        "system": IS_SYSTEM,
    },
    checks=(
        Check(
            holds="false",
            message=f"nobody opens a shell in pods of {', '.join(SYSTEM_NAMESPACES)}, some of which are root on their"
            " node, or reaches pods by the node's kubelet",
            found=USER,
        ),
    ),
)
PRIORITIES: Final = Rule(
    id="priorities",
    requirement="INH-4",
    policies=(),
    resources=POD_RESOURCES,
    reads=(read_spec,),
    variables={"class": f"{of_template('object', 'spec', 'priorityClassName')}.orValue('')"},
    unless={"system": in_system_by_system("request.namespace")},
    checks=(
        Check(
            holds=f"!variables.class.startsWith({literal(SYSTEM_PRIORITIES)})",
            message=f"no pod outside of {', '.join(SYSTEM_NAMESPACES)} takes the place of the cluster's own parts",
            found="variables.class",
        ),
    ),
)
