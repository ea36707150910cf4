"""Network flows, derived from the security groups and network policies of a run of the program.

A flow between two groups is allowed by both: by the egress rule of the first and the ingress rule of the second. Flows
without a position in the picture are refused, so that it cannot become stale silently.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.providers.mocks import Registered, Run

WORLD: Final = ipaddress.IPv4Network("0.0.0.0/0")
ANYBODY, WHITELISTED, INTERNET = "people", "whitelisted", "internet"
GROUPS: Final[Mapping[str, str]] = {
    "net-endpoints": "endpoints",
    "api": "api",
    "nodes": "nodes",
    "vpn-instance": "bastion",
    "deis-database": "database",
    "deis-balancer-80": "balancer",
    "deis-balancer-443": "balancer",
    "deis-balancer-2222": "balancer",
}
"""End of a security group's name, after the stack's -> the place that its members are."""
SUBNETS: Final[Mapping[str, str]] = {
    "endpoints": "ec2/vpcEndpoint:VpcEndpoint",
    "api": "eks/cluster:Cluster",
    "nodes": "eks/nodeGroup:NodeGroup",
    "bastion": "autoscaling/group:Group",
    "database": "rds/subnetGroup:SubnetGroup",
    "balancer": "lb/loadBalancer:LoadBalancer",
}
"""Place -> the resources that say in which subnets it lies."""
SUBNET_PROPERTIES: Final = ("subnetIds", "subnets", "vpcZoneIdentifiers")


@dataclass(frozen=True, order=True)
class Flow:
    """An allowed flow from one place to another."""

    source: str
    target: str
    protocol: str
    port: int
    why: str = field(compare=False, default="")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The content of the picture."""

    vpc_cidr: str
    zones: tuple[str, ...]
    tiers: Mapping[str, tuple[str, ...]]
    """Tier -> ranges of its subnets."""
    tier_of: Mapping[str, str]
    """Place -> the tier that it lies in."""
    whitelist: tuple[str, ...]
    nat_gateways: int
    endpoints: int
    pods: tuple[str, ...]
    """Whose traffic a network policy decides."""
    flows: tuple[Flow, ...]
    """Between groups, and from and to the outside."""
    pod_flows: tuple[Flow, ...]
    """From and to pods of Deis."""


def facts(run: Run) -> Facts:
    """Read a run of the whole program.

    Raises:
        ValueError: a group, range or peer is not part of the picture.
    """
    subnets = {one.id: one for one in run.of("ec2/subnet:Subnet")}
    tiers: dict[str, list[str]] = {}
    for subnet in subnets.values():
        tiers.setdefault(subnet.inputs["tags"]["tier"], []).append(subnet.inputs["cidrBlock"])
    tier_of = {place: _tier(run.of(type_), subnets) for place, type_ in SUBNETS.items()}
    ranges = {tier: tuple(sorted(cidrs, key=ipaddress.IPv4Network)) for tier, cidrs in tiers.items()}
    whitelist = {
        one.inputs["cidrIpv4"]
        for one in run.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if "-balancer-" in one.name and not one.name.endswith("-from-vpn") and one.inputs.get("cidrIpv4")
    }
    groups = _Groups(run, {place: ranges[tier] for place, tier in tier_of.items()}, whitelist)
    pods = _Pods(run, ranges)
    return Facts(
        vpc_cidr=run.only("ec2/vpc:Vpc").inputs["cidrBlock"],
        zones=tuple(sorted({subnet.inputs["availabilityZone"] for subnet in subnets.values()})),
        tiers=ranges,
        tier_of=tier_of,
        whitelist=tuple(sorted(whitelist)),
        nat_gateways=len(run.of("ec2/natGateway:NatGateway")),
        endpoints=len(run.of("ec2/vpcEndpoint:VpcEndpoint")),
        pods=tuple(sorted(pods.names)),
        flows=_once(groups.flows()),
        pod_flows=_once(pods.flows()),
    )


