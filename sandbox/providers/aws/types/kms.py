"""Keys and their aliases."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import document


class Key(Kind):
    """A key. AWS deletes it only after its waiting period; until then it counts as deleted."""

    token = "aws:kms/key:Key"
    accepts = {
        "description", "customerMasterKeySpec", "keyUsage", "policy", "deletionWindowInDays", "isEnabled",
        "enableKeyRotation",
        "rotationPeriodInDays", "multiRegion", "bypassPolicyLockoutSafetyCheck",
    }  # fmt: skip
    replaces = {"customerMasterKeySpec", "keyUsage", "multiRegion"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "kms", "create_key", Description=inputs.get("description"),
            KeyUsage=inputs.get("keyUsage") or "ENCRYPT_DECRYPT",
            KeySpec=inputs.get("customerMasterKeySpec"), MultiRegion=inputs.get("multiRegion"),
            Policy=document(inputs["policy"]) if inputs.get("policy") else None,
            Tags=tag_list(inputs.get("tagsAll"), "TagKey", "TagValue"),
        )  # fmt: skip
        id_ = made["KeyMetadata"]["KeyId"]
        self._rotation(aws, id_, inputs)
        return id_

    @staticmethod
    def _rotation(aws: Aws, id_: str, inputs: Properties) -> None:
        if inputs.get("enableKeyRotation"):
            period = inputs.get("rotationPeriodInDays")
            days = int(period) if period else None
            aws.call("kms", "enable_key_rotation", KeyId=id_, RotationPeriodInDays=days)
        else:
            aws.call("kms", "disable_key_rotation", KeyId=id_)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        key = aws.find("kms", "describe_key", "KeyMetadata", KeyId=id_)
        if key is None or key["KeyState"] == "PendingDeletion":
            return None
        return {
            "arn": key["Arn"],
            "keyId": id_,
            "description": key.get("Description"),
            "keyUsage": key["KeyUsage"],
            "isEnabled": key["Enabled"],
            "enableKeyRotation": aws.call("kms", "get_key_rotation_status", KeyId=id_)["KeyRotationEnabled"],
            "policy": aws.call("kms", "get_key_policy", KeyId=id_, PolicyName="default")["Policy"],
            "tags": tag_map(aws.call("kms", "list_resource_tags", KeyId=id_)["Tags"], "TagKey", "TagValue"),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "description" in changed:
            aws.call("kms", "update_key_description", KeyId=id_, Description=new.get("description") or "")
        if "policy" in changed:
            aws.call("kms", "put_key_policy", KeyId=id_, PolicyName="default", Policy=document(new["policy"]))
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            self._rotation(aws, id_, new)
        if "isEnabled" in changed:
            aws.call("kms", "enable_key" if new.get("isEnabled", True) else "disable_key", KeyId=id_)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("kms", "untag_resource", KeyId=id_, TagKeys=gone)
            aws.call("kms", "tag_resource", KeyId=id_, Tags=tag_list(after, "TagKey", "TagValue"))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        days = int(state.get("deletionWindowInDays") or 30)
        aws.call("kms", "schedule_key_deletion", KeyId=id_, PendingWindowInDays=days)


class Alias(Kind):
    """An alias of a key."""

    token = "aws:kms/alias:Alias"
    accepts = {"name", "namePrefix", "targetKeyId"}
    replaces = {"name", "namePrefix"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call("kms", "create_alias", AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("kms", "list_aliases", f"Aliases[?AliasName=='{id_}'] | [0]")
        if found is None:
            return None
        key = aws.find("kms", "describe_key", "KeyMetadata", KeyId=found["TargetKeyId"])
        # An alias of a key that is pending deletion is unusable.
        if key is None or key["KeyState"] == "PendingDeletion":
            return None
        return {"arn": found["AliasArn"], "name": id_, "targetKeyId": found["TargetKeyId"], "targetKeyArn": key["Arn"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call("kms", "update_alias", AliasName=id_, TargetKeyId=new["targetKeyId"])

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("kms", "delete_alias", AliasName=id_)


KINDS = (Key, Alias)
