"""Whether nodes with a role can join their cluster: their AWS calls, evaluated against the role's policies.

Real nodes retry for fifteen minutes (awsdocs/amazon-eks-user-guide 4d52b4d, latest/ug/troubleshooting); here the result
is immediate. Conditions and resources of a policy are not evaluated: a statement with either allows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.emulator.call import Call
from sandbox.emulator.services.eks.common import Json, addons, associations, invalid, listed, trusts

SELF_MANAGED = "bootstrapSelfManagedAddons"
"""Member of a cluster's record: whether EKS installed CNI, kube-proxy and CoreDNS with it."""
NOT_JOINED = "Instances failed to join the kubernetes cluster"
NOT_READY = "Unhealthy nodes in the kubernetes cluster"


@dataclass(frozen=True)
class Need:
    """A node's AWS calls, with its role, before it is ready."""

    action: str
    message: str
    """Of the health issue that a refusal ends in."""
    images: tuple[str, ...] = ("AL2023", "BOTTLEROCKET")
    """Beginnings of the AMI types that call it."""


NEEDS = (
    # nodeadm: awslabs/amazon-eks-ami 81fec2e, nodeadm/internal/api/status.go; pluto: bottlerocket-core-kit a10182f,
    # sources/api/pluto/src/ec2.rs, for hostname-override-source = private-dns-name, its default. Read 2026-11-28.
    Need("ec2:DescribeInstances", NOT_JOINED),
    # The CNI's image, by kubelet's ecr-credential-provider: without it the network never becomes ready.
    Need("ecr:GetAuthorizationToken", NOT_READY),
    Need("ecr:BatchGetImage", NOT_READY),
    Need("ecr:GetDownloadUrlForLayer", NOT_READY),
)
CNI_NEEDS = (
    # With a Pod Identity the agent requests the CNI's credentials with the node's role; without it the CNI uses the
    # node's own (aws/amazon-vpc-cni-k8s, docs/iam-policy.md).
    (True, Need("eks-auth:AssumeRoleForPodIdentity", NOT_READY)),
    (False, Need("ec2:AssignPrivateIpAddresses", NOT_READY)),
    (False, Need("ec2:CreateNetworkInterface", NOT_READY)),
)


def issues(call: Call, cluster: Json, role_arn: str, ami_type: str) -> list[Json]:
    """Health issues of a new node group with this role; empty if its nodes become ready."""
    identities = associations(call, cluster["name"]).values()
    cni_has_identity = any(
        (identity["namespace"], identity["serviceAccount"]) == ("kube-system", "aws-node") for identity in identities
    )
    documents = list(_documents(call, role_arn))
    needs = (*NEEDS, *(need for identity, need in CNI_NEEDS if identity is cni_has_identity))
    missing = [
        need.message for need in needs if ami_type.startswith(need.images) and not _is_allowed(documents, need.action)
    ]
    if not cluster[SELF_MANAGED] and "vpc-cni" not in addons(call, cluster["name"]):
        missing.append(NOT_READY)
    instance = f"i-{call.id.replace('-', '')[:17]}"
    return [{"code": "NodeCreationFailure", "message": each, "resourceIds": [instance]} for each in missing[:1]]


def need_node_trust(call: Call, role_arn: str) -> None:
    """Refuse a role that EC2 may not assume."""
    service = "ec2.amazonaws.com.cn" if call.partition == "aws-cn" else "ec2.amazonaws.com"
    if not trusts(_role(call, role_arn), service):
        # In the wording of bottlerocket-os/bottlerocket-update-operator #316.
        raise invalid(
            f"Following required service principals [{service}] were not found in the trust relationships of "
            f"nodeRole {role_arn}"
        )


def _documents(call: Call, role_arn: str) -> Iterator[Json]:
    iam, role = call.moto("iam"), _role(call, role_arn)
    for name in iam.list_role_policies(role.name):
        yield json.loads(iam.get_role_policy(role.name, name)[1])
    for policy in role.managed_policies.values():
        yield json.loads(next(version.document for version in policy.versions if version.is_default))


def _role(call: Call, role_arn: str) -> Any:
    return next(role for role in call.moto("iam").get_roles() if role.arn == role_arn)


def _is_allowed(documents: list[Json], action: str) -> bool:
    """Whether a statement allows the action on every resource, and none denies it on any."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in listed(document["Statement"])
        if _covers(statement, action) and (statement["Effect"] == "Deny" or _is_unlimited(statement))
    }
    return effects == {"Allow"}


def _is_unlimited(statement: Json) -> bool:
    return not statement.get("Condition") and "*" in listed(statement.get("Resource"))


def _covers(statement: Json, action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement["Action"], action)


def _matches(patterns: Any, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed(patterns))
