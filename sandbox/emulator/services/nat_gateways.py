"""NAT gateways: regional ones, which moto lacks, and AWS's checks and clean-up for both kinds.

AWS creates a gateway whose address is in use, or whose VPC has no internet gateway, and lets it fail a moment later;
here it is refused at once, with the code of that failure. Regional gateways are supported only with explicit zones and
addresses ("manual").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from moto.core.utils import utcnow
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.utils import random_eip_association_id, random_nat_gateway_id

from sandbox.emulator.call import Call, Operation
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services.regions import attached_internet_gateway

ZONAL_ONLY = (
    "SubnetId",
    "AllocationId",
    "PrivateIpAddress",
    "SecondaryAllocationIds",
    "SecondaryPrivateIpAddresses",
    "SecondaryPrivateIpAddressCount",
)
REGIONAL_ONLY = ("AvailabilityZoneAddresses",)
WORLD = "0.0.0.0/0"

# AWS returns the mode of every gateway, and moto's are all zonal.
NatGateway.availability_mode = "zonal"  # pyright: ignore[reportAttributeAccessIssue]


class RegionalNatGateway(NatGateway):
    """A gateway for all zones of a VPC: in no subnet, without an interface there, with a route table of its own."""

    availability_mode = "regional"
    auto_provision_zones = auto_scaling_ips = "disabled"

    def __init__(self, backend: Any, vpc_id: str, internet_gateway_id: str) -> None:
        # moto's own would make an interface in a subnet.
        self.id, self.ec2_backend, self.vpc_id = random_nat_gateway_id(), backend, vpc_id
        self.subnet_id, self.connectivity_type, self.state = None, "public", "available"
        self.address_set: list[dict[str, Any]] = []
        self._created_at = utcnow()
        self.route_table_id = backend.create_route_table(vpc_id).id
        backend.create_route(self.route_table_id, WORLD, gateway_id=internet_gateway_id)

    def described(self) -> dict[str, Any]:
        """Its description in the response to its creation."""
        return {
            "NatGatewayId": self.id,
            "VpcId": self.vpc_id,
            "State": self.state,
            "CreateTime": self._created_at,
            "ConnectivityType": self.connectivity_type,
            "AvailabilityMode": self.availability_mode,
            "AutoProvisionZones": self.auto_provision_zones,
            "AutoScalingIps": self.auto_scaling_ips,
            "RouteTableId": self.route_table_id,
            "NatGatewayAddresses": self.address_set,
        }


def create_nat_gateway(call: Call) -> dict[str, Any] | None:
    """Create a regional gateway; check a zonal one, which moto creates."""
    mode = call.get("AvailabilityMode") or "zonal"
    needed, foreign = ("VpcId", ZONAL_ONLY) if mode == "regional" else ("SubnetId", REGIONAL_ONLY)
    for name in foreign:
        if call.get(name):
            raise AwsError("InvalidParameterCombination", f"{name} cannot be specified for a {mode} NAT gateway")
    if not call.get(needed):
        raise AwsError("MissingParameter", f"The request must contain the parameter {needed}")
    if mode == "regional":
        return {"NatGateway": _create_regional(call).described()}
    subnet = next((subnet for subnet in call.moto("ec2").describe_subnets() if subnet.id == call["SubnetId"]), None)
    if subnet is not None and call.get("ConnectivityType") != "private":
        _internet_gateway(call, subnet.vpc_id)
        _free(call, [call["AllocationId"]] if call.get("AllocationId") else [])
    return None


def _create_regional(call: Call) -> RegionalNatGateway:
    ec2, vpc_id = call.moto("ec2"), call["VpcId"]
    if call.get("ConnectivityType") == "private":
        raise AwsError("InvalidParameterCombination", "A regional NAT gateway has no private connectivity")
    if vpc_id not in ec2.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    if not call.get("AvailabilityZoneAddresses"):
        raise AwsError("UnsupportedOperation", "The emulator knows a regional NAT gateway with addresses by zone only")
    wanted = [
        (_zone(call, address), address.get("AllocationIds") or []) for address in call["AvailabilityZoneAddresses"]
    ]
    names = [zone.name for zone, _ in wanted]
    if len(set(names)) != len(names) or not all(ids for _, ids in wanted):
        raise AwsError("InvalidParameterValue", "AvailabilityZoneAddresses: name each zone once, with its addresses")
    internet_gateway = _internet_gateway(call, vpc_id)
    _free(call, [id_ for _, ids in wanted for id_ in ids])
    # moto's metaclass hides the created object.
    gateway = cast(RegionalNatGateway, RegionalNatGateway(ec2, vpc_id, internet_gateway.id))
    for zone, ids in wanted:
        _associate(call, gateway, zone, ids)
    for given in call.get("TagSpecifications", []):
        gateway.add_tags({tag["Key"]: tag["Value"] for tag in given["Tags"]})
    ec2.nat_gateways[gateway.id] = gateway
    return gateway


def associate_nat_gateway_address(call: Call) -> dict[str, Any]:
    gateway = _regional(call)
    zone = _zone(call, call.params)
    _free(call, call["AllocationIds"])
    made = _associate(call, gateway, zone, call["AllocationIds"])
    return {"NatGatewayId": gateway.id, "NatGatewayAddresses": made}


def disassociate_nat_gateway_address(call: Call) -> dict[str, Any]:
    """Immediate: there are no connections to drain, for which AWS waits up to 350 seconds."""
    gateway = _regional(call)
    given = set(call["AssociationIds"])
    gone = [each for each in gateway.address_set if each["AssociationId"] in given]
    if strange := given - {each["AssociationId"] for each in gone}:
        raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{min(strange)}' does not exist")
    if len(gone) == len(gateway.address_set):
        raise AwsError("InvalidParameterValue", f"The last address of {gateway.id} cannot be disassociated")
    gateway.address_set = [each for each in gateway.address_set if each not in gone]
    _give_back(call, {each["AllocationId"] for each in gone})
    return {"NatGatewayId": gateway.id, "NatGatewayAddresses": gone}


def delete_nat_gateway(call: Call) -> dict[str, Any]:
    """Release the addresses, which stay allocated, and delete the interface or the route table."""
    ec2, gateway = call.moto("ec2"), _found(call)
    if gateway.state != "deleted":
        _give_back(call, _allocation_ids(gateway))
        if isinstance(gateway, RegionalNatGateway):
            del ec2.route_tables[gateway.route_table_id]
        else:
            ec2.delete_network_interface(gateway._eni.id)
        gateway.state = "deleted"
    return {"NatGatewayId": gateway.id}


def guard_address(call: Call) -> None:
    """Refuse to release an address in use by a gateway; moto would release it."""
    if any(call.get("AllocationId") in _allocation_ids(gateway) for gateway in _live(call)):
        raise AwsError("InvalidIPAddress.InUse", f"Address {call['AllocationId']} is in use.")


def guard_internet_gateway(call: Call) -> None:
    """Refuse to detach the internet gateway of a VPC with public NAT gateways; moto would detach it."""
    if any(gateway.vpc_id == call["VpcId"] and gateway.connectivity_type != "private" for gateway in _live(call)):
        raise AwsError("DependencyViolation", f"Network {call['VpcId']} has some mapped public address(es).")


def _live(call: Call) -> Iterator[NatGateway]:
    return (gateway for gateway in call.moto("ec2").nat_gateways.values() if gateway.state != "deleted")


def _found(call: Call) -> NatGateway:
    gateway = call.moto("ec2").nat_gateways.get(call["NatGatewayId"])
    if gateway is None:
        raise AwsError("NatGatewayNotFound", f"The Nat Gateway {call['NatGatewayId']} was not found")
    return gateway


def _regional(call: Call) -> RegionalNatGateway:
    gateway = _found(call)
    if not isinstance(gateway, RegionalNatGateway) or gateway.state == "deleted":
        raise AwsError("UnsupportedOperation", "The emulator changes the addresses of regional NAT gateways only")
    return gateway


def _internet_gateway(call: Call, vpc_id: str) -> Any:
    if gateway := attached_internet_gateway(call, vpc_id):
        return gateway
    raise AwsError("Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")


def _zone(call: Call, given: Mapping[str, Any]) -> Any:
    """The zone in a request, by its name or its ID."""
    name, id_ = given.get("AvailabilityZone"), given.get("AvailabilityZoneId")
    if bool(name) == bool(id_):
        raise AwsError("InvalidParameterCombination", "Specify either AvailabilityZone or AvailabilityZoneId")
    for zone in call.moto("ec2").describe_availability_zones():
        if zone.name == name or zone.zone_id == id_:
            return zone
    raise AwsError("InvalidParameterValue", f"Invalid availability zone: [{name or id_}]")


def _free(call: Call, allocation_ids: list[str]) -> None:
    """Refuse addresses that do not exist, or that are in use."""
    known = {address.allocation_id: address for address in call.moto("ec2").addresses}
    for id_ in allocation_ids:
        if id_ not in known:
            raise AwsError("InvalidAllocationID.NotFound", f"The allocation ID '{id_}' does not exist")
        if known[id_].association_id or allocation_ids.count(id_) > 1:
            raise AwsError("Resource.AlreadyAssociated", f"Elastic IP address [{id_}] is already associated")


def _associate(call: Call, gateway: RegionalNatGateway, zone: Any, allocation_ids: list[str]) -> list[Any]:
    made = []
    for address in call.moto("ec2").address_by_allocation(allocation_ids):
        address.association_id = random_eip_association_id()
        made.append(
            {
                "AllocationId": address.allocation_id,
                "AssociationId": address.association_id,
                "PublicIp": address.public_ip,
                "AvailabilityZone": zone.name,
                "AvailabilityZoneId": zone.zone_id,
                "Status": "succeeded",
            }
        )
    gateway.address_set += made
    return made


def _allocation_ids(gateway: NatGateway) -> set[str]:
    """The addresses of a gateway; moto's own gateways use another format."""
    return {id_ for each in gateway.address_set if (id_ := each.get("AllocationId") or each.get("allocationId"))}


def _give_back(call: Call, allocation_ids: set[str]) -> None:
    for address in call.moto("ec2").addresses:
        if address.allocation_id in allocation_ids and address.association_id:
            call.moto("ec2").disassociate_address(association_id=address.association_id)


OPERATIONS: dict[str, Operation] = {
    "CreateNatGateway": create_nat_gateway,
    "AssociateNatGatewayAddress": associate_nat_gateway_address,
    "DisassociateNatGatewayAddress": disassociate_nat_gateway_address,
    "DeleteNatGateway": delete_nat_gateway,
    "ReleaseAddress": guard_address,
    "DetachInternetGateway": guard_internet_gateway,
}
