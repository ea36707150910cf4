"""Pod Identity associations of EKS."""

from __future__ import annotations

import uuid

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.services.eks.common import Json, associations, cluster_of, in_use, need_role

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


def create_association(call: Call) -> Json:
    cluster_of(call)
    need_role(call, call["roleArn"])
    association = associate(call, call["namespace"], call["serviceAccount"], call["roleArn"], None)
    association |= {
        "tags": dict(call.get("tags") or {}),
        "disableSessionTags": bool(call.get("disableSessionTags")),
        "targetRoleArn": call.get("targetRoleArn"),
        "policy": call.get("policy"),
    }
    if call.get("targetRoleArn"):
        association["externalId"] = f"{call.region}/{call.account}/{association['associationId']}"
    return {"association": association}


def associate(call: Call, namespace: str, service_account: str, role_arn: str, owner_arn: str | None) -> Json:
    """Make an association; a service account has at most one."""
    cluster_name = call["clusterName"]
    table = associations(call, cluster_name)
    if any((each["namespace"], each["serviceAccount"]) == (namespace, service_account) for each in table.values()):
        raise in_use(
            f"Association already exists: {service_account} in namespace {namespace}", clusterName=cluster_name
        )
    id_ = f"a-{uuid.uuid4().hex[:17]}"
    table[id_] = {
        "clusterName": cluster_name,
        "namespace": namespace,
        "serviceAccount": service_account,
        "roleArn": role_arn,
        "associationArn": call.arn("eks", f"podidentityassociation/{cluster_name}/{id_}"),
        "associationId": id_,
        "tags": {},
        "createdAt": now(),
        "modifiedAt": now(),
        "ownerArn": owner_arn,
        "disableSessionTags": False,
    }
    return table[id_]


def describe_association(call: Call) -> Json:
    return {"association": _association(call)}


def list_associations(call: Call) -> Json:
    cluster_of(call)
    found = [
        {name: association[name] for name in SUMMARY}
        for association in associations(call, call["clusterName"]).values()
        if all(call.get(name) in (None, association[name]) for name in ("namespace", "serviceAccount"))
    ]
    return page(call, found, "associations")


def update_association(call: Call) -> Json:
    association = _association(call)
    if call.get("roleArn"):
        need_role(call, call["roleArn"])
    association |= {
        name: call[name]
        for name in ("roleArn", "disableSessionTags", "targetRoleArn", "policy")
        if call.get(name) is not None
    }
    association["modifiedAt"] = now()
    return {"association": association}


def delete_association(call: Call) -> Json:
    association = _association(call)
    if association["ownerArn"]:
        raise AwsError(
            "InvalidRequestException",
            f"The association is owned by {association['ownerArn']}: change the add-on instead",
        )
    del associations(call, call["clusterName"])[call["associationId"]]
    return {"association": association}


def _association(call: Call) -> Json:
    cluster_of(call)
    found = associations(call, call["clusterName"]).get(call["associationId"])
    if found is None:
        raise not_found(f"No association found with ID {call['associationId']}", clusterName=call["clusterName"])
    return found


OPERATIONS: dict[str, Operation] = {
    "CreatePodIdentityAssociation": create_association,
    "DescribePodIdentityAssociation": describe_association,
    "ListPodIdentityAssociations": list_associations,
    "UpdatePodIdentityAssociation": update_association,
    "DeletePodIdentityAssociation": delete_association,
}
