"""Secrets Manager and Parameter Store."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import document


class Secret(Kind):
    """A secret without a value; its ID is its ARN."""

    token = "aws:secretsmanager/secret:Secret"
    accepts = {
        "name",
        "namePrefix",
        "description",
        "kmsKeyId",
        "policy",
        "recoveryWindowInDays",
        "forceOverwriteReplicaSecret",
    }
    replaces = {"name", "namePrefix"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "secretsmanager", "create_secret", Name=inputs["name"], Description=inputs.get("description"),
            KmsKeyId=inputs.get("kmsKeyId"), Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        if inputs.get("policy"):
            self._policy(aws, made["ARN"], inputs)
        return made["ARN"]

    @staticmethod
    def _policy(aws: Aws, id_: str, inputs: Properties) -> None:
        if inputs.get("policy"):
            policy = document(inputs["policy"])
            aws.call("secretsmanager", "put_resource_policy", SecretId=id_, ResourcePolicy=policy)
        else:
            aws.call("secretsmanager", "delete_resource_policy", SecretId=id_)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("secretsmanager", "describe_secret", "@", SecretId=id_)
        if found is None or found.get("DeletedDate"):
            return None
        return {
            "arn": id_,
            "name": found["Name"],
            "description": found.get("Description"),
            "kmsKeyId": found.get("KmsKeyId"),
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed & {"description", "kmsKeyId"}:
            description, key = new.get("description") or "", new.get("kmsKeyId")
            aws.call("secretsmanager", "update_secret", SecretId=id_, Description=description, KmsKeyId=key)
        if "policy" in changed:
            self._policy(aws, id_, new)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("secretsmanager", "untag_resource", SecretId=id_, TagKeys=gone)
            aws.call("secretsmanager", "tag_resource", SecretId=id_, Tags=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        days = state.get("recoveryWindowInDays")
        how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": int(days or 30)}
        aws.call("secretsmanager", "delete_secret", SecretId=id_, **how)


class SecretVersion(Kind):
    """A secret's value; its ID is `<secret's ARN>|<version>`."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"
    accepts = {"secretId", "secretString", "secretBinary", "versionStages"}
    replaces = {"secretId", "secretString", "secretBinary"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "secretsmanager", "put_secret_value", SecretId=inputs["secretId"], SecretString=inputs.get("secretString"),
            VersionStages=inputs.get("versionStages"),
        )  # fmt: skip
        return f"{made['ARN']}|{made['VersionId']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        secret, _, version = id_.partition("|")
        found = aws.find("secretsmanager", "get_secret_value", "@", SecretId=secret, VersionId=version)
        if found is None:
            return None
        return {
            "arn": found["ARN"],
            "secretId": secret,
            "versionId": version,
            "secretString": found.get("SecretString"),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        return

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        # AWS keeps the current version; it is deleted with the secret, as with the real provider.
        return


class Parameter(Kind):
    """A parameter."""

    token = "aws:ssm/parameter:Parameter"
    accepts = {"name", "type", "value", "description", "keyId", "tier", "overwrite"}
    replaces = {"name"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "ssm", "put_parameter", Name=inputs["name"], Type=inputs["type"], Value=inputs["value"],
            Description=inputs.get("description"), KeyId=inputs.get("keyId"), Tier=inputs.get("tier"),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ssm", "get_parameter", "Parameter", Name=id_, WithDecryption=True)
        if found is None:
            return None
        tags = aws.call("ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=id_)["TagList"]
        return {
            "arn": found["ARN"],
            "name": id_,
            "type": found["Type"],
            "value": found["Value"],
            "version": found["Version"],
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed - {"tags"}:
            aws.call(
                "ssm", "put_parameter", Name=id_, Type=new["type"], Value=new["value"], Overwrite=True,
                Description=new.get("description"), KeyId=new.get("keyId"),
            )  # fmt: skip
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("ssm", "remove_tags_from_resource", ResourceType="Parameter", ResourceId=id_, TagKeys=gone)
            tags = tag_list(after)
            aws.call("ssm", "add_tags_to_resource", ResourceType="Parameter", ResourceId=id_, Tags=tags)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ssm", "delete_parameter", Name=id_)


KINDS = (Secret, SecretVersion, Parameter)
