"""Which subnets of a stack the Internet reaches: through their route table, or by addresses that they give out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.judged import Resource, Stack
from policies.references import refers
from policies.values import Value

VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
ROUTE: Final = "aws:ec2/route:Route"
DEFAULT_ROUTE_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
NAT: Final = "aws:ec2/natGateway:NatGateway"
TYPES: Final = frozenset({SUBNET, ROUTE_TABLE, ROUTE, ASSOCIATION, GATEWAY, NAT})
EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})


def is_everywhere(destination: Value) -> bool:
    """Whether a route's destination is the world; what is not known yet is not."""
    return destination.known and destination.scalar() in EVERYWHERE


def tables_through(stack: Stack, target: str, kind: str) -> list[Resource]:
    """The route tables whose way to the world is a property such as gatewayId that names a resource of a type."""
    targets = stack.of({kind})
    tables = []
    for table in stack.of({ROUTE_TABLE}):
        with stack.apart():
            routes = [one for one in stack.of({ROUTE}) if refers(one, "routeTableId", table, "id")]
            separate = any(
                (
                    is_everywhere(one.props["destinationCidrBlock"])
                    or is_everywhere(one.props["destinationIpv6CidrBlock"])
                )
                and any(refers(one, target, gateway, "id") for gateway in targets)
                for one in routes
            )
            if separate or any(_inline(table, targets, target)):
                tables.append(table)
    return tables


def _inline(table: Resource, targets: list[Resource], target: str) -> Iterator[bool]:
    for route in table.props["routes"].items():
        named = route[target]
        everywhere = is_everywhere(route["cidrBlock"]) or is_everywhere(route["ipv6CidrBlock"])
        if not everywhere or (named.known and not named.text()):
            continue
        for gateway in targets:
            known = gateway.props["id"]
            if named.known and known.known and known.present:
                yield named.text() == known.text()
            else:
                yield gateway.urn in table.depends_on.get("routes", frozenset())


def subnets_of(stack: Stack, tables: list[Resource]) -> list[Resource]:
    """The subnets that use one of the route tables."""
    found = []
    for subnet in stack.of({SUBNET}):
        with stack.apart():
            for one in stack.of({ASSOCIATION}):
                if refers(one, "subnetId", subnet, "id") and any(
                    refers(one, "routeTableId", table, "id") for table in tables
                ):
                    found.append(subnet)
                    break
    return found


def public_subnets(stack: Stack) -> list[Resource]:
    """The subnets that the Internet reaches."""
    found = subnets_of(stack, tables_through(stack, "gatewayId", GATEWAY))
    for subnet in stack.of({SUBNET}):
        with stack.apart():
            if subnet not in found and subnet.props["mapPublicIpOnLaunch"].flag():
                found.append(subnet)
    return found
