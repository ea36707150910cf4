"""Whether a connection gets through: name, route, endpoint or NAT gateway, security groups, network policies.

Network ACLs are AWS's defaults, which let everything through; a run with others is refused. A decision is a list of
what stops the connection, and the openings that it used.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from sandbox.providers.mocks import Registered
from tests.needs.account import Account
from tests.needs.network_policies import Link, Pod, let_through

WORLD: Final = (ipaddress.IPv4Network("0.0.0.0/0"),)
PRIVATE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "ecr.api": ("api.ecr.{region}.amazonaws.com",),
    "ecr.dkr": ("*.dkr.ecr.{region}.amazonaws.com",),
    "eks-auth": ("eks-auth.{region}.api.aws",),
    # A gateway catches addresses, not names: all names of the region's S3 lead to them, older ones too.
    "s3": ("s3.{region}.amazonaws.com", "*.s3.{region}.amazonaws.com", "*.s3-{region}.amazonaws.com"),
}
"""Endpoint service -> the names that it answers to, where they are not <service>.<region>.amazonaws.com.

Source: PrivateDnsNames of DescribeVpcEndpointServices, as listed in AWS PrivateLink's guide, "AWS services that
integrate", and in each service's chapter on VPC endpoints, read 2026-11-28.
"""
Network = ipaddress.IPv4Network


@dataclass(frozen=True, kw_only=True)
class Place:
    """A group of interfaces with the same subnets and security groups."""

    name: str
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    """Addresses of its members."""
    pod: Pod | None = None


@dataclass
class Way:
    """What was found out about a connection."""

    faults: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    endpoint: Registered | None = None
    """The VPC endpoint that it passes through."""


class Topology:
    """The network of a run."""

    def __init__(self, account: Account) -> None:
        self.account = account
        if account.of("networkAcl") or account.of("networkAclRule"):
            raise NotImplementedError("network ACLs: teach tests/needs/network.py to evaluate them")
        self.subnets = {one.id: one for one in account.of("subnet")}
        self.policies = [one for one in account.run.resources if one.type.endswith(":NetworkPolicy")]

    def place(self, name: str) -> Place | None:
        """The place of that name; None where the program makes none.

        Raises:
            LookupError: no such name is known.
        """
        kind, _, rest = name.partition(":")
        if kind == "internet":
            return Place(name=name, networks=WORLD)
        if kind == "whitelisted":
            return Place(name=name, networks=(ipaddress.IPv4Network("203.0.113.0/24"),))
        finders: Mapping[str, tuple[str, str]] = {
            "nodes": ("nodeGroup", "subnetIds"),
            "pod": ("nodeGroup", "subnetIds"),
            "api": ("cluster", "subnetIds"),
            "bastion": ("group", "vpcZoneIdentifiers"),
            "balancer": ("loadBalancer", "subnets"),
            "balancer-address": ("loadBalancer", "subnets"),
            "database": ("subnetGroup", "subnetIds"),
        }
        if kind not in finders:
            raise LookupError(f"{name} is no place; there are {', '.join(finders)}, internet and whitelisted")
        found = [one for one in self.account.of(finders[kind][0]) if not one.type.startswith("aws:iam/")]
        if not found:
            return None
        inputs = {**found[0].inputs, **found[0].inputs.get("vpcConfig", {})}
        subnets = tuple(inputs[finders[kind][1]])
        groups = {
            "nodes": self._groups("nodes"),
            "pod": self._groups("nodes"),
            "api": self._groups("api"),
            "bastion": self._groups("vpn-instance"),
            "balancer": tuple(inputs.get("securityGroups") or ()),
            # Behind the node port: what is left of the balancer is its address, and no group decides any more.
            "balancer-address": (),
            "database": self._groups("deis-database"),
        }[kind]
        networks = tuple(ipaddress.IPv4Network(self.subnets[id_].inputs["cidrBlock"]) for id_ in subnets)
        return Place(
            name=name, subnets=subnets, groups=groups, networks=networks, pod=Pod.parse(rest) if rest else None
        )

    def _groups(self, name: str) -> tuple[str, ...]:
        found = self.account.find("securityGroup", name)
        return (found.id,) if found else ()

    def endpoint_of(self, host: str) -> Registered | None:
        """The VPC endpoint that answers for a host name."""
        for endpoint in self.account.of("vpcEndpoint"):
            service = endpoint.inputs["serviceName"].split(".", 3)[3]
            names = PRIVATE_NAMES.get(service, (f"{service}.{{region}}.amazonaws.com",))
            gateway = endpoint.inputs.get("vpcEndpointType") == "Gateway"
            if (gateway or endpoint.inputs.get("privateDnsEnabled")) and any(
                fnmatchcase(host, name.format(region=self.account.region)) for name in names
            ):
                return endpoint
        return None

    def to_host(self, source: Place, host: str, port: int, protocol: str) -> Way:
        """From a place of the VPC to a name."""
        way = Way()
        self._resolve(host, way)
        endpoint = self.endpoint_of(host)
        if endpoint is not None and endpoint.inputs.get("vpcEndpointType") != "Gateway":
            way.endpoint = endpoint
            way.used.add(f"endpoint {endpoint.name}")
            subnets = [self.subnets[id_] for id_ in endpoint.inputs["subnetIds"]]
            networks = tuple(ipaddress.IPv4Network(one.inputs["cidrBlock"]) for one in subnets)
            target = Place(name=host, groups=tuple(endpoint.inputs["securityGroupIds"]), networks=networks)
            self._groups_let_through(source, target, port, protocol, way)
            let_through(
                self.policies, Link(port=port, protocol=protocol, source=source.pod, target_networks=networks), way
            )
            return way
        self._groups_let_through(source, Place(name="", networks=WORLD), port, protocol, way)
        let_through(self.policies, Link(port=port, protocol=protocol, source=source.pod, target_networks=WORLD), way)
        if endpoint is not None and all(
            table.id in endpoint.inputs["routeTableIds"] for table in self._tables(source.subnets)
        ):
            way.endpoint = endpoint
            way.used.add(f"endpoint {endpoint.name}")
        else:
            self._routed(source, way)
        return way

    def between(self, source: Place, target: Place, port: int, protocol: str, host: str = "") -> Way:
        """From a place to a place, by a name if one is given."""
        way = Way()
        if host:
            self._resolve(host, way)
        if source.name != "balancer-address":
            self._groups_let_through(source, target, port, protocol, way)
        link = Link(
            port=port,
            protocol=protocol,
            source=source.pod,
            target=target.pod,
            source_networks=source.networks,
            target_networks=(*target.networks, *(self._api_service() if target.name == "api" else ())),
        )
        let_through(self.policies, link, way)
        return way

    def _api_service(self) -> tuple[Network, ...]:
        """The address of the Service `kubernetes`, by which pods reach the API."""
        (cluster,) = self.account.of("cluster")
        services = ipaddress.IPv4Network(cluster.inputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"])
        return (Network(f"{services[1]}/32"),)

    def _resolve(self, host: str, way: Way) -> None:
        """The DNS firewall: rules in the order of their priority, the first that matches decides."""
        if not self.account.of("resolverFirewallRuleGroupAssociation"):
            return
        lists = {one.id: one.inputs["domains"] for one in self.account.of("resolverFirewallDomainList")}
        for rule in sorted(self.account.of("resolverFirewallRule"), key=lambda one: one.inputs["priority"]):
            for domain in lists[rule.inputs["firewallDomainListId"]]:
                if domain == "*" or (fnmatchcase(host, domain) if domain.startswith("*.") else host == domain):
                    if rule.inputs["action"] == "ALLOW":
                        way.used.add(f"domain {domain}")
                    else:
                        way.faults.append(f"the DNS firewall blocks {host}")
                    return

    def _tables(self, subnets: Iterable[str]) -> list[Registered]:
        tables = {one.id: one for one in self.account.of("routeTable")}
        associated = {
            one.inputs["subnetId"]: one.inputs["routeTableId"] for one in self.account.of("routeTableAssociation")
        }
        return [tables[associated[subnet]] for subnet in subnets]

    def _routed(self, source: Place, way: Way) -> None:
        """A default route to an internet gateway, or to a NAT gateway that has one."""
        if source.networks == WORLD or not source.subnets:
            return
        for table in self._tables(source.subnets):
            routes = [one.inputs for one in self.account.of("route") if one.inputs["routeTableId"] == table.id]
            default = [one for one in routes if one.get("destinationCidrBlock") == "0.0.0.0/0"]
            if not default:
                way.faults.append(f"{table.name} has no route to the internet")
            elif default[0].get("natGatewayId"):
                (gateway,) = [one for one in self.account.of("natGateway") if one.id == default[0]["natGatewayId"]]
                if gateway.inputs.get("subnetId"):
                    self._routed(Place(name="", subnets=(gateway.inputs["subnetId"],)), way)

    def _groups_let_through(self, source: Place, target: Place, port: int, protocol: str, way: Way) -> None:
        for direction, place, peer in (("Egress", source, target), ("Ingress", target, source)):
            if place.groups:
                rules = [
                    one
                    for one in self.account.of(f"securityGroup{direction}Rule")
                    if one.inputs["securityGroupId"] in place.groups and _covers_port(one.inputs, port, protocol)
                ]
                what = f"the groups of {place.name} do not let {protocol}/{port} through: {direction.lower()}"
                _matched(rules, peer, what, way)


def _matched(rules: Sequence[Registered], peer: Place, what: str, way: Way) -> None:
    by_group = [one for one in rules if one.inputs.get("referencedSecurityGroupId") in peer.groups]
    way.used |= {f"rule {one.name}" for one in by_group}
    if by_group:
        return
    for network in peer.networks:
        fitting = [
            one
            for one in rules
            if one.inputs.get("cidrIpv4") and network.subnet_of(ipaddress.IPv4Network(one.inputs["cidrIpv4"]))
        ]
        way.used |= {f"rule {one.name}" for one in fitting}
        if not fitting:
            way.faults.append(f"{what} {network}")


def _covers_port(rule: Mapping[str, Any], port: int, protocol: str) -> bool:
    if str(rule["ipProtocol"]) == "-1":
        return True
    return rule["ipProtocol"] == protocol and rule["fromPort"] <= port <= rule["toPort"]
