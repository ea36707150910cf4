"""Clusters, access entries, node groups and add-ons in both packages for AWS, read as one.

The package aws-native uses CloudFormation's names. The component of the eks package is evaluated by its children: its
cluster and node groups are resources of the aws package, which the engine reports like all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.kernel.cases import Item, changed
from policies.kernel.resource import Resource
from policies.kernel.value import Value

CLUSTER: Final = "aws:eks/cluster:Cluster"
NATIVE_CLUSTER: Final = "aws-native:eks:Cluster"
CLUSTERS: Final = frozenset({CLUSTER, NATIVE_CLUSTER})
ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
NATIVE_ENTRY: Final = "aws-native:eks:AccessEntry"
ENTRIES: Final = frozenset({ENTRY, NATIVE_ENTRY})
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
NATIVE_NODE_GROUP: Final = "aws-native:eks:Nodegroup"
SCALING_GROUP: Final = "aws:autoscaling/group:Group"
"""What self-managed nodes come from."""
NODE_GROUPS: Final = frozenset({NODE_GROUP, NATIVE_NODE_GROUP})
ADDON: Final = "aws:eks/addon:Addon"
NATIVE_ADDON: Final = "aws-native:eks:Addon"
ADDONS: Final = frozenset({ADDON, NATIVE_ADDON})
NATIVE: Final = frozenset({NATIVE_CLUSTER, NATIVE_ENTRY, NATIVE_NODE_GROUP, NATIVE_ADDON})
"""What this pack reads of aws-native."""

_NAMES: Final = {
    NATIVE_CLUSTER: {"vpcConfig": "resourcesVpcConfig"},
    NATIVE_ENTRY: {"userName": "username"},
    NATIVE_NODE_GROUP: {"subnetIds": "subnets", "nodeRoleArn": "nodeRole"},
    SCALING_GROUP: {"subnetIds": "vpcZoneIdentifiers"},
}
"""Type -> the aws package's name of a property -> its own."""


def name_of(type_: str, name: str) -> str:
    """A type's name of a property of the aws package."""
    return _NAMES.get(type_, {}).get(name, name)


def read(resource: Resource, name: str, *inner: str) -> Value:
    """A property by its name in the aws package, and its value."""
    return resource.props[name_of(resource.type, name)].along(*inner)


def log_types(resource: Resource) -> tuple[Value, set[str | None]]:
    """The property with a cluster's log types, and the types."""
    if resource.type != NATIVE_CLUSTER:
        types = resource.props["enabledClusterLogTypes"]
        return types, {one.text() for one in types.items()}
    types = resource.props.along("logging", "clusterLogging", "enabledTypes")
    return types, {one["type"].text() for one in types.items()}


def encryption(resource: Resource) -> Value:
    """A cluster's encryption configuration; EKS allows at most one."""
    config = resource.props["encryptionConfig"]
    if resource.type == NATIVE_CLUSTER and (listed := config.items()):
        return listed[0]
    return Value(None, config.path) if resource.type == NATIVE_CLUSTER else config


def tag(resource: Resource, name: str) -> str | None:
    """The text of a tag."""
    tags = resource.props["tags"]
    if resource.type not in NATIVE:
        return tags[name].text()
    return next((one["value"].text() for one in tags.items() if one["key"].text() == name), None)


def grants(resource: Resource) -> Iterator[tuple[Value, Value]]:
    """The access policies in a native entry: ARN and scope. In the aws package each is a resource."""
    for one in resource.props["accessPolicies"].items():
        with resource.isolate():
            yield one["policyArn"], one["accessScope"]


# For cases.

HARDENED: Final[dict[str, Any]] = {
    "name": "palisade",
    "version": "1.35",
    "roleArn": "arn:aws:iam::123456789012:role/palisade-control-plane",
    "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    "bootstrapSelfManagedAddons": False,
    "vpcConfig": {
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": ["sg-1"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
    },
    "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"},
    "encryptionConfig": {
        "provider": {"keyArn": "arn:aws:kms:eu-central-1:123456789012:key/0f2c"},
        "resources": ["secrets"],
    },
    "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    "upgradePolicy": {"supportType": "STANDARD"},
    "zonalShiftConfig": {"enabled": True},
    "deletionProtection": True,
    "tags": {"environment": "production", "owner": "platform"},
}
"""A cluster as our component registers it."""
_SAME: Final = ("name", "version", "roleArn", "accessConfig", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig")
_SAME_TOO: Final = ("upgradePolicy", "zonalShiftConfig", "deletionProtection")
HARDENED_NATIVE: Final[dict[str, Any]] = {
    **{name: HARDENED[name] for name in (*_SAME, *_SAME_TOO)},
    "resourcesVpcConfig": HARDENED["vpcConfig"],
    "encryptionConfig": [HARDENED["encryptionConfig"]],
    "logging": {"clusterLogging": {"enabledTypes": [{"type": name} for name in HARDENED["enabledClusterLogTypes"]]}},
    "tags": [{"key": key, "value": value} for key, value in HARDENED["tags"].items()],
}
"""The same in aws-native."""


def cluster(changes: dict[Any, Any] | None = None) -> Item:
    """The hardened cluster with changes."""
    return Item(type=CLUSTER, props=changed(HARDENED, changes or {}))


def native(changes: dict[Any, Any] | None = None) -> Item:
    """The hardened cluster in aws-native with changes."""
    return Item(type=NATIVE_CLUSTER, props=changed(HARDENED_NATIVE, changes or {}))
