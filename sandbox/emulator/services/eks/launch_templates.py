"""EKS's checks of a node group's launch template and instance types."""

from __future__ import annotations

from moto.ec2.models.instance_types import INSTANCE_TYPES

from sandbox.emulator.call import Call
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services.eks.common import Json, invalid

NOT_IN_TEMPLATES = ("HibernationOptions", "IamInstanceProfile", "InstanceMarketOptions")
"""Members of a launch template with which a node group fails (LaunchTemplateSpecification in EKS's API reference)."""


def checked(call: Call, given: Json, instance_types: list[str]) -> Json:
    """The launch template in EKS's format: ID, name and the number of an existing version.

    Args:
        call: the request.
        given: the template reference in the request.
        instance_types: the node group's own.
    """
    templates = call.moto("ec2").launch_templates.values()
    found = next(
        (
            template
            for template in templates
            if template.id == given.get("id") or (not given.get("id") and template.name == given.get("name"))
        ),
        None,
    )
    wanted = given.get("version") or (str(found.default_version_number) if found else "")
    if wanted in ("$Latest", "$Default"):
        raise invalid(f"Launch template version {wanted} is not supported: give a number")
    if found is None or not wanted.isdecimal() or not 1 <= int(wanted) <= len(found.versions):
        raise invalid(f"Launch template {given.get('id') or given.get('name')} version {wanted} does not exist")
    template = {"id": found.id, "name": found.name, "version": wanted}
    if instance_types and types_of(call, template):
        # In the wording of terraform-aws-modules/terraform-aws-eks #1386 and #1545.
        raise AwsError(
            "InvalidRequestException",
            "Cannot specify instance types in launch template and API request",
            clusterName=call["clusterName"],
            nodegroupName=call["nodegroupName"],
        )
    if forbidden := [name for name in NOT_IN_TEMPLATES if _data(call, template).get(name)]:
        raise invalid(f"Launch template {found.id} must not include {', '.join(forbidden)}")
    return template


def _data(call: Call, template: Json) -> Json:
    """The launch template version of a node group."""
    return call.moto("ec2").launch_templates[template["id"]].versions[int(template["version"]) - 1].data


def types_of(call: Call, template: Json | None) -> list[str]:
    """The instance type in a launch template, if there is one."""
    named = _data(call, template).get("InstanceType") if template else None
    return [named] if named else []


def check_types(call: Call, types: list[str], ami_type: str) -> None:
    """Refuse instance types with another architecture than the image, as far as moto knows them."""
    architecture = "arm64" if "_ARM_64" in ami_type else "x86_64"
    misfits = [
        name
        for name in types
        if name in INSTANCE_TYPES
        and architecture not in INSTANCE_TYPES[name]["ProcessorInfo"]["SupportedArchitectures"]
    ]
    if misfits:
        raise invalid(
            f"[{', '.join(misfits)}] is not a valid instance type for requested amiType {ami_type}",
            nodegroupName=call["nodegroupName"],
        )