def _once(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Each flow once, in a fixed order, independent of the order of registration."""
    return tuple(sorted({flow: flow for flow in sorted(flows, key=lambda flow: (flow, flow.why))}))


def _tier(resources: Iterable[Registered], subnets: Mapping[str, Registered]) -> str:
    found = set()
    for resource in resources:
        inputs = {**resource.inputs, **resource.inputs.get("vpcConfig", {})}
        ids = [id_ for key in SUBNET_PROPERTIES for id_ in inputs.get(key) or [] if id_ in subnets]
        found |= {subnets[id_].inputs["tags"]["tier"] for id_ in ids}
    (tier,) = found
    return tier


class _Groups:
    """Security groups and their rules."""

    def __init__(self, run: Run, cidrs: Mapping[str, tuple[str, ...]], whitelist: set[str]) -> None:
        self._cidrs, self._whitelist = cidrs, whitelist
        self._addresses = {f"{one.outputs['publicIp']}/32" for one in run.of("ec2/eip:Eip") if "-nat-" not in one.name}
        self._places = {one.id: _place(one.name) for one in run.of("ec2/securityGroup:SecurityGroup")}
        self._ways_in = run.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        self._ways_out = run.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")

    def flows(self) -> Iterable[Flow]:
        for rule in self._ways_in:
            target, inputs = self._places[rule.inputs["securityGroupId"]], rule.inputs
            for source in self._sources(rule):
                if source in (ANYBODY, WHITELISTED) or self._lets_out(source, target, rule):
                    yield Flow(source, target, inputs["ipProtocol"], inputs["fromPort"], inputs["description"])
        for rule in self._ways_out:
            inputs = rule.inputs
            if inputs.get("cidrIpv4") == str(WORLD):
                source = self._places[inputs["securityGroupId"]]
                yield Flow(source, INTERNET, inputs["ipProtocol"], inputs["fromPort"], inputs["description"])

    def _sources(self, rule: Registered) -> list[str]:
        if group := rule.inputs.get("referencedSecurityGroupId"):
            return [self._places[group]]
        cidr = rule.inputs["cidrIpv4"]
        if cidr == str(WORLD):
            return [ANYBODY]
        if cidr in self._addresses:
            return ["bastion"]
        if cidr in self._whitelist:
            return [WHITELISTED]
        inside = [place for place, ranges in self._cidrs.items() if any(_covers(cidr, range_) for range_ in ranges)]
        if not inside:
            raise ValueError(f"{rule.name}: the picture has no place for {cidr}")
        return inside

    def _lets_out(self, source: str, target: str, way_in: Registered) -> bool:
        for rule in self._ways_out:
            inputs = rule.inputs
            same = (inputs["ipProtocol"], inputs["fromPort"]) == (
                way_in.inputs["ipProtocol"],
                way_in.inputs["fromPort"],
            )
            if not same or self._places[inputs["securityGroupId"]] != source:
                continue
            if (group := inputs.get("referencedSecurityGroupId")) and self._places[group] == target:
                return True
            if not group and any(_covers(inputs["cidrIpv4"], each) for each in self._cidrs[target]):
                return True
        return False


def _place(name: str) -> str:
    for end, place in GROUPS.items():
        if name.partition("-")[2] == end:
            return place
    raise ValueError(f"{name}: a security group that the picture does not know; name it in GROUPS")


def _covers(outer: str, inner: str) -> bool:
    return ipaddress.IPv4Network(inner).subnet_of(ipaddress.IPv4Network(outer))


class _Pods:
    """Network policies of the namespace of Deis."""

    def __init__(self, run: Run, ranges: Mapping[str, tuple[str, ...]]) -> None:
        self._ranges = ranges
        self._specs = {
            one.inputs["metadata"]["name"].removeprefix("deis-"): one.inputs["spec"]
            for one in run.of("networking.k8s.io/v1:NetworkPolicy")
            if one.inputs["metadata"].get("namespace") == "deis"
        }
        self.names = {name for name, spec in self._specs.items() if spec["podSelector"]}

    def flows(self) -> Iterable[Flow]:
        entering = {flow for name in self._specs for flow in self._of(name, "ingress", "from")}
        for name in self._specs:
            for flow in self._of(name, "egress", "to"):
                # For pods with ingress policies of their own, both sides have to allow the flow.
                closed = "Ingress" in self._specs.get(flow.target, {}).get("policyTypes", [])
                if not closed or flow in entering:
                    yield flow
        yield from (flow for flow in entering if flow.source == "balancer")

    def _of(self, name: str, direction: str, peers: str) -> Iterable[Flow]:
        own = name if name in self.names else "every pod"
        for rule in self._specs[name].get(direction) or []:
            for port in rule["ports"]:
                for peer in {self._peer(each) for each in rule[peers]}:
                    source, target = (own, peer) if direction == "egress" else (peer, own)
                    yield Flow(source, target, port["protocol"].lower(), int(port["port"]))

    def _peer(self, peer: Mapping[str, Any]) -> str:
        if block := peer.get("ipBlock"):
            return self._at(block["cidr"])
        labels = {
            **peer.get("namespaceSelector", {}).get("matchLabels", {}),
            **peer.get("podSelector", {}).get("matchLabels", {}),
        }
        if labels.get("k8s-app") == "kube-dns":
            return "CoreDNS"
        if labels == {"heritage": "deis"}:
            return "applications"
        return labels["app"].removeprefix("deis-")

    def _at(self, cidr: str) -> str:
        if cidr == str(WORLD):
            return INTERNET
        places = {"intra": "api", "private": "database", "public": "balancer"}
        for tier, ranges in self._ranges.items():
            if cidr in ranges:
                return places[tier]
        if cidr.endswith(".1/32"):
            # The Service of the same API.
            return "api"
        raise ValueError(f"network policies: the picture has no place for {cidr}")
