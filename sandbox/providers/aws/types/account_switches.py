"""Settings of an account in a region: each has one value, and a default that a deletion restores or not.

The effects of a deletion are those of hashicorp/terraform-provider-aws, internal/service (ec2, ssm), read on
2026-11-28.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any, ClassVar, Final

from sandbox.providers.aws.client import Aws
from sandbox.providers.aws.kind import Kind, Properties

Request = tuple[str, dict[str, Any]]
"""An operation with its parameters."""


class Switch(Kind):
    """A setting of EC2: subclasses define how it is written, read and reset."""

    taggable = False
    put: ClassVar[Callable[[Properties], Request]]
    """Inputs -> the request that sets them."""
    read_by: ClassVar[str]
    told: ClassVar[Mapping[str, str]]
    """Output -> member of the answer."""
    reset: ClassVar[Request | None] = None
    """What the provider does when the resource is deleted; None: nothing."""

    def create(self, aws: Aws, inputs: Properties) -> str:
        operation, parameters = type(self).put(inputs)
        aws.call("ec2", operation, **parameters)
        return aws.region

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        answer = aws.call("ec2", self.read_by)
        return {name: answer[member] for name, member in self.told.items()}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        if self.reset is not None:
            operation, parameters = self.reset
            aws.call("ec2", operation, **parameters)


class EncryptionByDefault(Switch):
    """Encryption of new volumes by default."""

    token = "aws:ebs/encryptionByDefault:EncryptionByDefault"
    accepts = {"enabled"}

    @staticmethod
    def put(inputs: Properties) -> Request:
        how = "enable" if inputs.get("enabled", True) else "disable"
        return f"{how}_ebs_encryption_by_default", {}

    read_by, told = "get_ebs_encryption_by_default", {"enabled": "EbsEncryptionByDefault"}
    reset = ("disable_ebs_encryption_by_default", {})


class SerialConsoleAccess(Switch):
    """Serial console access of instances."""

    token = "aws:ec2/serialConsoleAccess:SerialConsoleAccess"
    accepts = {"enabled"}

    @staticmethod
    def put(inputs: Properties) -> Request:
        return f"{'enable' if inputs.get('enabled', True) else 'disable'}_serial_console_access", {}

    read_by, told = "get_serial_console_access_status", {"enabled": "SerialConsoleAccessEnabled"}
    reset = ("disable_serial_console_access", {})


class SnapshotBlockPublicAccess(Switch):
    """Whether snapshots may be public."""

    token = "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess"
    accepts = {"state"}

    @staticmethod
    def put(inputs: Properties) -> Request:
        return "enable_snapshot_block_public_access", {"State": inputs["state"]}

    read_by, told = "get_snapshot_block_public_access_state", {"state": "State"}
    reset = ("disable_snapshot_block_public_access", {})


class ImageBlockPublicAccess(Switch):
    """Whether images may be public; deleting the resource changes nothing."""

    token = "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"
    accepts = {"state"}

    @staticmethod
    def put(inputs: Properties) -> Request:
        if inputs["state"] == "unblocked":
            return "disable_image_block_public_access", {}
        return "enable_image_block_public_access", {"ImageBlockPublicAccessState": inputs["state"]}

    read_by, told = "get_image_block_public_access_state", {"state": "ImageBlockPublicAccessState"}


class InstanceMetadataDefaults(Switch):
    """Default metadata options of new instances, for launches that do not set them."""

    token = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
    accepts = {"httpEndpoint", "httpPutResponseHopLimit", "httpTokens", "instanceMetadataTags"}
    unset: ClassVar[Mapping[str, int]] = {"httpPutResponseHopLimit": -1}

    @classmethod
    def put(cls, inputs: Properties) -> Request:
        given = {_capital(key): inputs.get(key) or cls.unset.get(key, "no-preference") for key in cls.accepts}
        given["HttpPutResponseHopLimit"] = int(given["HttpPutResponseHopLimit"])
        return "modify_instance_metadata_defaults", given

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        level = aws.call("ec2", "get_instance_metadata_defaults").get("AccountLevel") or {}
        return {key: level.get(_capital(key)) for key in self.accepts}

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        self.create(aws, {})


class ServiceSetting(Kind):
    """A setting of Systems Manager; its ID is its ARN."""

    token = "aws:ssm/serviceSetting:ServiceSetting"
    accepts = {"settingId", "settingValue"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        id_ = inputs["settingId"]
        aws.call("ssm", "update_service_setting", SettingId=id_, SettingValue=inputs["settingValue"])
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.call("ssm", "get_service_setting", SettingId=id_)["ServiceSetting"]
        value, arn = found["SettingValue"], found["ARN"]
        return {"settingId": arn, "settingValue": value, "arn": arn, "status": found["Status"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ssm", "reset_service_setting", SettingId=id_)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


KINDS: Final = (
    EncryptionByDefault,
    SerialConsoleAccess,
    SnapshotBlockPublicAccess,
    ImageBlockPublicAccess,
    InstanceMetadataDefaults,
    ServiceSetting,
)
