"""Cases of nodes and add-ons."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.eks import nodes
from policies.eks.forms import ADDON, NATIVE_ADDON, NATIVE_NODE_GROUP, NODE_GROUP, cluster
from policies.network.topology import ASSOCIATION, GATEWAY, ROUTE, ROUTE_TABLE, SUBNET

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


def _addon(**props: Any) -> Item:
    return Item(type=ADDON, props={"clusterName": "palisade", "addonName": nodes.CNI, **props}, name="cni")


def _configured(**values: Any) -> Item:
    return _addon(configurationValues=json.dumps(values))


def _subnet(*, gateway: bool, inline: bool = False) -> tuple[Item, ...]:
    """A subnet with its route table, whose way out is an internet gateway or a NAT gateway."""
    target = {"gatewayId": "igw-1"} if gateway else {"natGatewayId": "nat-1"}
    routes = {"routes": [{"cidrBlock": "0.0.0.0/0", **target}]} if inline else {}
    made = (
        Item(type=SUBNET, props={"id": "subnet-a", "vpcId": "vpc-1"}, name="subnet"),
        Item(type=GATEWAY, props={"id": "igw-1", "vpcId": "vpc-1"}, name="internet"),
        Item(type=ROUTE_TABLE, props={"id": "rtb-1", "vpcId": "vpc-1", **routes}, name="table"),
        Item(type=ASSOCIATION, props={"subnetId": "subnet-a", "routeTableId": "rtb-1"}, name="association"),
    )
    route = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", **target}
    return made if inline else (*made, Item(type=ROUTE, props=route, name="route"))


def _first_preview() -> tuple[Item, ...]:
    """The same with an internet gateway, before anything is made: only dependencies tell."""
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
    return Item(type=nodes.ROLE, props={"arn": arn, "name": "nodes", "managedPolicyArns": list(managed)}, name="role")


def _attached(arn: str, role: str = "nodes") -> Item:
    return Item(type=nodes.ROLE_ATTACHMENT, props={"role": role, "policyArn": arn}, name="attached")


CASES: dict[str, tuple[Case, ...]] = {
    nodes.NO_REMOTE_ACCESS.id: (
        fail("native", Item(type=NATIVE_NODE_GROUP, props={"remoteAccess": {"ec2SshKey": "k"}}), at="remoteAccess"),
        ok("none", _group()),
        fail("key_for_everybody", _group({"remoteAccess": {"ec2SshKey": "team"}}), at="remoteAccess"),
        fail("without_a_key_yet", _group({"remoteAccess": UNKNOWN}), at="remoteAccess"),
    ),
    nodes.USES_TEMPLATE.id: (
        fail("native", Item(type=NATIVE_NODE_GROUP, props={"subnets": ["subnet-a"]}), at="launchTemplate"),
        ok("template", _group()),
        ok("template_made_with_it", _group({"launchTemplate": {"id": UNKNOWN, "version": UNKNOWN}})),
        fail("omitted", _group({"launchTemplate": OMITTED}), at="launchTemplate"),
        fail("empty", _group({"launchTemplate": {}}), at="launchTemplate"),
        unknown("decided_later", _group({"launchTemplate": UNKNOWN})),
    ),
    nodes.PINNED.id: (
        fail("native", Item(type=NATIVE_ADDON, props={"addonName": "coredns"}), at="addonVersion"),
        ok("pinned", _addon(addonVersion="v1.22.4-eksbuild.3")),
        fail("omitted", _addon(), at="addonVersion"),
        fail("latest", _addon(addonVersion="latest"), at="addonVersion"),
        unknown("decided_later", _addon(addonVersion=UNKNOWN)),
    ),
    nodes.NETWORK_POLICY.id: (
        fail("native", Item(type=NATIVE_ADDON, props={"addonName": nodes.CNI}), at="configurationValues"),
        ok("on", _configured(enableNetworkPolicy="true")),
        ok("another_addon", _addon(addonName="coredns")),
        fail("values_omitted", _addon(), at="configurationValues"),
        fail("off", _configured(enableNetworkPolicy="false"), at="configurationValues"),
        fail("no_json", _addon(configurationValues="enableNetworkPolicy: true"), at="configurationValues"),
        unknown("decided_later", _addon(configurationValues=UNKNOWN)),
    ),
    nodes.PRIVATE_NODES.id: (
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
            "gives_out_addresses",
            _group(),
            Item(type=SUBNET, props={"id": "subnet-a", "mapPublicIpOnLaunch": True}, name="subnet"),
            at="subnetIds",
        ),
    ),
    nodes.CNI_RIGHTS.id: (
        fail(
            "native",
            _role(_GROUP["nodeRoleArn"], _CNI_POLICY),
            Item(type=NATIVE_NODE_GROUP, props={"nodeRole": _GROUP["nodeRoleArn"]}, name="group"),
            at="managedPolicyArns[0]",
        ),
        ok("minimal", _group(), _role(), _attached("arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy")),
        ok("role_of_the_cni", _group(), _role("arn:aws:iam::1:role/cni"), _attached(_CNI_POLICY)),
        fail("attached", _group(), _role(), _attached(_CNI_POLICY), at="policyArn"),
        fail("of_the_role_itself", _group(), _role(_GROUP["nodeRoleArn"], _CNI_POLICY), at="managedPolicyArns[0]"),
    ),
    nodes.HAS_CNI.id: (
        ok(
            "native",
            Item(type="aws-native:eks:Cluster", props={"name": "palisade"}, name="cluster"),
            Item(type=NATIVE_ADDON, props={"clusterName": "palisade", "addonName": nodes.CNI}, name="cni"),
        ),
        ok("addon", cluster(), _addon()),
        ok("auto_mode", cluster({"computeConfig": {"enabled": True}})),
        fail("none", cluster(), at="addons"),
        fail("addon_of_another_cluster", cluster(), _addon(clusterName="other"), at="addons"),
    ),
}
