"""Cases of VPCs, subnets and routes."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.network import topology, vpcs
from policies.rules.network.security_group_rules import DEFAULT_GROUP, INGRESS_RULE

_VPC: Final = Item(
    type=topology.VPC, props={"id": "vpc-1", "cidrBlock": "10.40.0.0/16", "defaultSecurityGroupId": "sg-d"}, name="vpc"
)
_VPC_LATER: Final = Item(type=topology.VPC, props={"cidrBlock": "10.40.0.0/16"}, name="vpc")
_ON: Final = {"vpcId": ["vpc"]}
_ADDRESSES: Final = "availabilityZoneAddresses"
_INTO: Final = "vpcPeeringConnectionId"


def _group(vpc: str = "vpc-1", **props: Any) -> Item:
    return Item(
        type=DEFAULT_GROUP, props={"vpcId": vpc, "ingress": [], "egress": [], **props}, name="g", depends_on=_ON
    )


def _rule(group: str) -> Item:
    """A rule in a group whose identifier depends on the VPC."""
    props = {"securityGroupId": group, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
    return Item(type=INGRESS_RULE, props=props, name="rule", depends_on={"securityGroupId": ["vpc"]})


def _log(vpc: str = "vpc-1", traffic: str = "ALL") -> Item:
    return Item(type=vpcs.FLOW_LOG, props={"vpcId": vpc, "trafficType": traffic}, name="log", depends_on=_ON)


def _subnet(type_: str = topology.SUBNET, **props: Any) -> Item:
    return Item(type=type_, props={"availabilityZone": "eu-central-1a", **props})


def _zones(zones: str, gateways: str, **nat: Any) -> tuple[Item, ...]:
    """Private subnets in zones, with NAT gateways in some; the others use the first."""
    made = [
        Item(type=topology.NAT, props={"id": f"nat-{one}", "subnetId": "public", **nat}, name=f"nat-{one}")
        for one in gateways
    ]
    for zone in zones:
        nat_id = f"nat-{zone if zone in gateways else gateways[0]}"
        route = {"routeTableId": f"rtb-{zone}", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat_id}
        joined = {"subnetId": f"subnet-{zone}", "routeTableId": f"rtb-{zone}"}
        subnet = {"id": f"subnet-{zone}", "availabilityZone": f"eu-central-1{zone}"}
        made += [
            Item(type=topology.SUBNET, props=subnet, name=f"subnet-{zone}"),
            Item(type=topology.ROUTE_TABLE, props={"id": f"rtb-{zone}"}, name=f"table-{zone}"),
            Item(type=topology.ROUTE, props=route, name=f"route-{zone}"),
            Item(type=topology.ASSOCIATION, props=joined, name=f"association-{zone}"),
        ]
    return tuple(made)


def _regional(*zones: str, allocation: str = "eipalloc-1") -> dict[str, Any]:
    """A regional NAT gateway, with an address in zones: a letter means the zone's name, z and a digit its ID."""
    entries: list[dict[str, Any]] = []
    for zone in zones:
        place = {"availabilityZone": zone if zone == UNKNOWN else f"eu-central-1{zone}"}
        if zone[0] == "z":
            place = {"availabilityZoneId": f"euc1-a{zone}"}
        entries.append({**place, "allocationIds": [allocation]})
    return {"availabilityMode": "regional", _ADDRESSES: entries}


_ALLOW: Final[dict[str, Any]] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_OURS: Final = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


def _endpoint(changes: dict[Any, Any], **props: Any) -> Item:
    document = json.dumps({"Statement": [changed(_ALLOW, changes)]})
    return Item(
        type=vpcs.ENDPOINT, props={"vpcId": "vpc-1", "vpcEndpointType": "Interface", "policy": document, **props}
    )


def _route(**props: Any) -> Item:
    return Item(type=topology.ROUTE, props={"routeTableId": "rtb-1", **props})


