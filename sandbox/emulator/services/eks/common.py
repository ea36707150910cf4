"""Shared parts of the EKS operations: the tables, and the errors."""

from __future__ import annotations

import json
from typing import Any

from sandbox.emulator.call import Call, now
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.store import Record, Table

Json = dict[str, Any]


def clusters(call: Call) -> Table:
    """Cluster name -> cluster."""
    return call.table("clusters")


def nodegroups(call: Call, cluster_name: str) -> Table:
    """Node-group name -> node group, of one cluster."""
    return call.table(f"nodegroups/{cluster_name}")


def addons(call: Call, cluster_name: str) -> Table:
    """Add-on name -> add-on, of one cluster."""
    return call.table(f"addons/{cluster_name}")


def access_entries(call: Call, cluster_name: str) -> Table:
    """Principal -> access entry, of one cluster; its associated policies are under `policies`."""
    return call.table(f"access/{cluster_name}")


def associations(call: Call, cluster_name: str) -> Table:
    """ID -> Pod Identity association, of one cluster."""
    return call.table(f"pod-identity/{cluster_name}")


def updates(call: Call, cluster_name: str) -> Table:
    """ID -> update of the cluster, a node group or an add-on."""
    return call.table(f"updates/{cluster_name}")


def forget(call: Call, cluster_name: str) -> None:
    """Delete all records of a deleted cluster."""
    for table in (nodegroups, addons, access_entries, associations, updates):
        table(call, cluster_name).clear()


def cluster_of(call: Call, name: str | None = None) -> Record:
    """The cluster in a call.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    wanted = name or call["clusterName"]
    found = clusters(call).get(wanted)
    if found is None:
        raise not_found(f"No cluster found for name: {wanted}.", clusterName=wanted)
    return found


def invalid(message: str, **members: Any) -> AwsError:
    """The error for a value of the right type that is invalid."""
    return AwsError("InvalidParameterException", message, **members)


def in_use(message: str, **members: Any) -> AwsError:
    """The error for a duplicate name, or for deleting a resource in use."""
    return AwsError("ResourceInUseException", message, **members)


def listed(value: Any) -> list[Any]:
    """A member of an IAM document: a list, or a single value."""
    return value if isinstance(value, list) else [value]


def trusts(role: Any, service: str) -> bool:
    """Whether a role's trust policy names a service."""
    return any(
        statement["Effect"] == "Allow" and service in listed((statement.get("Principal") or {}).get("Service"))
        for statement in listed(json.loads(role.assume_role_policy_document)["Statement"])
    )


def need_role(call: Call, arn: str, service: str | None = None) -> None:
    """Refuse a role that is malformed, does not exist in this account, or does not trust the service."""
    prefix, _, name = arn.partition(":role/")
    if not prefix.startswith(f"arn:{call.partition}:iam::") or not name:
        raise invalid(f"Invalid Role Arn: '{arn}'")
    if prefix.split(":")[4] == call.account and not any(
        role.arn == arn and (service is None or trusts(role, service)) for role in call.moto("iam").get_roles()
    ):
        raise invalid(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )


def record_update(
    call: Call, cluster_name: str, kind: str, params: Json, *, nodegroup: str | None = None, addon: str | None = None
) -> Json:
    """Record a finished update, for DescribeUpdate; return the response of the operation that made it."""
    update = {
        "id": call.id,
        "status": "Successful",
        "type": kind,
        "params": [
            {"type": name, "value": value if isinstance(value, str) else json.dumps(value)}
            for name, value in params.items()
        ],
        "createdAt": now(),
        "errors": [],
    }
    updates(call, cluster_name)[call.id] = {**update, "nodegroupName": nodegroup, "addonName": addon}
    return {"update": update}
