"""Who may use the Kubernetes API: one access entry per person, from the people list (VPN-MFA, SSH-USER).

| role | EKS's own rights | Kubernetes group, for RBAC |
|---|---|---|
| admin | AmazonEKSClusterAdminPolicy, everywhere | palisade:admins |
| operator | AmazonEKSViewPolicy everywhere; AmazonEKSEditPolicy in `operator_namespaces` | palisade:operators |
| viewer | AmazonEKSViewPolicy everywhere, which shows no Secrets | palisade:viewers |

An operator edits nowhere by default, because who may edit in kube-system can become administrator; the baseline's RBAC
or `operator_namespaces` opens the applications' namespaces. Who is taken out of the list loses their entry, and with it
everything. Nodes have entries of their own, which EKS makes and removes with their group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.people import Person, Role
from components.tags import Tags
from policies.guidelines.eks import ACCESS_POLICIES

GROUPS: Final[dict[Role, str]] = {
    "admin": "palisade:admins",
    "operator": "palisade:operators",
    "viewer": "palisade:viewers",
}
"""Role -> Kubernetes group."""


def make_access(
    name: str,
    *,
    cluster: aws.eks.Cluster,
    people: Sequence[Person],
    operator_namespaces: Sequence[str],
    context: AwsContext,
    tags: Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.eks.AccessEntry]:
    """Makes the entries and their rights; the entries by the person's name."""
    opts = pulumi.ResourceOptions(parent=parent)
    entries = {}
    for person in people:
        entry = aws.eks.AccessEntry(
            f"{name}-{person.name}",
            cluster_name=cluster.name,
            principal_arn=person.iam_principal,
            kubernetes_groups=[GROUPS[person.role]],
            type="STANDARD",
            tags=tags.named(f"{name}-{person.name}"),
            opts=opts,
        )
        entries[person.name] = entry
        for right, namespaces in _rights(person.role, operator_namespaces):
            aws.eks.AccessPolicyAssociation(
                f"{name}-{person.name}-{right}",
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=f"arn:{context.partition}:eks::aws:cluster-access-policy/{ACCESS_POLICIES[right]}",
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if namespaces else "cluster", namespaces=list(namespaces) or None
                ),
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[entry]),
            )
    return entries


def _rights(role: Role, operator_namespaces: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Access policies of a role, each with its namespaces; none: the whole cluster."""
    if role == "admin":
        return [("admin", ())]
    rights: list[tuple[str, Sequence[str]]] = [("view", ())]
    if role == "operator" and operator_namespaces:
        rights.append(("edit", operator_namespaces))
    return rights
