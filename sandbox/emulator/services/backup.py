"""AWS Backup operations that moto lacks: the update of plans, their selections and the vaults' policies."""

from __future__ import annotations

from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import not_found


def update_backup_plan(call: Call) -> dict[str, Any]:
    plan = _plan(call)
    # A plan with the new contents, to get moto's defaults, under the old identity.
    made = type(plan)(call["BackupPlan"], plan.creator_request_id, call.moto("backup"))
    plan.backup_plan, plan.version_id = made.backup_plan, made.version_id
    plan.advanced_backup_settings = made.advanced_backup_settings
    return plan.to_dict() | {"CreationDate": now()}


def create_backup_selection(call: Call) -> dict[str, Any]:
    plan = _plan(call)
    call.table("selections")[call.id] = {
        "SelectionId": call.id,
        "BackupPlanId": plan.backup_plan_id,
        "CreationDate": now(),
        "CreatorRequestId": call.get("CreatorRequestId"),
        "BackupSelection": call["BackupSelection"],
    }
    return call.table("selections")[call.id]


def get_backup_selection(call: Call) -> dict[str, Any]:
    _plan(call)
    found = call.table("selections").get(call["SelectionId"])
    if found is None or found["BackupPlanId"] != call["BackupPlanId"]:
        raise not_found(f"Backup selection {call['SelectionId']} does not exist")
    return found


def list_backup_selections(call: Call) -> dict[str, Any]:
    plan = _plan(call)
    found = [
        {**each, **each["BackupSelection"]}
        for each in call.table("selections").values()
        if each["BackupPlanId"] == plan.backup_plan_id
    ]
    return page(call, found, "BackupSelectionsList", "MaxResults", "NextToken")


def delete_backup_selection(call: Call) -> dict[str, Any]:
    get_backup_selection(call)
    del call.table("selections")[call["SelectionId"]]
    return {}


def put_vault_policy(call: Call) -> dict[str, Any]:
    _vault(call)
    call.table("policies")[call["BackupVaultName"]] = {"Policy": call["Policy"]}
    return {}


def get_vault_policy(call: Call) -> dict[str, Any]:
    vault = _vault(call)
    found = call.table("policies").get(call["BackupVaultName"])
    if found is None:
        raise not_found("No policy is attached to the backup vault")
    return {"BackupVaultName": call["BackupVaultName"], "BackupVaultArn": vault.backup_vault_arn, **found}


def delete_vault_policy(call: Call) -> dict[str, Any]:
    _vault(call)
    call.table("policies").pop(call["BackupVaultName"], None)
    return {}


def _plan(call: Call) -> Any:
    plan = call.moto("backup").plans.get(call["BackupPlanId"])
    if plan is None or plan.deletion_date:
        raise not_found(f"Cannot find Backup plan with ID {call['BackupPlanId']}")
    return plan


def _vault(call: Call) -> Any:
    vault = call.moto("backup").vaults.get(call["BackupVaultName"])
    if vault is None:
        raise not_found(f"Backup vault {call['BackupVaultName']} does not exist")
    return vault


OPERATIONS: dict[str, Operation] = {
    "UpdateBackupPlan": update_backup_plan,
    "CreateBackupSelection": create_backup_selection,
    "GetBackupSelection": get_backup_selection,
    "ListBackupSelections": list_backup_selections,
    "DeleteBackupSelection": delete_backup_selection,
    "PutBackupVaultAccessPolicy": put_vault_policy,
    "GetBackupVaultAccessPolicy": get_vault_policy,
    "DeleteBackupVaultAccessPolicy": delete_vault_policy,
}
