"""Internet-facing subnets of a stack: by their route table, or by assigning public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack

VPC: Final = "aws:ec2/vpc:Vpc"
VPCS: Final = frozenset({VPC, "aws:ec2/defaultVpc:DefaultVpc"})
SUBNET: Final = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
SUBNETS: Final = frozenset({SUBNET, DEFAULT_SUBNET})
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
TABLES: Final = frozenset({ROUTE_TABLE, DEFAULT_ROUTE_TABLE})
ROUTE: Final = "aws:ec2/route:Route"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
NAT: Final = "aws:ec2/natGateway:NatGateway"
TYPES: Final = VPCS | SUBNETS | TABLES | {ROUTE, ASSOCIATION, MAIN_ASSOCIATION, GATEWAY, NAT}
MAIN_TABLE: Final = ("mainRouteTableId", "defaultRouteTableId")
"""What a VPC calls the route table of the subnets that have none of their own."""


@dataclass(frozen=True)
class Way:
    """A kind of gateway. The destination of a route through it is irrelevant: one address is enough to be reachable."""

    kind: str
    target: str
    """What routes call it."""
    prefix: str
    """How its identifiers begin, by which one that the stack does not make is known."""


TO_INTERNET: Final = Way(GATEWAY, "gatewayId", "igw-")
TO_NAT: Final = Way(NAT, "natGatewayId", "nat-")


def subnets_through(stack: Stack, way: Way) -> list[Resource]:
    """The subnets with such a gateway, in their own route table or the main route table of their VPC."""
    routes = Referrers(stack, _routes_through(stack, way), "routeTableId")
    tables = _tables_through(stack, way, routes)
    vpcs = _vpcs_through(stack, routes, tables)
    associations = stack.of({ASSOCIATION})
    to_table = Referrers(stack, associations, "routeTableId")
    through = to_table.to_any(tables, "id") | to_table.to_any(vpcs, *MAIN_TABLE)
    joined = Referrers(stack, [one for one in associations if one.urn in through], "subnetId")
    with_own = Referrers(stack, associations, "subnetId")
    in_vpcs = Referrers(stack, stack.of(SUBNETS), "vpcId").to_any(vpcs, "id")
    found = []
    for subnet in stack.of(SUBNETS):
        with stack.isolate():
            if joined.to(subnet, "id") or (subnet.urn in in_vpcs and not with_own.to(subnet, "id")):
                found.append(subnet)
    return found


def _routes_through(stack: Stack, way: Way) -> list[Resource]:
    routes = stack.of({ROUTE})
    through = Referrers(stack, routes, way.target).to_any(stack.of({way.kind}), "id")
    return [one for one in routes if one.urn in through or _is_literal(one, way)]


def _is_literal(route: Resource, way: Way) -> bool:
    target = route.props[way.target]
    return target.known and str(target.scalar()).startswith(way.prefix)


def _tables_through(stack: Stack, way: Way, routes: Referrers) -> list[Resource]:
    urns = frozenset(one.urn for one in stack.of({way.kind}))
    tables = []
    for table in stack.of(TABLES):
        with stack.isolate():
            if routes.to(table, "id") or any(_inline(table, way, urns)):
                tables.append(table)
    return tables


def _inline(table: Resource, way: Way, urns: frozenset[str]) -> Iterator[bool]:
    """Whether each of a table's own routes uses such a gateway."""
    for route in table.props["routes"].items():
        named = route[way.target]
        # An unknown target may be any resource on which the table depends.
        yield (
            (named.text() or "").startswith(way.prefix)
            if named.known
            else bool(table.depends_on.get("routes", frozenset()) & urns)
        )


def _vpcs_through(stack: Stack, routes: Referrers, tables: list[Resource]) -> list[Resource]:
    """The VPCs whose main route table has such a gateway."""
    default = Referrers(stack, [one for one in tables if one.type == DEFAULT_ROUTE_TABLE], "defaultRouteTableId")
    mains = stack.of({MAIN_ASSOCIATION})
    through = Referrers(stack, mains, "routeTableId").to_any(tables, "id")
    chosen = Referrers(stack, [one for one in mains if one.urn in through], "vpcId")
    found = []
    for vpc in stack.of(VPCS):
        with stack.isolate():
            if routes.to(vpc, *MAIN_TABLE) or default.to(vpc, *MAIN_TABLE) or chosen.to(vpc, "id"):
                found.append(vpc)
    return found


def public_subnets(stack: Stack) -> list[Resource]:
    """The internet-facing subnets."""
    found = subnets_through(stack, TO_INTERNET)
    routed = {one.urn for one in found}
    for subnet in stack.of(SUBNETS):
        with stack.isolate():
            # A default subnet keeps AWS's default, which is true.
            default = subnet.type == DEFAULT_SUBNET
            if subnet.urn not in routed and subnet.props["mapPublicIpOnLaunch"].flag(default):
                found.append(subnet)
    return found
