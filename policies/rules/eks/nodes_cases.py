"""Cases of nodes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.eks.nodes import (
    CNI_RIGHTS,
    NO_REMOTE_ACCESS,
    PRIVATE_NODES,
    PROFILE,
    ROLE,
    ROLE_ATTACHMENT,
    USES_TEMPLATE,
)
from policies.rules.eks.resources import NATIVE_NODE_GROUP, NODE_GROUP, SCALING_GROUP
from policies.rules.iam.attachments import ATTACHMENT, EXCLUSIVE
from policies.rules.network.topology import (
    ASSOCIATION,
    DEFAULT_ROUTE_TABLE,
    GATEWAY,
    MAIN_ASSOCIATION,
    ROUTE,
    ROUTE_TABLE,
    SUBNET,
    VPC,
)

_GROUP: Final[dict[str, Any]] = {
    "clusterName": "palisade",
    "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes",
    "subnetIds": ["subnet-a"],
    "launchTemplate": {"id": "lt-1", "version": "7"},
    "scalingConfig": {"minSize": 3, "maxSize": 6, "desiredSize": 3},
}
_CNI_POLICY: Final = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"


def _group(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=NODE_GROUP, props=changed(_GROUP, changes or {}), name="group")


def _subnet(*, gateway: bool, inline: bool = False, to: str = "0.0.0.0/0") -> tuple[Item, ...]:
    """A subnet with its route table, whose default route is an internet gateway or a NAT gateway."""
    target = {"gatewayId": "igw-1"} if gateway else {"natGatewayId": "nat-1"}
    routes = {"routes": [{"cidrBlock": to, **target}]} if inline else {}
    made = (
        Item(type=SUBNET, props={"id": "subnet-a", "vpcId": "vpc-1"}, name="subnet"),
        Item(type=GATEWAY, props={"id": "igw-1", "vpcId": "vpc-1"}, name="internet"),
        Item(type=ROUTE_TABLE, props={"id": "rtb-1", "vpcId": "vpc-1", **routes}, name="table"),
        Item(type=ASSOCIATION, props={"subnetId": "subnet-a", "routeTableId": "rtb-1"}, name="association"),
    )
    route = {"routeTableId": "rtb-1", "destinationCidrBlock": to, **target}
    return made if inline else (*made, Item(type=ROUTE, props=route, name="route"))


_OUT: Final = {"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}


def _main(with_subnet: bool, *more: Item) -> tuple[Item, ...]:
    """A VPC, optionally with a subnet without a route table of its own, and the VPC's main route table."""
    vpc = Item(type=VPC, props={"id": "vpc-1", "mainRouteTableId": "rtb-0", "defaultRouteTableId": "rtb-0"}, name="vpc")
    subnet = Item(type=SUBNET, props={"id": "subnet-a", "vpcId": "vpc-1"}, name="subnet")
    return (vpc, *([subnet] if with_subnet else []), *more)


def _default_table() -> Item:
    routes = [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]
    props = {"id": "rtb-0", "defaultRouteTableId": "rtb-0", "routes": routes}
    return Item(type=DEFAULT_ROUTE_TABLE, props=props, name="default")


def _made_main() -> tuple[Item, ...]:
    """The table of `_subnet`, which the VPC uses instead of the subnet."""
    made = tuple(one for one in _subnet(gateway=True) if one.type != ASSOCIATION)
    return (*made, Item(type=MAIN_ASSOCIATION, props={"vpcId": "vpc-1", "routeTableId": "rtb-1"}, name="main"))


def _self_managed(tag: str) -> Item:
    tags = [{"key": tag, "value": "owned", "propagateAtLaunch": True}]
    return Item(type=SCALING_GROUP, props={"vpcZoneIdentifiers": ["subnet-a"], "tags": tags}, name="group")


