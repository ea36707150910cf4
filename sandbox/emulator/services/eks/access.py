"""Access entries of EKS and the policies associated with them.

Refusals follow the EKS user guide (awsdocs/amazon-eks-user-guide at 4d52b4d, grant-k8s-access.adoc; read on
2026-11-28): principals that do not exist, service-linked roles, other accounts' principals for types other than
STANDARD, names with EKS's own prefixes, and a session's name without a preceding colon.
"""

from __future__ import annotations

import re

from moto.backends import get_backend

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.services.eks.catalogue import ACCESS_POLICIES, RESERVED_PREFIXES
from sandbox.emulator.services.eks.common import Json, access_entries, cluster_of, in_use, invalid

NODE_TYPES = {"EC2_LINUX": ["system:nodes"], "EC2_WINDOWS": ["system:nodes", "eks:kube-proxy-windows"]}
OTHER_TYPES = ("STANDARD", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(user|role)/[\w+=,.@/-]+")
OF_NODEGROUP = "of-nodegroup"
"""Marks the entries that a node group brought."""
CREATOR = "user/moto"
"""Who calls, as moto's GetCallerIdentity tells."""


def create_access_entry(call: Call) -> Json:
    _need_entries(call)
    principal = call["principalArn"]
    table = access_entries(call, call["clusterName"])
    if not PRINCIPAL.fullmatch(principal):
        raise invalid("The principalArn parameter format is not valid")
    if not _principal_id(principal) or ":role/aws-service-role/" in principal:
        raise invalid("The specified principalArn is invalid: invalid principal.")
    if principal in table:
        raise in_use("The specified access entry resource is already in use on this cluster.")
    kind = call.get("type") or "STANDARD"
    if kind not in (*NODE_TYPES, *OTHER_TYPES):
        raise invalid(f"The type parameter value {kind} is not valid")
    if kind != "STANDARD" and (call.get("username") or call.get("kubernetesGroups")):
        raise invalid(f"The username and kubernetesGroups parameters cannot be set for type {kind}")
    if kind != "STANDARD" and principal.split(":")[4] != call.account:
        raise invalid(f"The principalArn of an entry of type {kind} must be in the account of the cluster")
    _check_names(call)
    entry = admit(call, call["clusterName"], principal, kind)
    for name in ("kubernetesGroups", "username", "tags"):
        if call.get(name):
            entry[name] = call[name]
    return {"accessEntry": entry}


def admit(call: Call, cluster_name: str, principal: str, kind: str = "STANDARD") -> Json:
    """Make an entry, with EKS's default user name and groups if the request has none."""
    _, partition, _, _, account, resource = principal.split(":")
    what, _, path = resource.partition("/")
    username = principal
    if kind in NODE_TYPES:
        username = "system:node:{{EC2PrivateDNSName}}"
    elif what == "role":
        username = f"arn:{partition}:sts::{account}:assumed-role/{path.rpartition('/')[2]}/{{{{SessionName}}}}"
    entry = {
        "clusterName": cluster_name,
        "principalArn": principal,
        "principalId": _principal_id(principal),
        "kubernetesGroups": list(NODE_TYPES.get(kind, [])),
        "accessEntryArn": call.arn("eks", f"access-entry/{cluster_name}/{what}/{account}/{path}/{call.id}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": {},
        "username": username,
        "type": kind,
        "policies": {},
    }
    access_entries(call, cluster_name)[principal] = entry
    return entry


def _principal_id(principal: str) -> str | None:
    """The unique ID of a user or role, which EKS stores with an entry: a recreated principal has no access."""
    _, partition, _, _, account, resource = principal.split(":")
    iam = get_backend("iam")[account][partition]
    known = iam.get_roles() if resource.startswith("role/") else iam.users.values()
    return next((each.id for each in known if each.arn == principal), None)


def admit_creator(call: Call, cluster_name: str) -> None:
    """The cluster's creator administers it, unless the request says otherwise."""
    entry = admit(call, cluster_name, f"arn:{call.partition}:iam::{call.account}:{CREATOR}")
    _associate(call, entry, _policy_arn(call, "AmazonEKSClusterAdminPolicy"), {"type": "cluster", "namespaces": []})


def admit_nodes(call: Call, cluster_name: str, role_arn: str) -> None:
    """Node groups add an entry for their role, if the cluster has access entries."""
    if role_arn not in access_entries(call, cluster_name) and _has_entries(call, cluster_name):
        admit(call, cluster_name, role_arn, "EC2_LINUX")[OF_NODEGROUP] = True


def dismiss_nodes(call: Call, cluster_name: str, role_arn: str) -> None:
    """The last node group of a role removes its entry, unless somebody else made it."""
    if access_entries(call, cluster_name).get(role_arn, {}).get(OF_NODEGROUP):
        del access_entries(call, cluster_name)[role_arn]


def describe_access_entry(call: Call) -> Json:
    return {"accessEntry": _entry(call)}


def list_access_entries(call: Call) -> Json:
    _need_entries(call)
    policy = call.get("associatedPolicyArn")
    entries = access_entries(call, call["clusterName"])
    found = sorted(principal for principal, entry in entries.items() if not policy or policy in entry["policies"])
    return page(call, found, "accessEntries")


def update_access_entry(call: Call) -> Json:
    entry = _entry(call)
    _check_names(call)
    if entry["type"] != "STANDARD":
        raise AwsError("InvalidRequestException", f"Access entries of type {entry['type']} cannot be updated")
    if call.get("kubernetesGroups") is not None:
        entry["kubernetesGroups"] = list(call["kubernetesGroups"])
    if call.get("username"):
        entry["username"] = call["username"]
    entry["modifiedAt"] = now()
    return {"accessEntry": entry}


def delete_access_entry(call: Call) -> Json:
    entry = _entry(call)
    del access_entries(call, call["clusterName"])[entry["principalArn"]]
    return {}


def associate_access_policy(call: Call) -> Json:
    entry = _entry(call)
    if entry["type"] != "STANDARD":
        raise AwsError(
            "InvalidRequestException", f"Access policies cannot be associated with entries of type {entry['type']}"
        )
    if call["policyArn"] not in _policy_arns(call):
        raise not_found(
            "The specified policyArn could not be found. You can view a list of policies with ListAccessPolicies"
        )
    scope = call["accessScope"]
    namespaces = list(scope.get("namespaces") or [])
    kind = scope.get("type")
    if kind is None or (kind == "namespace") != bool(namespaces):
        raise invalid("The accessScope must be cluster without namespaces, or namespace with at least one")
    associated = _associate(call, entry, call["policyArn"], {"type": kind, "namespaces": namespaces})
    return {
        "clusterName": entry["clusterName"],
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": associated,
    }


def disassociate_access_policy(call: Call) -> Json:
    if _entry(call)["policies"].pop(call["policyArn"], None) is None:
        raise not_found("No association found for the specified policyArn and principalArn.")
    return {}


def list_associated_access_policies(call: Call) -> Json:
    entry = _entry(call)
    answer = page(call, list(entry["policies"].values()), "associatedAccessPolicies")
    return {**answer, "clusterName": entry["clusterName"], "principalArn": entry["principalArn"]}


def list_access_policies(call: Call) -> Json:
    return page(call, [{"name": name, "arn": _policy_arn(call, name)} for name in ACCESS_POLICIES], "accessPolicies")


def _associate(call: Call, entry: Json, policy_arn: str, scope: Json) -> Json:
    before = entry["policies"].get(policy_arn, {"associatedAt": now()})
    entry["policies"][policy_arn] = {**before, "policyArn": policy_arn, "accessScope": scope, "modifiedAt": now()}
    return entry["policies"][policy_arn]


def _policy_arn(call: Call, name: str) -> str:
    return f"arn:{call.partition}:eks::aws:cluster-access-policy/{name}"


def _policy_arns(call: Call) -> set[str]:
    return {_policy_arn(call, name) for name in ACCESS_POLICIES}


def _has_entries(call: Call, cluster_name: str) -> bool:
    return cluster_of(call, cluster_name)["accessConfig"]["authenticationMode"] != "CONFIG_MAP"


def _need_entries(call: Call) -> None:
    cluster_of(call)
    if not _has_entries(call, call["clusterName"]):
        raise AwsError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation.",
        )


def _entry(call: Call) -> Json:
    _need_entries(call)
    found = access_entries(call, call["clusterName"]).get(call["principalArn"])
    if found is None:
        raise not_found(
            "The specified principalArn could not be found. You can view a list of entries with ListAccessEntries"
        )
    return found


def _check_names(call: Call) -> None:
    """EKS reserves some names of users and groups."""
    for group in call.get("kubernetesGroups") or []:
        if group.startswith(RESERVED_PREFIXES):
            raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with {_prefix(group)}")
    username = call.get("username") or ""
    if username.startswith(RESERVED_PREFIXES):
        raise invalid(f"The username {username} is invalid, it cannot start with {_prefix(username)}")
    before, session, _ = username.partition("{{SessionName")
    if session and ":" not in before:
        raise invalid(f"The username {username} is invalid, a colon must come before {{{{SessionName}}}}")


def _prefix(name: str) -> str:
    return next(prefix for prefix in RESERVED_PREFIXES if name.startswith(prefix))


OPERATIONS: dict[str, Operation] = {
    "CreateAccessEntry": create_access_entry,
    "DescribeAccessEntry": describe_access_entry,
    "ListAccessEntries": list_access_entries,
    "UpdateAccessEntry": update_access_entry,
    "DeleteAccessEntry": delete_access_entry,
    "AssociateAccessPolicy": associate_access_policy,
    "DisassociateAccessPolicy": disassociate_access_policy,
    "ListAssociatedAccessPolicies": list_associated_access_policies,
    "ListAccessPolicies": list_access_policies,
}
