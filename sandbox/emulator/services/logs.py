"""CloudWatch Logs: encryption of log groups, and saved queries."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.store import shelf

UNDELIVERED = "undelivered"
"""Table of the log groups that a service has yet to write to."""
ENCRYPTION_CONTEXT = "kms:EncryptionContext:aws:logs:arn"


def guard_create_log_group(call: Call) -> None:
    """Refuse a key that the service may not use for this group; otherwise moto makes the group."""
    if call.get("kmsKeyId"):
        _check_key(call, call["kmsKeyId"], call["logGroupName"])


def deliver_later(call: Call, cluster: str) -> None:
    """Record that EKS still has undelivered log lines of a deleted cluster."""
    shelf("logs", call.account, call.region).tables[UNDELIVERED][f"/aws/eks/{cluster}/cluster"] = {}


def delete_log_group(call: Call) -> dict[str, Any] | None:
    """Delete a group; EKS then creates that of a deleted cluster again, without key and retention, to deliver the rest.

    EKS does so by its service-linked role, within minutes (terraform-aws-modules/terraform-aws-eks, issues 2446, 2763).
    """
    name = call["logGroupName"]
    if call.table(UNDELIVERED).pop(name, None) is None:
        return None
    backend = call.moto("logs")
    backend.delete_log_group(name)
    backend.create_log_group(name, tags={})
    return {}


def associate_kms_key(call: Call) -> dict[str, Any]:
    group = _group(call)
    _check_key(call, call["kmsKeyId"], group.name)
    group.kms_key_id = call["kmsKeyId"]
    return {}


def disassociate_kms_key(call: Call) -> dict[str, Any]:
    _group(call).kms_key_id = None
    return {}


def put_query_definition(call: Call) -> dict[str, Any]:
    table = call.table("queries")
    id_ = call.get("queryDefinitionId") or call.id
    if call.get("queryDefinitionId") and id_ not in table:
        raise not_found("The specified query definition does not exist.")
    table[id_] = {
        "queryDefinitionId": id_,
        "name": call["name"],
        "queryString": call["queryString"],
        "logGroupNames": list(call.get("logGroupNames") or []),
        "queryLanguage": call.get("queryLanguage") or "CWLI",
        "parameters": call.get("parameters"),
        "lastModified": int(now().timestamp() * 1000),
    }
    return {"queryDefinitionId": id_}


def describe_query_definitions(call: Call) -> dict[str, Any]:
    prefix = call.get("queryDefinitionNamePrefix") or ""
    found = [query for query in call.table("queries").values() if query["name"].startswith(prefix)]
    return page(call, found, "queryDefinitions")


def delete_query_definition(call: Call) -> dict[str, Any]:
    if call.table("queries").pop(call["queryDefinitionId"], None) is None:
        raise not_found("The specified query definition does not exist.")
    return {"success": True}


def _group(call: Call) -> Any:
    name = call.get("logGroupName") or (call.get("resourceIdentifier") or "").rpartition("log-group:")[2].removesuffix(
        ":*"
    )
    found = call.moto("logs").groups.get(name)
    if found is None:
        raise not_found("The specified log group does not exist.")
    return found


def _check_key(call: Call, arn: str, group_name: str) -> None:
    """The key must exist, and its policy must allow CloudWatch Logs to use it for this log group."""
    group_arn = call.arn("logs", f"log-group:{group_name}")
    for key in call.moto("kms").keys.values():
        if arn == key.arn and any(_allows(call, each, group_arn) for each in json.loads(key.policy)["Statement"]):
            return
    raise AwsError(
        "InvalidParameterException",
        f"The specified KMS key does not exist or is not allowed to be used with Arn '{group_arn}'",
    )


def _allows(call: Call, statement: dict[str, Any], group_arn: str) -> bool:
    principal = statement.get("Principal")
    services = _many(principal.get("Service")) if isinstance(principal, dict) else []
    if statement.get("Effect") != "Allow" or f"logs.{call.region}.amazonaws.com" not in services:
        return False
    conditions = [
        pattern
        for operator, keys in (statement.get("Condition") or {}).items()
        if operator.startswith(("Arn", "StringLike", "StringEquals"))
        for pattern in _many(keys.get(ENCRYPTION_CONTEXT))
    ]
    return not conditions or any(fnmatchcase(group_arn, pattern) for pattern in conditions)


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


OPERATIONS: dict[str, Operation] = {
    "DeleteLogGroup": delete_log_group,
    "CreateLogGroup": guard_create_log_group,
    "AssociateKmsKey": associate_kms_key,
    "DisassociateKmsKey": disassociate_kms_key,
    "PutQueryDefinition": put_query_definition,
    "DescribeQueryDefinitions": describe_query_definitions,
    "DeleteQueryDefinition": delete_query_definition,
}
