"""Policies about VPCs, subnets and routes (AWS-SG, AWS-EGRESS, INH-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam.audience import ACCOUNT, ARN, OPERATORS, ORGANISATION_ID, ORGANISATION_PATH
from policies.rules.iam.documents import ANY_BUCKET, Statement, covers, covers_everything, statements
from policies.rules.network import topology
from policies.rules.network.security_group_rules import DEFAULT_GROUP, EGRESS_RULE, INGRESS_RULE, RULE, is_wide, network
from policies.rules.network.topology import DEFAULT_SUBNET, NAT, ROUTE, SUBNETS, TABLES, VPCS

FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
SEPARATE_RULES: Final = frozenset({RULE, INGRESS_RULE, EGRESS_RULE})
WITH_POLICY: Final = frozenset({"Gateway", "Interface", ""})
"""Types of endpoints that take a policy."""
ZONE_ID: Final = re.compile(r"-az\d+$")
"""How the ID of an availability zone ends; a name ends in the region and a letter."""
OURS: Final = re.compile(r"(?:aws|s3):(?:principal|resource)(?:account|orgid|orgpaths|arn)")
"""Keys of conditions that tell our own accounts from others."""


def _default_group(stack: Stack) -> Iterator[Violation]:
    groups = stack.of({DEFAULT_GROUP})
    for group in groups:
        for direction in ("ingress", "egress"):
            with stack.isolate():
                if rules := group.props[direction].items():
                    yield violation(group.props[direction], f"{len(rules)} rules", "none", group.urn)
    of_vpcs = Referrers(stack, groups, "vpcId")
    separate = Referrers(stack, stack.of(SEPARATE_RULES), "securityGroupId")
    filled = separate.to_any(groups, "id") | separate.to_any(stack.of(VPCS), "defaultSecurityGroupId")
    for urn in sorted(filled):
        yield violation("securityGroupId", "a rule for a default group", "none", urn)
    for vpc in stack.of(VPCS):
        with stack.isolate():
            if not of_vpcs.to(vpc, "id"):
                yield violation("vpcId", "no DefaultSecurityGroup: AWS's own lets members in", "an empty one", vpc.urn)


DEFAULT_GROUP_EMPTY = Policy(
    id="default-sg-empty",
    requirement="AWS-SG",
    types=VPCS | SEPARATE_RULES | {DEFAULT_GROUP},
    level=MANDATORY,
    severity=MEDIUM,
    description="The default security group of every VPC is empty, so that forgetting a group gives no access.",
    fix="add an aws.ec2.DefaultSecurityGroup for the VPC with ingress=[] and egress=[], and no rules for it elsewhere",
    stack_rule=_default_group,
)


def _flow_logs(stack: Stack) -> Iterator[Violation]:
    logs = Referrers(stack, stack.of({FLOW_LOG}), "vpcId")
    for vpc in stack.of(VPCS):
        with stack.isolate():
            ours = logs.to(vpc, "id")
            if not ours:
                yield violation("vpcId", "no FlowLog of it", "one of all traffic", vpc.urn)
            for log in ours:
                traffic = log.props["trafficType"]
                if traffic.text() not in (None, "ALL"):
                    yield violation(traffic, f"{traffic.text()}", "ALL", log.urn)


FLOW_LOGS = Policy(
    id="vpc-flow-logs",
    requirement="INH-1",
    types=VPCS | {FLOW_LOG},
    level=MANDATORY,
    severity=MEDIUM,
    description="Every VPC has flow logs of all traffic.",
    fix="add an aws.ec2.FlowLog with the vpcId and trafficType ALL",
    stack_rule=_flow_logs,
)


def _no_auto_public(resource: Resource) -> Iterator[Violation]:
    given = resource.props["mapPublicIpOnLaunch"]
    # A default subnet keeps AWS's default, which is true.
    if given.flag(default=resource.type == DEFAULT_SUBNET):
        yield violation(given, "true" if given.present else "nothing (true)", "false")


NO_AUTO_PUBLIC = Policy(
    id="subnet-no-auto-public-ip",
    requirement="AWS-EGRESS",
    types=SUBNETS,
    level=MANDATORY,
    severity=HIGH,
    description="No subnet gives public addresses to whatever is launched in it.",
    fix="set mapPublicIpOnLaunch to false",
    rule=_no_auto_public,
)


def _nat_per_zone(stack: Stack) -> Iterator[Violation]:
    zonal, regional = [], []
    served: set[str] = set()
    told_before = len(stack.unknown)
    for gateway in stack.of({NAT}):
        with stack.isolate():
            if gateway.props["availabilityMode"].text() == "regional":
                addresses = gateway.props["availabilityZoneAddresses"].items()
                if not addresses:
                    return  # AWS adds the network's zones automatically.
                regional.append(gateway)
                served |= {_zone(each) for each in addresses}
            elif gateway.props["connectivityType"].text() != "private":
                zonal.append(gateway)
    if len(stack.unknown) > told_before:
        return  # An unknown gateway may serve any zone.
    zones = set()
    for subnet in topology.subnets_through(stack, topology.TO_NAT):
        with stack.isolate():
            zones.add(_zone(subnet.props))
    if regional:
        missing = zones - served - {""}
        # A zone referenced by ID may be one that the subnets reference by name.
        if len(missing) > len(zonal) + len({one for one in served - zones if ZONE_ID.search(one)}):
            where, found = regional[0].props["availabilityZoneAddresses"], f"none for {', '.join(sorted(missing))}"
            yield violation(where, found, "addresses for every zone of its subnets", regional[0].urn)
    elif 0 < len(zonal) < len(zones):
        found = f"{len(zonal)} NAT gateways for subnets in {len(zones)} zones"
        yield violation("(stack)", found, "one in every zone", zonal[0].urn)


def _zone(props: Value) -> str:
    return props["availabilityZone"].text() or props["availabilityZoneId"].text() or ""


NAT_PER_ZONE = Policy(
    id="nat-per-zone",
    requirement="AWS-EGRESS",
    types=topology.TYPES,
    level=ADVISORY,
    severity=LOW,
    description="A zone that fails takes no other zone's way out with it.",
    fix="make a NAT gateway in every zone, or a regional one that names every zone, or none",
    stack_rule=_nat_per_zone,
)


def _ours(said: Statement) -> bool:
    """Whether a condition names our accounts or organisation literally."""
    forms = (ACCOUNT, ORGANISATION_ID, ORGANISATION_PATH, ARN)
    return any(
        operator.removeprefix("foranyvalue:") in OPERATORS
        and OURS.fullmatch(key)
        and values
        and all(any(form.fullmatch(value) for form in forms) for value in values)
        for operator, key, values in said.conditions()
    )


def _endpoint_policy(resource: Resource) -> Iterator[Violation]:
    required = "one that tests aws:PrincipalAccount or aws:PrincipalOrgID"
    if resource.type == ENDPOINT and (resource.props["vpcEndpointType"].text() or "") not in WITH_POLICY:
        return
    document = resource.props["policy"]
    if not document.present:
        yield violation(document, "nothing (everything for everybody)", required)
    for said in statements(resource, document):
        with resource.isolate():
            everybody = said.get("notprincipal").present or any(name == "*" for _, _, name in said.principals())
            named = [action for _, action in said.entries("action")]
            actions = not named or any(covers_everything(action) or action.endswith(":*") for action in named)
            resources = any(covers(name, ANY_BUCKET) for _, name in said.entries("resource"))
            if (
                said.allows
                and everybody
                and actions
                and not _ours(said)
                and (resources or said.get("notresource").present)
            ):
                yield violation(said.value, "everything for everybody", required)


ENDPOINT_POLICY_NARROW = Policy(
    id="vpc-endpoint-policy-not-star",
    requirement="AWS-EGRESS",
    types=frozenset({ENDPOINT, ENDPOINT_POLICY}),
    level=ADVISORY,
    severity=MEDIUM,
    description="A VPC endpoint is no way out to other people's accounts.",
    fix="give the endpoint a policy with conditions on this account",
    rule=_endpoint_policy,
)


def _routes(resource: Resource) -> Iterator[tuple[Value, tuple[Value, Value]]]:
    """The peering and the destinations of each route in a resource."""
    if resource.type == ROUTE:
        props = resource.props
        yield props["vpcPeeringConnectionId"], (props["destinationCidrBlock"], props["destinationIpv6CidrBlock"])
        return
    for route in resource.props["routes"].items():
        with resource.isolate():
            yield route["vpcPeeringConnectionId"], (route["cidrBlock"], route["ipv6CidrBlock"])


def _peering(resource: Resource) -> Iterator[Violation]:
    for peering, destinations in _routes(resource):
        with resource.isolate():
            if peering.known and not peering.text():
                continue
            for destination in destinations:
                found = network(destination)
                if found is not None and is_wide(found):
                    yield violation(destination, f"{found} through a peering", "the other VPC's own range")


PEERING = Policy(
    id="peering-route-not-default",
    requirement="AWS-EGRESS",
    types=TABLES | {ROUTE},
    level=MANDATORY,
    severity=MEDIUM,
    description="Only the other VPC's range goes through a peering, never the way to the Internet.",
    fix="name the peer's range as the destination; the way out is the NAT gateway",
    rule=_peering,
)

POLICIES = (DEFAULT_GROUP_EMPTY, FLOW_LOGS, NO_AUTO_PUBLIC, NAT_PER_ZONE, ENDPOINT_POLICY_NARROW, PEERING)