CASES: dict[str, tuple[Case, ...]] = {
    vpcs.DEFAULT_GROUP_EMPTY.id: (
        ok("emptied", _VPC, _group()),
        ok("emptied_on_an_empty_state", _VPC_LATER, _group(UNKNOWN)),
        fail("left_as_it_is", _VPC, at="vpcId"),
        fail("of_another_vpc", _VPC, _group("vpc-2"), at="vpcId"),
        fail("of_the_default_vpc", Item(type="aws:ec2/defaultVpc:DefaultVpc", props={"id": "vpc-0"}), at="vpcId"),
        fail("rule_for_it", _VPC, _group(), _rule("sg-d"), at="securityGroupId"),
        fail("rule_for_it_on_an_empty_state", _VPC_LATER, _group(UNKNOWN), _rule(UNKNOWN), at="securityGroupId"),
        ok("rule_for_another", _VPC, _group(), _rule("sg-2")),
        fail("with_a_rule", _VPC, _group(ingress=[{"protocol": "-1", "self": True}]), at="ingress"),
    ),
    vpcs.FLOW_LOGS.id: (
        ok("all_traffic", _VPC, _log()),
        ok("all_traffic_on_an_empty_state", _VPC_LATER, _log(UNKNOWN)),
        fail("none", _VPC, at="vpcId"),
        fail("of_another_vpc", _VPC, _log("vpc-2"), at="vpcId"),
        fail("rejected_traffic_only", _VPC, _log(traffic="REJECT"), at="trafficType"),
    ),
    vpcs.NO_AUTO_PUBLIC.id: (
        ok("off", _subnet(mapPublicIpOnLaunch=False)),
        ok("off_by_default", _subnet()),
        fail("on", _subnet(mapPublicIpOnLaunch=True), at="mapPublicIpOnLaunch"),
        fail("default_subnet_by_default", _subnet(topology.DEFAULT_SUBNET), at="mapPublicIpOnLaunch"),
        unknown("decided_later", _subnet(mapPublicIpOnLaunch=UNKNOWN)),
    ),
    vpcs.NAT_PER_ZONE.id: (
        ok("one_in_each", *_zones("abc", "abc")),
        ok("regional", *_zones("abc", "a", availabilityMode="regional")),
        ok("regional_that_aws_spreads", *_zones("abc", "a", **_regional())),
        ok("regional_with_an_address_in_each", *_zones("abc", "a", **_regional(*"abc"))),
        ok("regional_with_one_more", *_zones("ab", "a", **_regional(*"abc"))),
        ok("regional_on_an_empty_state", *_zones("abc", "a", **_regional(*"abc", allocation=UNKNOWN))),
        ok("regional_and_zones_by_their_ids", *_zones("abc", "a", **_regional("z1", "z2", "z3"))),
        ok("regional_beside_a_zone_with_its_own", *_zones("ab", "a", **_regional(*"ab")), *_zones("c", "c")),
        fail("one_for_all", *_zones("abc", "a"), at="(stack)"),
        fail("regional_without_a_zone", *_zones("abc", "a", **_regional(*"ab")), at=_ADDRESSES),
        fail("regional_with_too_few_ids", *_zones("abc", "a", **_regional("z1", "z2")), at=_ADDRESSES),
        fail("regional_without_two", *_zones("ab", "a", **_regional("a")), *_zones("c", "c"), at=_ADDRESSES),
        fail("regional_elsewhere", *_zones("ab", "a", **_regional(*"cd")), at=_ADDRESSES),
        unknown("regional_with_zones_known_later", *_zones("abc", "a", **_regional("a", UNKNOWN))),
        unknown(
            "regional_with_addresses_known_later",
            *_zones("abc", "a", availabilityMode="regional", availabilityZoneAddresses=UNKNOWN),
        ),
        unknown("of_a_kind_known_later", *_zones("abc", "a", availabilityMode=UNKNOWN)),
    ),
    vpcs.ENDPOINT_POLICY_NARROW.id: (
        ok("this_account", _endpoint({"Condition": _OURS})),
        ok("one_action", _endpoint({"Action": "s3:GetObject"})),
        ok("kind_without_policy", _endpoint({}, vpcEndpointType="GatewayLoadBalancer")),
        fail("omitted", _endpoint({}, policy=None), at="policy"),
        fail("everything", _endpoint({}), at="policy.Statement[0]"),
        fail("every_bucket", _endpoint({"Action": "s3:*", "Resource": "arn:aws:s3:::*"}), at="policy.Statement[0]"),
        fail(
            "condition_on_something_else",
            _endpoint({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
            at="policy.Statement[0]",
        ),
        fail("all_but_some", _endpoint({"Action": OMITTED, "NotAction": "s3:DeleteBucket"}), at="policy.Statement[0]"),
        unknown("made_with_it", _endpoint({}, policy=UNKNOWN)),
    ),
    vpcs.PEERING.id: (
        ok("range_of_the_peer", _route(destinationCidrBlock="10.50.0.0/16", **{_INTO: "pcx-1"})),
        ok("way_out_by_nat", _route(destinationCidrBlock="0.0.0.0/0", natGatewayId="nat-1")),
        fail(
            "way_out_by_peering",
            _route(destinationCidrBlock="0.0.0.0/0", **{_INTO: UNKNOWN}),
            at="destinationCidrBlock",
        ),
        fail(
            "half_of_the_way_out",
            _route(destinationCidrBlock="128.0.0.0/1", **{_INTO: "pcx-1"}),
            at="destinationCidrBlock",
        ),
        fail("ipv6", _route(destinationIpv6CidrBlock="::/0", **{_INTO: "pcx-1"}), at="destinationIpv6CidrBlock"),
        fail(
            "inline",
            Item(
                type=topology.ROUTE_TABLE,
                props={"vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0", _INTO: "pcx-1"}]},
            ),
            at="routes[0].cidrBlock",
        ),
        unknown("destination_decided_later", _route(destinationCidrBlock=UNKNOWN, **{_INTO: "pcx-1"})),
    ),
}
