"""One VPC with public, private and intra subnets in every zone (AWS-SG, AWS-EGRESS, INH-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.context import AwsContext, lookup_options
from components.faults import Arguments, Fault, choice_faults, repeated, unless_among, unless_matching
from components.log_retention import retention_faults
from components.network.dns_firewall import DnsFirewallArgs, make_dns_firewall
from components.network.endpoints import INTERFACE_SERVICES, EndpointsArgs, endpoint_zones, make_endpoints
from components.network.flow_logs import FlowLogsArgs, make_flow_logs
from components.network.plan import TIERS, ZONE_LETTERS, Plan, Tier, range_faults
from components.network.zones import LEAST_ZONES, choose, zones_of
from components.ordering import after
from components.tags import Tags

WITHOUT_REGIONAL_NAT = ("aws-us-gov",)
"""Partitions in which AWS offers no regional NAT gateway."""

DOMAIN: Final = re.compile(r"(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}\.?", re.ASCII)

LOAD_BALANCER_ROLES: dict[Tier, dict[str, str]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "intra": {},
}
"""The tags by which load balancer controllers find the subnets for public and for internal load balancers."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs(Arguments):
    """Arguments of `Network`."""

    context: AwsContext
    """Account and region that the network is for."""
    tags: Tags
    """Tags of every resource."""
    cidr: str = "10.40.0.0/16"
    """The VPC's IPv4 range, /16 to /20. Changing it replaces everything."""
    zones: Sequence[str] | None = None
    """Letters of the region's availability zones, two or more; None: the first three by letter in which EKS takes
    subnets. A letter more renumbers and replaces nothing; one that a cluster was made in stays as long as the cluster
    does, because its control plane has interfaces there."""
    nat: Literal["zone", "single", "regional"] = "zone"
    """A NAT gateway in every zone; a single one: cheaper, and the way out then depends on its zone; or a regional one,
    which works in every zone, costs as much as one in each, and is not offered in GovCloud. A change gives outbound
    connections other addresses, and ends those that are open."""
    endpoints: Sequence[str] = tuple(INTERFACE_SERVICES)
    """AWS services reached without leaving the network, keys of INTERFACE_SERVICES; S3's gateway is always made."""
    egress_domains: Sequence[str] | None = None
    """Domains that may be resolved, besides AWS's own; None: any."""
    log_retention_days: int = 365
    """Days that flow logs are kept; a value that CloudWatch Logs knows."""
    protect: bool = True
    """Refuse to delete the flow logs, their key, and the intra subnets: a control plane keeps its zones for life."""

    def faults(self) -> Iterator[Fault]:
        """Yield arguments that AWS or the guide would refuse."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        yield from range_faults(self.cidr)
        yield from choice_faults(self, "AWS-EGRESS")
        if self.nat == "regional" and self.context.partition in WITHOUT_REGIONAL_NAT:
            found = f"regional is not offered by AWS in {self.context.region}"
            yield Fault(("nat",), found, "use zone", "AWS-EGRESS")
        if self.zones is not None:
            yield from self._zone_faults(self.zones)
        yield from repeated(("endpoints",), self.endpoints, "AWS-EGRESS")
        for service in self.endpoints:
            yield from unless_among(("endpoints",), service, INTERFACE_SERVICES, "AWS-EGRESS")
        for domain in self.egress_domains or ():
            allowed = "a domain such as registry.example.org, or *.example.org for all below it"
            yield from unless_matching(("egress_domains",), domain, DOMAIN, allowed, "AWS-EGRESS")
        yield from retention_faults(self.log_retention_days)

    @staticmethod
    def _zone_faults(zones: Sequence[str]) -> Iterator[Fault]:
        yield from repeated(("zones",), zones, "AWS-EGRESS")
        for zone in zones:
            yield from unless_among(("zones",), zone, tuple(ZONE_LETTERS), "AWS-EGRESS")
        if len(zones) < LEAST_ZONES:
            found, allowed = f"{len(zones)} zones are not enough", f"give {LEAST_ZONES} or more"
            yield Fault(("zones",), found, allowed, "AWS-EGRESS")


class Network(pulumi.ComponentResource):
    """A VPC with an empty default security group and route table, flow logs, and VPC endpoints for AWS's services.

    Three tiers of subnets, one of each per zone, none with public addresses by default:

    - public: NAT gateways, load balancers and the VPN bastion;
    - private: nodes, pods and databases; outbound through the NAT gateway of their zone, or the single gateway;
    - intra: no outbound route at all; the control plane's interfaces and the VPC endpoints.

    Network ACLs keep AWS's defaults: they support neither security groups nor connection tracking, and security groups,
    which deny by default, cover everything they could express here.

        network = Network("palisade", NetworkArgs(context=context, tags=tags))
        network.private_subnet_ids["a"], network.private_subnet_cidrs["a"]

    Subnets are keyed by the zone's letter. Identifiers are outputs; ranges are plain strings, known before anything
    exists. A private subnet's identifier is known when the subnet exists; resources that also need its outbound route
    depend on `ways_out`.

    Raises:
        ArgumentError: an argument is not allowed (see NetworkArgs.faults), or AWS does not offer it in the region.
    """

    vpc_id: pulumi.Output[str]
    """The VPC."""
    vpc_cidr: str
    """Its range."""
    zones: tuple[str, ...]
    """Letters of the zones in use."""
    zone_names: dict[str, str]
    """Letter -> AWS's name of the zone."""
    public_subnet_ids: dict[str, pulumi.Output[str]]
    """By zone letter. What is made in one is made after its way to the internet, and deleted before."""
    private_subnet_ids: dict[str, pulumi.Output[str]]
    """By zone letter."""
    intra_subnet_ids: dict[str, pulumi.Output[str]]
    """By zone letter."""
    public_subnet_cidrs: dict[str, str]
    """By zone letter."""
    private_subnet_cidrs: dict[str, str]
    """By zone letter."""
    intra_subnet_cidrs: dict[str, str]
    """By zone letter."""
    resolver_ip: str
    """The VPC's DNS resolver."""
    endpoints_security_group_id: pulumi.Output[str]
    """On the VPC endpoints' interfaces."""
    nat_ips: dict[str, pulumi.Output[str]]
    """The public addresses that outbound connections come from, by the zone in which the NAT gateway has them."""
    private_route_table_ids: dict[str, pulumi.Output[str]]
    """By zone letter."""
    ways_out: list[pulumi.Resource]
    """Outbound routes and endpoints of the private subnets: nodes are made after and deleted before these."""
    flow_log_group_name: pulumi.Output[str]
    """Where the VPC's flow logs are."""
    firewall_rule_group_id: pulumi.Output[str] | None
    """Rules that decide which domains the VPC resolves; None: it resolves any. The priority of a rule added
    to them must be between those of `dns_firewall.py`."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        lookups = lookup_options(opts)
        zones = choose(args.zones, zones_of(args.context.region, lookups), args.context.region)
        served = endpoint_zones(args.endpoints, zones, args.context, lookups)
        super().__init__("palisade:network:Network", name, None, opts)
        self._name, self._args, self._opts = name, args, pulumi.ResourceOptions(parent=self)
        self.ways_out = []
        self._plan = Plan(args.cidr)
        self.vpc_cidr, self.resolver_ip = args.cidr, self._plan.resolver
        self.zones = zones
        self.zone_names = {zone: f"{args.context.region}{zone}" for zone in self.zones}

        self._vpc = self._make_vpc()
        self.vpc_id = self._vpc.id
        ids, cidrs = self._make_subnets()
        public, self.private_subnet_ids, self.intra_subnet_ids = (ids[tier] for tier in TIERS)
        self.public_subnet_cidrs, self.private_subnet_cidrs, self.intra_subnet_cidrs = (cidrs[tier] for tier in TIERS)
        self.public_subnet_ids = self._make_public_routes(public)
        self.private_route_table_ids = self._make_private_routes()
        intra_table = self._make_intra_routes()

        endpoints = make_endpoints(
            name,
            EndpointsArgs(
                context=args.context,
                tags=args.tags,
                vpc_id=self.vpc_id,
                vpc_cidr=args.cidr,
                services=served,
                subnet_ids=self.intra_subnet_ids,
                route_table_ids={**self.private_route_table_ids, "intra": intra_table.id},
            ),
            self,
        )
        self.endpoints_security_group_id = endpoints.security_group.id
        self.ways_out += endpoints.endpoints
        self.flow_log_group_name = make_flow_logs(
            name,
            FlowLogsArgs(
                context=args.context,
                tags=args.tags,
                vpc_id=self.vpc_id,
                retention_days=args.log_retention_days,
                protect=args.protect,
            ),
            self,
        ).name
        self.firewall_rule_group_id = None
        if args.egress_domains is not None:
            self.firewall_rule_group_id = make_dns_firewall(
                name,
                DnsFirewallArgs(context=args.context, tags=args.tags, vpc_id=self.vpc_id, domains=args.egress_domains),
                self,
            )
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "vpcCidr": self.vpc_cidr,
                "zones": list(self.zones),
                "zoneNames": self.zone_names,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
                "intraSubnetIds": self.intra_subnet_ids,
                "publicSubnetCidrs": self.public_subnet_cidrs,
                "privateSubnetCidrs": self.private_subnet_cidrs,
                "intraSubnetCidrs": self.intra_subnet_cidrs,
                "resolverIp": self.resolver_ip,
                "endpointsSecurityGroupId": self.endpoints_security_group_id,
                "natIps": self.nat_ips,
                "privateRouteTableIds": self.private_route_table_ids,
                "flowLogGroupName": self.flow_log_group_name,
                "firewallRuleGroupId": self.firewall_rule_group_id,
            }
        )

    def _tags(self, child: str) -> dict[str, str]:
        return self._args.tags.named(child)

    def _make_vpc(self) -> aws.ec2.Vpc:
        """The VPC, with its default group and route table emptied (AWS-SG)."""
        name = self._name
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=self._args.cidr,
            # Both are needed for the cluster's private endpoint and for the endpoints' private names.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags(name),
            opts=self._opts,
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags=self._tags(f"{name}-default"), opts=self._opts
        )
        aws.ec2.DefaultRouteTable(
            f"{name}-default",
            default_route_table_id=vpc.default_route_table_id,
            routes=[],
            tags=self._tags(f"{name}-default"),
            opts=self._opts,
        )
        return vpc

    def _make_subnets(self) -> tuple[dict[Tier, dict[str, pulumi.Output[str]]], dict[Tier, dict[str, str]]]:
        ids: dict[Tier, dict[str, pulumi.Output[str]]] = {tier: {} for tier in TIERS}
        cidrs: dict[Tier, dict[str, str]] = {tier: {} for tier in TIERS}
        for tier in TIERS:
            for zone in self.zones:
                child = f"{self._name}-{tier}-{zone}"
                cidrs[tier][zone] = self._plan.subnet(tier, zone)
                ids[tier][zone] = aws.ec2.Subnet(
                    child,
                    vpc_id=self.vpc_id,
                    cidr_block=cidrs[tier][zone],
                    availability_zone=self.zone_names[zone],
                    map_public_ip_on_launch=False,
                    tags=self._args.tags.named(child, tier=tier, **LOAD_BALANCER_ROLES[tier]),
                    opts=pulumi.ResourceOptions(parent=self, protect=tier == "intra" and self._args.protect),
                ).id
        return ids, cidrs

    def _make_public_routes(self, subnet_ids: Mapping[str, pulumi.Output[str]]) -> dict[str, pulumi.Output[str]]:
        """The internet gateway, and the subnets as a dependency on it."""
        name = self._name
        gateway = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=self.vpc_id, tags=self._tags(f"{name}-internet"), opts=self._opts
        )
        table = self._table("public")
        route = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=self._opts,
        )
        # In a VPC without an internet gateway AWS refuses addresses, NAT gateways and internet-facing load balancers.
        self._internet = pulumi.ResourceOptions(parent=self, depends_on=[gateway, route])
        return {
            zone: after(subnet, [gateway, route, self._associate("public", zone, subnet, table)])
            for zone, subnet in subnet_ids.items()
        }

    def _make_gateways(self) -> dict[str, aws.ec2.NatGateway]:
        """The NAT gateway that serves each zone."""
        self.nat_ips = {}
        if self._args.nat == "regional":
            return dict.fromkeys(self.zones, self._make_regional_gateway())
        places = self.zones if self._args.nat == "zone" else self.zones[:1]
        made = {zone: self._make_zonal_gateway(zone) for zone in places}
        return {zone: made.get(zone, made[places[0]]) for zone in self.zones}

    def _make_zonal_gateway(self, zone: str) -> aws.ec2.NatGateway:
        child = f"{self._name}-nat-{zone}"
        return aws.ec2.NatGateway(
            child,
            subnet_id=self.public_subnet_ids[zone],
            allocation_id=self._make_address(child, zone),
            tags=self._tags(child),
            opts=self._internet,
        )

    def _make_regional_gateway(self) -> aws.ec2.NatGateway:
        # The names differ from the zonal ones, also for addresses, because no address can be in two gateways: so the
        # new gateway exists before the old ones are deleted.
        child = f"{self._name}-nat-regional"
        return aws.ec2.NatGateway(
            child,
            vpc_id=self.vpc_id,
            availability_mode="regional",
            # If omitted, AWS would choose and change zones and addresses: nobody could allow-list those.
            availability_zone_addresses=[
                aws.ec2.NatGatewayAvailabilityZoneAddressArgs(
                    availability_zone=self.zone_names[zone],
                    allocation_ids=[self._make_address(f"{child}-{zone}", zone)],
                )
                for zone in self.zones
            ],
            tags=self._tags(child),
            opts=self._internet,
        )

    def _make_address(self, child: str, zone: str) -> pulumi.Output[str]:
        """An address of a zone's outbound connections; its allocation."""
        address = aws.ec2.Eip(child, domain="vpc", tags=self._tags(child), opts=self._internet)
        self.nat_ips[zone] = address.public_ip
        return address.allocation_id

    def _make_private_routes(self) -> dict[str, pulumi.Output[str]]:
        """NAT gateways, and a route table per zone to its gateway."""
        gateways, tables = self._make_gateways(), {}
        for zone, subnet in self.private_subnet_ids.items():
            table = self._table(f"private-{zone}")
            way = aws.ec2.Route(
                f"{self._name}-private-{zone}-out",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=gateways[zone].id,
                opts=self._opts,
            )
            self.ways_out += [way, self._associate("private", zone, subnet, table)]
            tables[zone] = table.id
        return tables

    def _make_intra_routes(self) -> aws.ec2.RouteTable:
        table = self._table("intra")
        for zone, subnet in self.intra_subnet_ids.items():
            self._associate("intra", zone, subnet, table)
        return table

    def _table(self, role: str) -> aws.ec2.RouteTable:
        child = f"{self._name}-{role}"
        return aws.ec2.RouteTable(child, vpc_id=self.vpc_id, tags=self._tags(child), opts=self._opts)

    def _associate(
        self, tier: Tier, zone: str, subnet_id: pulumi.Output[str], table: aws.ec2.RouteTable
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{tier}-{zone}", subnet_id=subnet_id, route_table_id=table.id, opts=self._opts
        )
