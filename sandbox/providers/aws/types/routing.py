"""Routing of a VPC: gateways, addresses, routes."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, AwsError, camel, camel_cased, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.vpc import Ec2Kind, retag, tagged


class InternetGateway(Ec2Kind):
    """An internet gateway, attached to its VPC."""

    token = "aws:ec2/internetGateway:InternetGateway"
    accepts = {"vpcId"}
    replaces = {"vpcId"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call("ec2", "create_internet_gateway", TagSpecifications=tagged("internet-gateway", inputs))
        id_ = made["InternetGateway"]["InternetGatewayId"]
        if inputs.get("vpcId"):
            aws.call("ec2", "attach_internet_gateway", InternetGatewayId=id_, VpcId=inputs["vpcId"])
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_internet_gateways", "InternetGateways[0]", InternetGatewayIds=[id_])
        if found is None:
            return None
        attached = [attachment["VpcId"] for attachment in found.get("Attachments", [])]
        arn = aws.arn("ec2", f"internet-gateway/{id_}")
        return {"arn": arn, "vpcId": attached[0] if attached else None, "tags": tag_map(found.get("Tags"))}

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        if state.get("vpcId"):
            aws.gone("ec2", "detach_internet_gateway", InternetGatewayId=id_, VpcId=state["vpcId"])
        aws.call("ec2", "delete_internet_gateway", InternetGatewayId=id_)


class Eip(Ec2Kind):
    """An elastic IP address."""

    token = "aws:ec2/eip:Eip"
    accepts = {"domain"}
    replaces = {"domain"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2",
            "allocate_address",
            Domain=inputs.get("domain") or "vpc",
            TagSpecifications=tagged("elastic-ip", inputs),
        )
        return made["AllocationId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_addresses", "Addresses[0]", AllocationIds=[id_])
        if found is None:
            return None
        keys = ("AllocationId", "PublicIp", "Domain")
        arn = aws.arn("ec2", f"elastic-ip/{id_}")
        return {**camel_cased({key: found[key] for key in keys}), "arn": arn, "tags": tag_map(found.get("Tags"))}

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "release_address", AllocationId=id_)


class NatGateway(Ec2Kind):
    """A NAT gateway: a zonal one in a subnet, or a regional one with addresses by zone."""

    token = "aws:ec2/natGateway:NatGateway"
    accepts = {
        "subnetId", "allocationId", "connectivityType", "vpcId", "availabilityMode", "availabilityZoneAddresses",
    }  # fmt: skip
    replaces = {"subnetId", "allocationId", "connectivityType", "vpcId", "availabilityMode"}

    def forcing(self, old: Properties, new: Properties, changed: Set[str]) -> Set[str]:
        forced = super().forcing(old, new, changed)
        # Addresses change in place; without any, AWS would choose zones and addresses, with another gateway.
        if bool(old.get("availabilityZoneAddresses")) != bool(new.get("availabilityZoneAddresses")):
            forced = forced | (changed & {"availabilityZoneAddresses"})
        return forced

    def check(self, inputs: Properties) -> list[str]:
        addresses = inputs.get("availabilityZoneAddresses")
        if inputs.get("availabilityMode") == "regional" and not addresses:
            return ["availabilityZoneAddresses: the stand-in knows a regional NAT gateway with addresses by zone only"]
        for each in addresses if isinstance(addresses, list) else []:
            if isinstance(each, dict) and not (each.get("availabilityZone") or each.get("availabilityZoneId")):
                return ["availabilityZoneAddresses: availabilityZone or availabilityZoneId must be given"]
        return []

    def create(self, aws: Aws, inputs: Properties) -> str:
        params = aws.shaped("ec2", "create_nat_gateway", {key: inputs.get(key) for key in self.accepts})
        made = aws.call("ec2", "create_nat_gateway", **params, TagSpecifications=tagged("natgateway", inputs))
        return made["NatGateway"]["NatGatewayId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_nat_gateways", "NatGateways[0]", NatGatewayIds=[id_])
        if found is None or found["State"] in ("deleted", "deleting"):
            return None
        addresses = found.get("NatGatewayAddresses") or [{}]
        if found["AvailabilityMode"] == "zonal":
            # Only the members that a program sets: otherwise an import would differ from the program.
            keys = ("AllocationId", "PublicIp", "PrivateIp", "NetworkInterfaceId")
            own = {"subnetId": found["SubnetId"], **{camel(key): addresses[0].get(key) for key in keys}}
        else:
            keys = ("VpcId", "AvailabilityMode", "AutoProvisionZones", "AutoScalingIps", "RouteTableId")
            own = camel_cased({key: found[key] for key in keys}) | {
                "regionalNatGatewayAutoMode": found["AutoProvisionZones"],
                "regionalNatGatewayAddresses": camel_cased(addresses),
                "availabilityZoneAddresses": _by_zone(addresses, state.get("availabilityZoneAddresses")),
            }
        return {**own, "tags": tag_map(found.get("Tags"))}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        if "availabilityZoneAddresses" not in changed:
            return
        path = "NatGateways[0].NatGatewayAddresses"
        held = {
            (each[name], each["AllocationId"]): each["AssociationId"]
            for each in aws.find("ec2", "describe_nat_gateways", path, NatGatewayIds=[id_])
            for name in ("AvailabilityZone", "AvailabilityZoneId")
        }
        kept = set()
        for given in new["availabilityZoneAddresses"]:
            zone, ids = (
                given.get("availabilityZone") or given.get("availabilityZoneId"),
                given.get("allocationIds") or [],
            )
            kept |= {held[zone, one] for one in ids if (zone, one) in held}
            if added := [one for one in ids if (zone, one) not in held]:
                aws.call(
                    "ec2", "associate_nat_gateway_address", NatGatewayId=id_, AllocationIds=added,
                    AvailabilityZone=given.get("availabilityZone"), AvailabilityZoneId=given.get("availabilityZoneId"),
                )  # fmt: skip
        if gone := {*held.values()} - kept:
            aws.call("ec2", "disassociate_nat_gateway_address", NatGatewayId=id_, AssociationIds=sorted(gone))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_nat_gateway", NatGatewayId=id_)


def _by_zone(addresses: list[dict[str, Any]], given: Any) -> list[dict[str, Any]]:
    """The addresses of each zone, by the zone's ID if the program uses IDs: they are equivalent to names."""
    by_id = isinstance(given, list) and any(each.get("availabilityZoneId") for each in given)
    name = "AvailabilityZoneId" if by_id else "AvailabilityZone"
    zones: dict[str, list[str]] = {}
    for address in addresses:
        zones.setdefault(address[name], []).append(address["AllocationId"])
    return [{camel(name): zone, "allocationIds": ids} for zone, ids in sorted(zones.items())]


