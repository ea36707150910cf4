"""EC2: the account's regional settings, and the dependencies that AWS checks and moto does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.ec2.models.instances import MetadataOptions
from moto.ec2.utils import parse_user_data

from sandbox.emulator.call import Call, Operation, now
from sandbox.emulator.errors import AwsError
from sandbox.emulator.store import Record

METADATA_DEFAULTS = (
    "HttpTokens",
    "HttpPutResponseHopLimit",
    "HttpEndpoint",
    "InstanceMetadataTags",
    "HttpTokensEnforced",
)
NO_PREFERENCE = ("no-preference", -1)
DEFAULT_EBS_KEY = "alias/aws/ebs"
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""What EC2 takes as the description of a security group or of a rule; its service model says it in prose only."""


def _settings(call: Call) -> Record:
    """The account's settings in the region."""
    return call.table("settings").setdefault("account", {})


def modify_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    limit = call.get("HttpPutResponseHopLimit")
    if limit is not None and limit != -1 and not 1 <= limit <= 64:  # noqa: PLR2004 - AWS's bounds
        raise AwsError("InvalidParameterValue", f"HttpPutResponseHopLimit {limit} must be between 1 and 64, or -1")
    defaults = _settings(call).setdefault("metadata", {})
    for name in METADATA_DEFAULTS:
        value = call.get(name)
        if value in NO_PREFERENCE:
            defaults.pop(name, None)
        elif value is not None:
            defaults[name] = value
    return {"Return": True}


def get_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    return {"AccountLevel": {**_settings(call).get("metadata", {}), "ManagedBy": "account"}}


def modify_vpc_block_public_access_options(call: Call) -> dict[str, Any]:
    _settings(call)["vpc-block"] = {
        "State": "update-complete",
        "InternetGatewayBlockMode": call["InternetGatewayBlockMode"],
        "LastUpdateTimestamp": now(),
    }
    return describe_vpc_block_public_access_options(call)


def describe_vpc_block_public_access_options(call: Call) -> dict[str, Any]:
    never_changed = {"State": "default-state", "InternetGatewayBlockMode": "off"}
    return {
        "VpcBlockPublicAccessOptions": {
            "AwsAccountId": call.account,
            "AwsRegion": call.region,
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
            **_settings(call).get("vpc-block", never_changed),
        }
    }


def get_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    return {"KmsKeyId": _settings(call).get("ebs-key", call.arn("kms", DEFAULT_EBS_KEY))}


def modify_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    wanted = call["KmsKeyId"]
    for key in call.moto("kms").keys.values():
        if wanted in (key.id, key.arn):
            _settings(call)["ebs-key"] = key.arn
            return {"KmsKeyId": key.arn}
    raise AwsError("InvalidKmsKey.NotFound", f"The KMS key '{wanted}' does not exist")


def reset_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    _settings(call).pop("ebs-key", None)
    return get_ebs_default_kms_key_id(call)


def enable_snapshot_block(call: Call) -> dict[str, Any]:
    _settings(call)["snapshot-block"] = call["State"]
    return {"State": call["State"]}


def disable_snapshot_block(call: Call) -> dict[str, Any]:
    _settings(call).pop("snapshot-block", None)
    return {"State": "unblocked"}


def get_snapshot_block(call: Call) -> dict[str, Any]:
    return {"State": _settings(call).get("snapshot-block", "unblocked"), "ManagedBy": "account"}


def enable_image_block(call: Call) -> dict[str, Any]:
    _settings(call)["image-block"] = call["ImageBlockPublicAccessState"]
    return {"ImageBlockPublicAccessState": call["ImageBlockPublicAccessState"]}


def disable_image_block(call: Call) -> dict[str, Any]:
    _settings(call).pop("image-block", None)
    return {"ImageBlockPublicAccessState": "unblocked"}


def get_image_block(call: Call) -> dict[str, Any]:
    return {
        "ImageBlockPublicAccessState": _settings(call).get("image-block", "unblocked"),
        "ManagedBy": "account",
    }


def set_serial_console(call: Call) -> dict[str, Any]:
    _settings(call)["serial-console"] = call.operation == "EnableSerialConsoleAccess"
    return get_serial_console(call)


def get_serial_console(call: Call) -> dict[str, Any]:
    return {"SerialConsoleAccessEnabled": _settings(call).get("serial-console", False), "ManagedBy": "account"}


def follow_launch_templates(call: Call) -> None:
    """Before moto responds: set the template's attributes on instances of auto-scaling groups, which moto ignores.

    Once for each instance, so that later changes of an instance persist.
    """
    ec2, followed = call.moto("ec2"), call.table("followed")
    for group in call.moto("autoscaling").autoscaling_groups.values():
        if group.ec2_launch_template is None:
            continue
        data = group.ec2_launch_template.get_version(group.launch_template_version).data
        profile = data.get("IamInstanceProfile") or {}
        for instance in (state.instance for state in group.instance_states if state.instance.id not in followed):
            followed[instance.id] = {}
            instance.metadata_options = MetadataOptions(data.get("MetadataOptions"))
            enabled = str((data.get("Monitoring") or {}).get("Enabled")).lower() == "true"
            instance.monitoring_state = "enabled" if enabled else "disabled"
            if profile and instance.id not in ec2.iam_instance_profile_associations:
                ec2.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))


