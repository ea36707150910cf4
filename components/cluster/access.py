"""Cluster access: an access entry for each person and automation principal (VPN-MFA, SSH-USER).

| role | EKS's own rights | Kubernetes group, for RBAC |
|---|---|---|
| admin | AmazonEKSClusterAdminPolicy, everywhere | palisade:admins |
| operator | AmazonEKSViewPolicy everywhere; AmazonEKSEditPolicy in `operator_namespaces` | palisade:operators |
| viewer | AmazonEKSViewPolicy everywhere, which shows no Secrets | palisade:viewers |
| deploy | AmazonEKSClusterAdminPolicy, everywhere | palisade:deployers |
| preview | AmazonEKSViewPolicy everywhere | palisade:previewers |

People are admin, operator or viewer; automation principals are deploy or preview. The role deploy needs admin rights to
create roles and admission rules. The creator of the cluster has no entry.

An operator has no edit rights by default, because edit rights in kube-system allow becoming administrator; the
baseline's RBAC or `operator_namespaces` grants them in the applications' namespaces. A person removed from the list
loses their entry, and all access with it. EKS makes and removes the nodes' own entries with their group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.automation import AutomationPrincipal, AutomationRole
from components.context import AwsContext
from components.people import Person, Role
from components.tags import Tags
from policies.guidelines.eks import ACCESS_POLICIES

GROUPS: Final[dict[Role | AutomationRole, str]] = {
    "admin": "palisade:admins",
    "operator": "palisade:operators",
    "viewer": "palisade:viewers",
    "deploy": "palisade:deployers",
    "preview": "palisade:previewers",
}
"""Role -> Kubernetes group."""


def make_access(
    name: str,
    *,
    cluster: aws.eks.Cluster,
    people: Sequence[Person],
    automation: Sequence[AutomationPrincipal],
    operator_namespaces: Sequence[str],
    context: AwsContext,
    tags: Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.eks.AccessEntry]:
    """Make the entries and their rights; return the entries by principal name."""
    opts = pulumi.ResourceOptions(parent=parent)
    entries = {}
    principals: list[tuple[str, str, Role | AutomationRole]] = [
        *((person.name, person.iam_principal, person.role) for person in people),
        *((one.name, one.principal_arn, one.role) for one in automation),
    ]
    for who, arn, role in principals:
        entry = aws.eks.AccessEntry(
            f"{name}-{who}",
            cluster_name=cluster.name,
            principal_arn=arn,
            kubernetes_groups=[GROUPS[role]],
            type="STANDARD",
            tags=tags.named(f"{name}-{who}"),
            opts=opts,
        )
        entries[who] = entry
        for right, namespaces in _rights(role, operator_namespaces):
            aws.eks.AccessPolicyAssociation(
                f"{name}-{who}-{right}",
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=f"arn:{context.partition}:eks::aws:cluster-access-policy/{ACCESS_POLICIES[right]}",
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if namespaces else "cluster", namespaces=list(namespaces) or None
                ),
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[entry]),
            )
    return entries


def _rights(role: Role | AutomationRole, operator_namespaces: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Access policies of a role, each with its namespaces; none means the whole cluster."""
    if role in ("admin", "deploy"):
        return [("admin", ())]
    rights: list[tuple[str, Sequence[str]]] = [("view", ())]
    if role == "operator" and operator_namespaces:
        rights.append(("edit", operator_namespaces))
    return rights
