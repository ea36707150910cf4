"""Regional and zonal availability in AWS, with its errors; moto offers everything everywhere.

The data is AWS's own, read on 2026-11-28, and independent of the program's:

- zones without EKS: EKS user guide, Subnet requirements for clusters;
- endpoint services: the PrivateLink guide's table of services, which has no regions; Systems Manager user guide,
  Reference: ec2messages, ssmmessages, says that ec2messages is not offered in regions launched in 2024 and later;
- RDS's authorities: RDS user guide, Using SSL/TLS to encrypt a connection to a DB instance or cluster;
- messages: openshift/installer#1110 (load balancer), terraform-aws-modules/terraform-aws-vpc#785 (endpoint).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

from sandbox.emulator.call import Call, Operation
from sandbox.emulator.errors import AwsError

WITHOUT_EKS: Final = frozenset({"cac1-az3", "use1-az3", "usw1-az2"})
"""IDs of the zones in which EKS takes no subnets of a control plane."""
GATEWAY_SERVICES: Final = frozenset({"dynamodb", "s3"})
INTERFACE_SERVICES: Final = frozenset(
    {
        *("autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing"),
        *("guardduty-data", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts"),
    }
)
LAUNCHED_SINCE_2024: Final = frozenset(
    {"ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1"}
)
WITH_ONE_RDS_AUTHORITY: Final = frozenset(
    {"ap-south-1", "ap-southeast-4", "ca-west-1", "eu-central-2", "eu-south-2", "il-central-1"}
)
"""Mumbai, Melbourne, Calgary, Zurich, Spain and Tel Aviv have neither rds-ca-rsa4096-g1 nor rds-ca-ecc384-g1."""
MISSING_IN_ZONE: Final[dict[str, frozenset[str]]] = {}
"""ID of a zone -> services without an endpoint there. AWS publishes no table; tests enter what they need."""
NEW_ZONE: Final = Zone(name="eu-central-1d", region_name="eu-central-1", zone_id="euc1-az4")
"""A zone that AWS has not opened: what happens to a stack when it does is tested with it."""
NAMES_ONLY: Final = ("aws-us-gov",)
"""Partitions whose DescribeVpcEndpointServices tells names and no details (terraform-provider-aws, data source)."""

RegionsAndZonesBackend.zones["eu-central-1"].append(NEW_ZONE)


def zones(call: Call, service: str) -> list[Any]:
    """The zones of the region in which a service has an endpoint."""
    found = [zone for zone in call.moto("ec2").describe_availability_zones() if zone.zone_type == "availability-zone"]
    return [zone for zone in found if service not in MISSING_IN_ZONE.get(zone.zone_id, ())]


def endpoint_services(call: Call) -> dict[str, str]:
    """Name of a service in this region -> its type."""
    interface = INTERFACE_SERVICES - ({"ec2messages"} if call.region in LAUNCHED_SINCE_2024 else set())
    return {
        f"com.amazonaws.{call.region}.{name}": type_
        for type_, names in (("Gateway", GATEWAY_SERVICES), ("Interface", interface))
        for name in sorted(names)
    }


def describe_vpc_endpoint_services(call: Call) -> dict[str, Any]:
    offered = endpoint_services(call)
    names = call.get("ServiceNames") or sorted(offered)
    for name in names:
        _need_service(name, offered)
    types = {
        value
        for filter_ in call.get("Filters") or []
        if filter_["Name"] == "service-type"
        for value in filter_["Values"]
    }
    names = [name for name in names if not types or offered[name] in types]
    if call.partition in NAMES_ONLY:
        return {"ServiceNames": names, "ServiceDetails": []}
    return {"ServiceNames": names, "ServiceDetails": [_details(call, name, offered[name]) for name in names]}


def _details(call: Call, name: str, type_: str) -> dict[str, Any]:
    service = name.split(".", 3)[3]
    return {
        "ServiceName": name,
        "ServiceId": f"vpce-svc-{hashlib.sha256(name.encode()).hexdigest()[:17]}",
        "ServiceType": [{"ServiceType": type_}],
        "AvailabilityZones": [zone.name for zone in zones(call, service)],
        "Owner": "amazon",
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
    }


def _need_service(name: str, offered: dict[str, str]) -> None:
    if name not in offered:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def guard_endpoint(call: Call) -> None:
    """Refuse an endpoint of a service that is not available in the region or zone; moto would create it."""
    name = call["ServiceName"]
    _need_service(name, endpoint_services(call))
    served = {zone.name for zone in zones(call, name.split(".", 3)[3])}
    known = {subnet.id: subnet for subnet in call.moto("ec2").describe_subnets()}
    for subnet_id in call.get("SubnetIds") or []:
        if subnet_id in known and known[subnet_id].availability_zone not in served:
            raise AwsError(
                "InvalidParameter",
                f"The VPC endpoint service {name} does not support the availability zone of the subnet: {subnet_id}.",
            )


def guard_load_balancer(call: Call) -> None:
    """Refuse an internet-facing load balancer in a VPC without an internet gateway; moto would create it."""
    if call.get("Scheme", "internet-facing") == "internal":
        return
    ids = {*(call.get("Subnets") or ()), *(mapping.get("SubnetId") for mapping in call.get("SubnetMappings") or ())}
    for subnet in call.moto("ec2").describe_subnets():
        if subnet.id in ids and not attached_internet_gateway(call, subnet.vpc_id):
            raise AwsError("InvalidSubnet", f"VPC {subnet.vpc_id} has no internet gateway")


def attached_internet_gateway(call: Call, vpc_id: str) -> Any:
    """The internet gateway of a VPC; None if there is none."""
    gateways = call.moto("ec2").internet_gateways.values()
    return next((gateway for gateway in gateways if gateway.vpc and gateway.vpc.id == vpc_id), None)


def guard_database(call: Call) -> None:
    """Refuse a database whose CA is not available in the region; moto accepts any name."""
    offered = {"rds-ca-rsa2048-g1"}
    if call.region not in WITH_ONE_RDS_AUTHORITY:
        offered |= {"rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
    if call.get("CACertificateIdentifier", "rds-ca-rsa2048-g1") not in offered:
        raise AwsError("CertificateNotFound", f"Certificate not found: {call['CACertificateIdentifier']}")


EC2: dict[str, Operation] = {
    "CreateVpcEndpoint": guard_endpoint,
    "DescribeVpcEndpointServices": describe_vpc_endpoint_services,
}
ELBV2: dict[str, Operation] = {"CreateLoadBalancer": guard_load_balancer}
RDS: dict[str, Operation] = {"CreateDBInstance": guard_database}