def _first_preview() -> tuple[Item, ...]:
    """The same with an internet gateway, before creation: only dependencies relate the resources."""
    return (
        Item(type=SUBNET, props={"vpcId": UNKNOWN}, name="subnet"),
        Item(type=GATEWAY, props={"vpcId": UNKNOWN}, name="internet"),
        Item(type=ROUTE_TABLE, props={"vpcId": UNKNOWN}, name="table"),
        Item(
            type=ASSOCIATION,
            props={"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
            name="association",
            depends_on={"subnetId": ["subnet"], "routeTableId": ["table"]},
        ),
        Item(
            type=ROUTE,
            props={"routeTableId": UNKNOWN, "gatewayId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0"},
            name="route",
            depends_on={"routeTableId": ["table"], "gatewayId": ["internet"]},
        ),
        Item(
            type=NODE_GROUP,
            props=changed(_GROUP, {"subnetIds": [UNKNOWN]}),
            name="group",
            depends_on={"subnetIds": ["subnet"]},
        ),
    )


def _role(arn: str = _GROUP["nodeRoleArn"], *managed: str) -> Item:
    return Item(type=ROLE, props={"arn": arn, "name": "nodes", "managedPolicyArns": list(managed)}, name="role")


def _attached(arn: str, role: str = "nodes") -> Item:
    return Item(type=ROLE_ATTACHMENT, props={"role": role, "policyArn": arn}, name="attached")


def _attached_by(type_: str, **props: Any) -> Item:
    return Item(type=type_, props=props, name="attached")


CASES: dict[str, tuple[Case, ...]] = {
    NO_REMOTE_ACCESS.id: (
        fail("native", Item(type=NATIVE_NODE_GROUP, props={"remoteAccess": {"ec2SshKey": "k"}}), at="remoteAccess"),
        ok("none", _group()),
        fail("key_for_everybody", _group({"remoteAccess": {"ec2SshKey": "team"}}), at="remoteAccess"),
        fail("without_a_key_yet", _group({"remoteAccess": UNKNOWN}), at="remoteAccess"),
    ),
    USES_TEMPLATE.id: (
        fail("native", Item(type=NATIVE_NODE_GROUP, props={"subnets": ["subnet-a"]}), at="launchTemplate"),
        ok("template", _group()),
        ok("template_made_with_it", _group({"launchTemplate": {"id": UNKNOWN, "version": UNKNOWN}})),
        fail("omitted", _group({"launchTemplate": OMITTED}), at="launchTemplate"),
        fail("empty", _group({"launchTemplate": {}}), at="launchTemplate"),
        unknown("decided_later", _group({"launchTemplate": UNKNOWN})),
    ),
    PRIVATE_NODES.id: (
        fail(
            "native",
            *_subnet(gateway=True),
            Item(type=NATIVE_NODE_GROUP, props={"subnets": ["subnet-a"]}, name="group"),
            at="subnets",
        ),
        ok("private", _group(), *_subnet(gateway=False)),
        ok("public_subnet_of_others", _group({"subnetIds": ["subnet-b"]}), *_subnet(gateway=True)),
        fail("public", _group(), *_subnet(gateway=True), at="subnetIds"),
        fail("public_by_an_inline_route", _group(), *_subnet(gateway=True, inline=True), at="subnetIds"),
        fail("public_on_an_empty_state", *_first_preview(), at="subnetIds"),
        fail(
            "public_by_the_main_table", _group(), *_main(True, Item(type=ROUTE, props=_OUT, name="r")), at="subnetIds"
        ),
        fail("public_by_the_default_table", _group(), *_main(True, _default_table()), at="subnetIds"),
        fail("public_by_a_main_association", _group(), *_main(False, *_made_main()), at="subnetIds"),
        ok("table_of_its_own", _group(), *_subnet(gateway=False), *_main(False, _default_table())),
        fail("half_of_the_way_out", _group(), *_subnet(gateway=True, to="0.0.0.0/1"), at="subnetIds"),
        fail(
            "gateway_of_another_stack", _group(), *_subnet(gateway=True)[:1], *_subnet(gateway=True)[2:], at="subnetIds"
        ),
        fail(
            "self_managed", _self_managed("kubernetes.io/cluster/shop"), *_subnet(gateway=True), at="vpcZoneIdentifiers"
        ),
        ok("machines_that_are_no_nodes", _self_managed("service"), *_subnet(gateway=True)),
        fail(
            "gives_out_addresses",
            _group(),
            Item(type=SUBNET, props={"id": "subnet-a", "mapPublicIpOnLaunch": True}, name="subnet"),
            at="subnetIds",
        ),
    ),
    CNI_RIGHTS.id: (
        fail(
            "native",
            _role(_GROUP["nodeRoleArn"], _CNI_POLICY),
            Item(type=NATIVE_NODE_GROUP, props={"nodeRole": _GROUP["nodeRoleArn"]}, name="group"),
            at="managedPolicyArns[0]",
        ),
        ok("minimal", _group(), _role(), _attached("arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy")),
        ok("role_of_the_cni", _group(), _role("arn:aws:iam::1:role/cni"), _attached(_CNI_POLICY)),
        fail("attached", _group(), _role(), _attached(_CNI_POLICY), at="policyArn"),
        fail(
            "attached_with_others",
            _group(),
            _role(),
            _attached_by(ATTACHMENT, roles=["nodes"], policyArn=_CNI_POLICY),
            at="policyArn",
        ),
        fail(
            "of_self_managed_nodes",
            Item(type=PROFILE, props={"role": "nodes"}, name="profile"),
            _role(),
            _attached(_CNI_POLICY),
            at="policyArn",
        ),
        fail(
            "attached_exclusively",
            _group(),
            _role(),
            _attached_by(EXCLUSIVE, roleName="nodes", policyArns=[_CNI_POLICY]),
            at="policyArns[0]",
        ),
        fail("of_the_role_itself", _group(), _role(_GROUP["nodeRoleArn"], _CNI_POLICY), at="managedPolicyArns[0]"),
    ),
}
