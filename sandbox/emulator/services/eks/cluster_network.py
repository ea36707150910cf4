"""The network of a cluster: EKS's checks in the VPC, and the group and interfaces that it makes there."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.emulator.call import Call
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services.eks.common import Json, invalid
from sandbox.emulator.services.regions import WITHOUT_EKS

INTERFACES = 2
"""Network interfaces of a control plane; EKS makes two to four."""
EVERYWHERE = "0.0.0.0/0"


def subnets_of(call: Call, subnet_ids: list[str]) -> list[Any]:
    """The subnets, which must be in one VPC and in at least two zones."""
    known = {subnet.id: subnet for subnet in call.moto("ec2").describe_subnets()}
    for subnet_id in subnet_ids:
        if subnet_id not in known:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist")
    found = [known[subnet_id] for subnet_id in subnet_ids]
    if len({subnet.vpc_id for subnet in found}) != 1:
        raise invalid("Subnets provided must all belong to the same VPC")
    if len({subnet.availability_zone for subnet in found}) < 2:  # noqa: PLR2004 - AWS's rule
        raise invalid("Subnets specified must be in at least two different AZs")
    return found


def check_zones(call: Call, name: str, subnets: list[Any]) -> None:
    """EKS refuses control plane subnets in some zones, with the error of a lack of capacity."""
    refused = [subnet for subnet in subnets if _zone_id(call, subnet.availability_zone) in WITHOUT_EKS]
    if not refused:
        return
    valid = [zone.name for zone in call.moto("ec2").describe_availability_zones() if zone.zone_id not in WITHOUT_EKS]
    raise AwsError(
        "UnsupportedAvailabilityZoneException",
        f"Cannot create cluster '{name}' because {refused[0].availability_zone}, the targeted availability zone, does "
        "not currently have sufficient capacity to support the cluster. Retry and choose from these availability "
        f"zones: {', '.join(valid)}",
        clusterName=name,
        validZones=valid,
    )


def _zone_id(call: Call, name: str) -> str:
    return call.moto("ec2").get_zone_by_name(name).zone_id


def check_groups(call: Call, group_ids: list[str], vpc_id: str) -> None:
    """The control plane's security groups must exist in the cluster's VPC."""
    for group_id in group_ids:
        group = call.moto("ec2").get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise invalid(f"The security group '{group_id}' does not exist in VPC '{vpc_id}'")


def endpoint_access(given: Json, current: Json) -> Json:
    """The endpoint access of the API, `given` over `current`."""
    public = given.get("endpointPublicAccess", current["endpointPublicAccess"])
    private = given.get("endpointPrivateAccess", current["endpointPrivateAccess"])
    if not public and not private:
        raise invalid("Private and public endpoint access cannot be false. Please select at least one.")
    cidrs = given.get("publicAccessCidrs") or current["publicAccessCidrs"] or [EVERYWHERE]
    return {
        "endpointPublicAccess": public,
        "endpointPrivateAccess": private,
        "publicAccessCidrs": cidrs if public else [],
    }


def make_network(call: Call, name: str, given: Json) -> Json:
    """Validate the configuration, make the cluster's security group and interfaces; return the `resourcesVpcConfig`."""
    subnets = subnets_of(call, given.get("subnetIds") or [])
    check_zones(call, name, subnets)
    vpc_id = subnets[0].vpc_id
    group_ids = given.get("securityGroupIds") or []
    check_groups(call, group_ids, vpc_id)
    nothing_said = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": []}
    config = {
        "subnetIds": list(given["subnetIds"]),
        "securityGroupIds": list(group_ids),
        "vpcId": vpc_id,
        **endpoint_access(given, nothing_said),
    }
    config["clusterSecurityGroupId"] = _make_group(call, name, vpc_id)
    attach(call, name, config)
    return config


def attach(call: Call, name: str, config: Json) -> None:
    """Make the control plane's interfaces, replacing the existing ones."""
    detach(call, name)
    for subnet_id in config["subnetIds"][:INTERFACES]:
        interface = call.moto("ec2").create_network_interface(
            subnet_id,
            "",
            group_ids=[config["clusterSecurityGroupId"], *config["securityGroupIds"]],
            description=_description(name),
        )
        interface.requester_managed = True
        interface.status = "in-use"


def detach(call: Call, name: str) -> None:
    """Remove the control plane's interfaces."""
    ec2 = call.moto("ec2")
    for interface in [eni for eni in ec2.enis.values() if eni.description == _description(name)]:
        ec2.delete_network_interface(interface.id)


def remove_network(call: Call, name: str, config: Json) -> None:
    """Delete the resources that EKS made for a deleted cluster."""
    detach(call, name)
    call.moto("ec2").delete_security_group(group_id=config["clusterSecurityGroupId"])


def _description(name: str) -> str:
    return f"Amazon EKS {name}"


def _make_group(call: Call, name: str, vpc_id: str) -> str:
    """The security group that EKS makes: all traffic between its members, and all egress."""
    ec2 = call.moto("ec2")
    suffix = int(hashlib.sha256(call.id.encode()).hexdigest()[:8], 16)
    group = ec2.create_security_group(
        f"eks-cluster-sg-{name}-{suffix}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
        "managed workloads.",
        vpc_id=vpc_id,
        tags={
            "Name": f"eks-cluster-sg-{name}-{suffix}",
            f"kubernetes.io/cluster/{name}": "owned",
            "aws:eks:cluster-name": name,
        },
    )
    ec2.authorize_security_group_ingress(
        group.id, "-1", "-1", "-1", [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id
    )
    return group.id
