"""Systems Manager: the public image parameters, created on first access, and the account's settings."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.amis import Ami
from moto.ssm.models import Parameter

from sandbox.emulator.call import Call, Operation, now
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services.eks import catalogue

ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64", "x86_64": "x86_64"}
MINORS = "|".join(re.escape(minor) for minor in catalogue.VERSIONS)


@dataclass(frozen=True)
class Family:
    """A family of public images, with its publisher's parameter layout."""

    path: re.Pattern[str]
    """Groups: `architecture`, and `told`, the attribute of the image in the parameter."""
    owner: str
    """The publisher's account."""
    name: str
    """The images' name, with the groups of the path."""
    root: str
    version: str = ""
    """The image's version, with the groups of the path."""


FAMILIES = (
    Family(
        re.compile(
            r"/aws/service/canonical/ubuntu/server/(?P<release>\d\d\.\d\d)/stable/(?:current|\d{8})/"
            r"(?P<architecture>amd64|arm64)/hvm/ebs-gp[23]/(?P<told>ami-id)"
        ),
        "099720109477",
        "ubuntu/images/hvm-ssd-gp3/ubuntu-{release}-{architecture}-server-20260401",
        "/dev/sda1",
    ),
    Family(
        re.compile(
            rf"/aws/service/eks/optimized-ami/(?P<release>{MINORS})/amazon-linux-2023/(?P<architecture>x86_64|arm64)/"
            r"(?P<variant>standard|nvidia|neuron)/recommended/(?P<told>image_id|image_name|release_version)"
        ),
        "602401143452",
        "amazon-eks-node-al2023-{architecture}-{variant}-{release}-v20260401",
        "/dev/xvda",
        "{release}.0-20260401",
    ),
    Family(
        re.compile(
            rf"/aws/service/bottlerocket/aws-k8s-(?P<release>{MINORS})/(?P<architecture>x86_64|arm64)/"
            r"(?:latest|\d+\.\d+\.\d+(?:-[0-9a-f]{8})?)/(?P<told>image_id|image_version)"
        ),
        "092701018921",
        "bottlerocket-aws-k8s-{release}-{architecture}-v1.50.0-00000000",
        "/dev/xvda",
        "1.50.0-00000000",
    ),
)


def seed_parameter(call: Call) -> None:
    """Before moto responds: create the requested public parameter."""
    for name in [call["Name"]] if call.operation == "GetParameter" else call["Names"]:
        for family in FAMILIES:
            if found := family.path.fullmatch(name):
                _make(call, name, family, found.groupdict())


def _make(call: Call, name: str, family: Family, groups: dict[str, str]) -> None:
    parameters = call.moto("ssm")._parameters  # put_parameter refuses AWS's own names
    if name in parameters:
        return
    image_name = family.name.format(**groups)
    image_id = f"ami-{hashlib.sha256(f'{call.region}/{image_name}'.encode()).hexdigest()[:17]}"
    ec2 = call.moto("ec2")
    if image_id not in ec2.amis:
        ec2.amis[image_id] = Ami(
            ec2,
            image_id,
            name=image_name,
            owner_id=family.owner,
            public=True,
            virtualization_type="hvm",
            architecture=ARCHITECTURES[groups["architecture"]],
            image_location=f"{family.owner}/{image_name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=family.root,
            region_name=call.region,
        )
    told = groups["told"]
    value = image_id if told in ("ami-id", "image_id") else image_name if told == "image_name" else family.version
    parameters[name].append(
        Parameter(
            account_id=call.account,
            name=name,
            value=value.format(**groups),
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=now(),
            version=1,
            data_type="aws:ec2:image" if value == image_id else "text",
        )
    )


SERVICE_SETTINGS = {
    "/ssm/automation/customer-script-log-destination": "Disable",
    "/ssm/documents/console/public-sharing-permission": "Enable",
    "/ssm/managed-instance/activation-tier": "standard",
    "/ssm/parameter-store/default-parameter-tier": "Standard",
    "/ssm/parameter-store/high-throughput-enabled": "false",
}
"""Setting -> its default in a new account (Systems Manager API Reference, ServiceSetting; read 2026-11-28)."""


def get_service_setting(call: Call) -> dict[str, Any]:
    arn, _, id_ = call["SettingId"].partition(":servicesetting")
    id_ = id_ if arn.startswith("arn:") else call["SettingId"]
    if id_ not in SERVICE_SETTINGS:
        raise AwsError("ServiceSettingNotFound", f"Setting {call['SettingId']} does not exist")
    default = {
        "SettingId": id_,
        "SettingValue": SERVICE_SETTINGS[id_],
        "LastModifiedUser": "System",
        "ARN": call.arn("ssm", f"servicesetting{id_}"),
        "Status": "Default",
    }
    return {"ServiceSetting": {**default, **call.table("settings").get(id_, {})}}


def update_service_setting(call: Call) -> dict[str, Any]:
    id_ = get_service_setting(call)["ServiceSetting"]["SettingId"]
    value = {"SettingValue": call["SettingValue"], "Status": "Customized", "LastModifiedDate": now()}
    call.table("settings")[id_] = value
    return {}


def reset_service_setting(call: Call) -> dict[str, Any]:
    call.table("settings").pop(get_service_setting(call)["ServiceSetting"]["SettingId"], None)
    return get_service_setting(call)


OPERATIONS: dict[str, Operation] = {
    "GetParameter": seed_parameter,
    "GetParameters": seed_parameter,
    "GetServiceSetting": get_service_setting,
    "UpdateServiceSetting": update_service_setting,
    "ResetServiceSetting": reset_service_setting,
}
