"""Which subnets of a stack the Internet reaches: through their route table, or by addresses that they give out."""

from __future__ import annotations

from typing import Final

from policies.judged import Resource, Stack
from policies.references import Referrers
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
    outwards = []
    for route in stack.of({ROUTE}):
        with stack.apart():
            if is_everywhere(route.props["destinationCidrBlock"]) or is_everywhere(
                route.props["destinationIpv6CidrBlock"]
            ):
                outwards.append(route)
    through = Referrers(stack, outwards, target).to_any(targets, "id")
    routes = Referrers(stack, [one for one in outwards if one.urn in through], "routeTableId")
    inline = _Inline(targets)
    tables = []
    for table in stack.of({ROUTE_TABLE}):
        with stack.apart():
            if routes.to(table, "id") or inline.leads_there(table, target):
                tables.append(table)
    return tables


class _Inline:
    """Routes that stand in their table."""

    def __init__(self, targets: list[Resource]) -> None:
        known = [one for one in targets if one.props["id"].known and one.props["id"].present]
        self._ids = {one.props["id"].scalar() for one in known}
        self._urns = frozenset(one.urn for one in targets)
        self._without_id = self._urns - {one.urn for one in known}

    def leads_there(self, table: Resource, target: str) -> bool:
        """Whether one of a table's routes leads to a target for the whole world."""
        comes_from = table.depends_on.get("routes", frozenset())
        for route in table.props["routes"].items():
            named = route[target]
            everywhere = is_everywhere(route["cidrBlock"]) or is_everywhere(route["ipv6CidrBlock"])
            if not everywhere or (named.known and not named.text()):
                continue
            # What is known is compared; what is not may come from any target that the table depends on.
            if (named.known and named.text() in self._ids) or comes_from & (
                self._without_id if named.known else self._urns
            ):
                return True
        return False


def subnets_of(stack: Stack, tables: list[Resource]) -> list[Resource]:
    """The subnets that use one of the route tables."""
    associations = stack.of({ASSOCIATION})
    with_table = Referrers(stack, associations, "routeTableId").to_any(tables, "id")
    joined = Referrers(stack, [one for one in associations if one.urn in with_table], "subnetId")
    found = []
    for subnet in stack.of({SUBNET}):
        with stack.apart():
            if joined.to(subnet, "id"):
                found.append(subnet)
    return found


def public_subnets(stack: Stack) -> list[Resource]:
    """The subnets that the Internet reaches."""
    found = subnets_of(stack, tables_through(stack, "gatewayId", GATEWAY))
    routed = {one.urn for one in found}
    for subnet in stack.of({SUBNET}):
        with stack.apart():
            if subnet.urn not in routed and subnet.props["mapPublicIpOnLaunch"].flag():
                found.append(subnet)
    return found