def _interfaces(call: Call) -> list[Any]:
    """The network interfaces; moto keeps those of terminated instances, unlike AWS."""
    interfaces = call.moto("ec2").enis.values()
    return [each for each in interfaces if not (each.instance and each.instance.state == "terminated")]


def guard_subnet(call: Call) -> None:
    """Refuse to delete a subnet with an interface; moto deletes the others."""
    subnet_id = call["SubnetId"]
    if any(interface.subnet.id == subnet_id for interface in _interfaces(call)):
        raise AwsError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def guard_security_group(call: Call) -> None:
    """Refuse to delete a group in use by an interface, or by another group's rule; moto deletes the others."""
    group_id, ec2 = call.get("GroupId"), call.moto("ec2")
    if not group_id:
        return
    borne = any(group.id == group_id for interface in _interfaces(call) for group in interface.group_set)
    named = any(
        (rule.source_group or {}).get("GroupId") == group_id
        for groups in ec2.groups.values()
        for group in groups.values()
        if group.id != group_id
        for rule in (*group.ingress_rules, *group.egress_rules)
    )
    if borne or named:
        raise AwsError("DependencyViolation", f"resource {group_id} has a dependent object")


def guard_vpc(call: Call) -> None:
    """Refuse to delete a VPC with a subnet, gateway or group of its own; moto deletes the others."""
    vpc_id, ec2 = call["VpcId"], call.moto("ec2")
    subnets = any(subnet.vpc_id == vpc_id for subnet in ec2.describe_subnets())
    gateways = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in ec2.internet_gateways.values())
    groups = any(group.name != "default" for group in ec2.groups.get(vpc_id, {}).values())
    if subnets or gateways or groups:
        raise AwsError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def create_launch_template_version(call: Call) -> dict[str, Any] | None:
    """A new version whose user data instances can start with: moto keeps it as text, and then fails on it."""
    ec2, given = call.moto("ec2"), call["LaunchTemplateData"]
    template = ec2.launch_templates.get(call.get("LaunchTemplateId"))
    if template is None or call.get("SourceVersion") or call.get("LaunchTemplateName"):
        return None
    data = {**given, "UserData": parse_user_data(given.get("UserData"))}
    version = template.create_version(data, call.get("VersionDescription"))
    return {
        "LaunchTemplateVersion": {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": version.number,
            "VersionDescription": version.description,
            "CreateTime": version.create_time,
            "CreatedBy": f"arn:{call.partition}:iam::{call.account}:root",
            "DefaultVersion": template.is_default(version),
            "LaunchTemplateData": given,
        }
    }


def _descriptions(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _descriptions(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("Description", "GroupDescription") and isinstance(each, str):
                yield each
            else:
                yield from _descriptions(each)


def guard_descriptions(call: Call) -> None:
    """EC2 allows no apostrophe, umlaut or arrow in descriptions; moto allows everything."""
    for text in _descriptions(call.params):
        if not DESCRIPTION.fullmatch(text):
            raise AwsError(
                "InvalidParameterValue",
                f"Invalid rule description {text!r}. Valid descriptions are strings less than 256 characters from the "
                "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
            )


OPERATIONS: dict[str, Operation] = {
    "ModifyInstanceMetadataDefaults": modify_instance_metadata_defaults,
    "GetInstanceMetadataDefaults": get_instance_metadata_defaults,
    "ModifyVpcBlockPublicAccessOptions": modify_vpc_block_public_access_options,
    "DescribeVpcBlockPublicAccessOptions": describe_vpc_block_public_access_options,
    "GetEbsDefaultKmsKeyId": get_ebs_default_kms_key_id,
    "ModifyEbsDefaultKmsKeyId": modify_ebs_default_kms_key_id,
    "ResetEbsDefaultKmsKeyId": reset_ebs_default_kms_key_id,
    "EnableSnapshotBlockPublicAccess": enable_snapshot_block,
    "DisableSnapshotBlockPublicAccess": disable_snapshot_block,
    "GetSnapshotBlockPublicAccessState": get_snapshot_block,
    "EnableImageBlockPublicAccess": enable_image_block,
    "DisableImageBlockPublicAccess": disable_image_block,
    "GetImageBlockPublicAccessState": get_image_block,
    "EnableSerialConsoleAccess": set_serial_console,
    "DisableSerialConsoleAccess": set_serial_console,
    "GetSerialConsoleAccessStatus": get_serial_console,
    "AuthorizeSecurityGroupEgress": guard_descriptions,
    "AuthorizeSecurityGroupIngress": guard_descriptions,
    "CreateLaunchTemplateVersion": create_launch_template_version,
    "CreateSecurityGroup": guard_descriptions,
    "ModifySecurityGroupRules": guard_descriptions,
    "DescribeInstances": follow_launch_templates,
    "DescribeIamInstanceProfileAssociations": follow_launch_templates,
    "DeleteSubnet": guard_subnet,
    "DeleteSecurityGroup": guard_security_group,
    "DeleteVpc": guard_vpc,
}