class RouteTable(Ec2Kind):
    """A table whose routes are separate resources."""

    token = "aws:ec2/routeTable:RouteTable"
    accepts = {"vpcId"}
    replaces = {"vpcId"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", "create_route_table", VpcId=inputs["vpcId"], TagSpecifications=tagged("route-table", inputs)
        )
        return made["RouteTable"]["RouteTableId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_route_tables", "RouteTables[0]", RouteTableIds=[id_])
        if found is None:
            return None
        arn = aws.arn("ec2", f"route-table/{id_}")
        return {
            "vpcId": found["VpcId"],
            "ownerId": found.get("OwnerId"),
            "arn": arn,
            "tags": tag_map(found.get("Tags")),
        }

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_route_table", RouteTableId=id_)


class DefaultRouteTable(Ec2Kind):
    """The default table of a VPC: adopted and emptied, never deleted."""

    token = "aws:ec2/defaultRouteTable:DefaultRouteTable"
    accepts = {"defaultRouteTableId", "routes"}
    replaces = {"defaultRouteTableId"}

    def check(self, inputs: Properties) -> list[str]:
        return ["routes: only an empty list is supported by the stand-in"] if inputs.get("routes") else []

    def create(self, aws: Aws, inputs: Properties) -> str:
        id_ = inputs["defaultRouteTableId"]
        for route in aws.find("ec2", "describe_route_tables", "RouteTables[0].Routes", RouteTableIds=[id_]) or []:
            if route.get("GatewayId") != "local":
                aws.call("ec2", "delete_route", RouteTableId=id_, DestinationCidrBlock=route["DestinationCidrBlock"])
        retag(aws, id_, inputs, {})
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_route_tables", "RouteTables[0]", RouteTableIds=[id_])
        if found is None:
            return None
        routes = [camel_cased(route) for route in found["Routes"] if route.get("GatewayId") != "local"]
        return {
            "vpcId": found["VpcId"], "ownerId": found.get("OwnerId"), "routes": routes,
            "arn": aws.arn("ec2", f"route-table/{id_}"), "tags": tag_map(found.get("Tags")),
        }  # fmt: skip

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        """It is deleted with its VPC."""


class Route(Kind):
    """A route to an IPv4 range."""

    token = "aws:ec2/route:Route"
    accepts = {"routeTableId", "destinationCidrBlock", "gatewayId", "natGatewayId"}
    replaces = {"routeTableId", "destinationCidrBlock"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        params = aws.shaped("ec2", "create_route", {key: inputs.get(key) for key in self.accepts})
        aws.call("ec2", "create_route", **params)
        return f"r-{inputs['routeTableId']}-{inputs['destinationCidrBlock']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        table, wanted = state["routeTableId"], state["destinationCidrBlock"]
        routes = aws.find("ec2", "describe_route_tables", "RouteTables[0].Routes", RouteTableIds=[table]) or []
        for route in routes:
            if route.get("DestinationCidrBlock") == wanted:
                keys = ("DestinationCidrBlock", "GatewayId", "NatGatewayId", "State", "Origin")
                return {**camel_cased({key: route[key] for key in keys if key in route}), "routeTableId": table}
        return None

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call(
            "ec2", "replace_route", **aws.shaped("ec2", "replace_route", {key: new.get(key) for key in self.accepts})
        )

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        route = {"RouteTableId": state["routeTableId"], "DestinationCidrBlock": state["destinationCidrBlock"]}
        aws.gone("ec2", "delete_route", **route)


class RouteTableAssociation(Kind):
    """The association of a subnet with a table."""

    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    accepts = {"routeTableId", "subnetId"}
    replaces = {"subnetId"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", "associate_route_table", RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
        return made["AssociationId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = f"RouteTables[].Associations[?RouteTableAssociationId=='{id_}'][] | [0]"
        found = aws.find("ec2", "describe_route_tables", path)
        return None if found is None else {"routeTableId": found["RouteTableId"], "subnetId": found.get("SubnetId")}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        # AWS gives the replaced association a new ID, which an update in place cannot change.
        raise AwsError("a route table association moves by replacement", "Unsupported")

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.gone("ec2", "disassociate_route_table", AssociationId=id_)


KINDS = (InternetGateway, Eip, NatGateway, RouteTable, DefaultRouteTable, Route, RouteTableAssociation)
