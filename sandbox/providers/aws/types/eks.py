"""Clusters, node groups and add-ons."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from policies.guidelines.eks import CONTROL_PLANE_LOGS
from sandbox.providers.aws.client import Aws, AwsError, camel_cased
from sandbox.providers.aws.compare import of_given
from sandbox.providers.aws.kind import Kind, Properties


def retag(aws: Aws, arn: str, new: Properties, old: Properties) -> None:
    """Replace the tags of an EKS resource."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call("eks", "untag_resource", resourceArn=arn, tagKeys=gone)
    aws.call("eks", "tag_resource", resourceArn=arn, tags=after)


NETWORK = {"subnetIds", "securityGroupIds"}
DOORS = {"endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"}


class Cluster(Kind):
    """A control plane; its ID is its name."""

    token = "aws:eks/cluster:Cluster"
    accepts = {
        "name", "version", "roleArn", "accessConfig", "bootstrapSelfManagedAddons", "vpcConfig",
        "kubernetesNetworkConfig",
        "encryptionConfig", "enabledClusterLogTypes", "upgradePolicy", "zonalShiftConfig", "deletionProtection",
        "forceUpdateVersion", "controlPlaneScalingConfig",
    }  # fmt: skip
    replaces = {"name", "roleArn", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig", "encryptionConfig"}
    auto_name = "name"
    # internal/service/eks/cluster.go at 00555dc5, read 2026-11-28.
    computed_within = {
        "vpcConfig": {"publicAccessCidrs"},
        "accessConfig": {"authenticationMode"},
        "kubernetesNetworkConfig": {"ipFamily", "serviceIpv4Cidr", "elasticLoadBalancing"},
        "upgradePolicy": {"supportType"},
    }  # fmt: skip

    @staticmethod
    def _logging(inputs: Properties) -> dict[str, Any]:
        wanted = inputs.get("enabledClusterLogTypes") or []
        rest = [log for log in CONTROL_PLANE_LOGS if log not in wanted]
        listed = [{"types": wanted, "enabled": True}, {"types": rest, "enabled": False}]
        return {"clusterLogging": [each for each in listed if each["types"]]}

    @staticmethod
    def _network(inputs: Properties, names: Set[str]) -> dict[str, Any]:
        return {key: value for key, value in inputs["vpcConfig"].items() if key in names and value is not None}

    def create(self, aws: Aws, inputs: Properties) -> str:
        encryption = inputs.get("encryptionConfig")
        given = {
            key: inputs.get(key)
            for key in (
                "name", "version", "roleArn", "accessConfig", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig",
                "upgradePolicy", "zonalShiftConfig", "deletionProtection", "controlPlaneScalingConfig",
            )
        }  # fmt: skip
        given |= {
            "resourcesVpcConfig": self._network(inputs, NETWORK | DOORS),
            "encryptionConfig": [encryption] if encryption else None,
            "logging": self._logging(inputs),
            "tags": inputs.get("tagsAll"),
        }
        aws.call("eks", "create_cluster", **aws.shaped("eks", "create_cluster", given))
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("eks", "describe_cluster", "cluster", name=id_)
        if found is None:
            return None
        vpc = found["resourcesVpcConfig"]
        logs = [kind for each in found["logging"]["clusterLogging"] if each["enabled"] for kind in each["types"]]
        given_vpc = state.get("vpcConfig") or {}
        network = {**of_given(given_vpc, vpc), **{key: vpc.get(key) for key in ("clusterSecurityGroupId", "vpcId")}}
        same = {
            name: of_given(state[name], found[name])
            for name in ("accessConfig", "kubernetesNetworkConfig", "upgradePolicy", "zonalShiftConfig")
            if state.get(name) and found.get(name)
        }
        encryption = found.get("encryptionConfig") or [None]
        return {
            **same,
            "arn": found["arn"],
            "name": id_,
            "clusterId": found.get("id"),
            "version": found["version"],
            "roleArn": found["roleArn"],
            "endpoint": found["endpoint"],
            "status": found["status"],
            "platformVersion": found["platformVersion"],
            "createdAt": found["createdAt"].isoformat(),
            "certificateAuthority": found["certificateAuthority"],
            "certificateAuthorities": [found["certificateAuthority"]],
            "identities": [{"oidcs": [{"issuer": found["identity"]["oidc"]["issuer"]}]}],
            "enabledClusterLogTypes": logs,
            "deletionProtection": found.get("deletionProtection"),
            "encryptionConfig": encryption[0],
            "vpcConfig": network,
            "tags": found.get("tags") or {},
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        # EKS accepts one kind of change per request.
        if "version" in changed and new.get("version"):
            aws.call("eks", "update_cluster_version", name=id_, version=new["version"])
        if "enabledClusterLogTypes" in changed:
            aws.call("eks", "update_cluster_config", name=id_, logging=self._logging(new))
        if "accessConfig" in changed:
            mode = {"authenticationMode": new["accessConfig"]["authenticationMode"]}
            aws.call("eks", "update_cluster_config", name=id_, accessConfig=mode)
        for name in changed & {"upgradePolicy", "zonalShiftConfig", "deletionProtection", "controlPlaneScalingConfig"}:
            given = aws.shaped("eks", "update_cluster_config", {"name": id_, name: new.get(name)})
            aws.call("eks", "update_cluster_config", **given)
        if "vpcConfig" in changed:
            for names in (NETWORK, DOORS):
                before, after = self._network(old, names), self._network(new, names)
                if before != after:
                    given = aws.shaped("eks", "update_cluster_config", {"name": id_, "resourcesVpcConfig": after})
                    aws.call("eks", "update_cluster_config", **given)
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("eks", "delete_cluster", name=id_)


class NodeGroup(Kind):
    """A managed node group; its ID is `<cluster>:<group>`."""

    token = "aws:eks/nodeGroup:NodeGroup"
    accepts = {
        "clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "amiType", "capacityType",
        "instanceTypes",
        "launchTemplate", "version", "releaseVersion", "scalingConfig", "updateConfig", "nodeRepairConfig",
        "forceUpdateVersion", "labels", "taints", "diskSize",
    }  # fmt: skip
    replaces = {
        "clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "amiType", "capacityType",
        "instanceTypes", "diskSize",
    }  # fmt: skip
    auto_name = "nodeGroupName"

    @staticmethod
    def _template(inputs: Properties) -> dict[str, str] | None:
        given = inputs.get("launchTemplate")
        return {key: str(value) for key, value in given.items() if value} if given else None

    @staticmethod
    def _key(id_: str) -> dict[str, str]:
        cluster, _, group = id_.partition(":")
        return {"clusterName": cluster, "nodegroupName": group}

    def create(self, aws: Aws, inputs: Properties) -> str:
        outside = {"nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "forceUpdateVersion"}
        given = {key: inputs.get(key) for key in self.accepts - outside}
        given |= {
            "nodegroupName": inputs["nodeGroupName"],
            "nodeRole": inputs["nodeRoleArn"],
            "subnets": inputs["subnetIds"],
            "launchTemplate": self._template(inputs),
            "tags": inputs.get("tagsAll"),
        }
        aws.call("eks", "create_nodegroup", **aws.shaped("eks", "create_nodegroup", given))
        return f"{inputs['clusterName']}:{inputs['nodeGroupName']}"

    def await_created(self, aws: Aws, id_: str) -> None:
        found = aws.find("eks", "describe_nodegroup", "nodegroup", **self._key(id_)) or {}
        if found.get("status") != "ACTIVE":
            issues = (found.get("health") or {}).get("issues") or []
            causes = "\n".join(f"{', '.join(i.get('resourceIds') or [])}: {i['code']}: {i['message']}" for i in issues)
            raise AwsError(
                f"waiting for EKS Node Group ({id_}) create: unexpected state '{found.get('status')}', wanted target "
                f"'ACTIVE'. last error: {causes}"
            )

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("eks", "describe_nodegroup", "nodegroup", **self._key(id_))
        if found is None:
            return None
        blocks = {
            name: of_given(state[name], camel_cased(found[name]))
            for name in ("scalingConfig", "updateConfig", "nodeRepairConfig", "launchTemplate")
            if state.get(name) and found.get(name)
        }
        groups = (found.get("resources") or {}).get("autoScalingGroups") or []
        return {
            **blocks,
            "arn": found["nodegroupArn"],
            "clusterName": found["clusterName"],
            "nodeGroupName": found["nodegroupName"],
            "nodeRoleArn": found["nodeRole"],
            "subnetIds": found["subnets"],
            "amiType": found["amiType"],
            "capacityType": found["capacityType"],
            "instanceTypes": found.get("instanceTypes") or [],
            "version": found["version"],
            "releaseVersion": found["releaseVersion"],
            "status": found["status"],
            "labels": found.get("labels") or {},
            "resources": [{"autoscalingGroups": groups, "remoteAccessSecurityGroupId": ""}],
            "tags": found.get("tags") or {},
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        key = self._key(id_)
        if changed & {"version", "releaseVersion", "launchTemplate"}:
            # Only changed versions; the template always (resourceNodeGroupUpdate in node_group.go).
            versions = {name: new.get(name) for name in ("version", "releaseVersion") if name in changed}
            aws.call(
                "eks", "update_nodegroup_version", **key, **versions, launchTemplate=self._template(new),
                force=bool(new.get("forceUpdateVersion")),
            )  # fmt: skip
        settings = {"scalingConfig", "updateConfig", "nodeRepairConfig"}
        if changed & {*settings, "labels", "taints"}:
            given: dict[str, Any] = {name: new.get(name) for name in changed & settings}
            if "labels" in changed:
                before, after = old.get("labels") or {}, new.get("labels") or {}
                gone = [name for name in before if name not in after]
                given["labels"] = {"addOrUpdateLabels": after, "removeLabels": gone}
            if "taints" in changed:
                before, after = old.get("taints") or [], new.get("taints") or []
                kept_keys = {(each["key"], each["effect"]) for each in after}
                gone = [each for each in before if (each["key"], each["effect"]) not in kept_keys]
                given["taints"] = {"addOrUpdateTaints": after, "removeTaints": gone}
            aws.call("eks", "update_nodegroup_config", **aws.shaped("eks", "update_nodegroup_config", {**key, **given}))
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("eks", "delete_nodegroup", **self._key(id_))


class Addon(Kind):
    """An add-on; its ID is `<cluster>:<add-on>`."""

    token = "aws:eks/addon:Addon"
    accepts = {
        "clusterName", "addonName", "addonVersion", "configurationValues", "podIdentityAssociations", "preserve",
        "resolveConflictsOnCreate", "resolveConflictsOnUpdate", "serviceAccountRoleArn",
    }  # fmt: skip
    replaces = {"clusterName", "addonName"}

    @staticmethod
    def _key(id_: str) -> dict[str, str]:
        cluster, _, addon = id_.partition(":")
        return {"clusterName": cluster, "addonName": addon}

    def _given(self, inputs: Properties, conflicts: str) -> dict[str, Any]:
        names = ("addonVersion", "configurationValues", "podIdentityAssociations", "serviceAccountRoleArn")
        return {**{name: inputs.get(name) for name in names}, "resolveConflicts": inputs.get(conflicts)}

    def create(self, aws: Aws, inputs: Properties) -> str:
        key = {"clusterName": inputs["clusterName"], "addonName": inputs["addonName"]}
        given = {**key, **self._given(inputs, "resolveConflictsOnCreate"), "tags": inputs.get("tagsAll")}
        aws.call("eks", "create_addon", **aws.shaped("eks", "create_addon", given))
        return f"{inputs['clusterName']}:{inputs['addonName']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("eks", "describe_addon", "addon", **self._key(id_))
        if found is None:
            return None
        return {
            "arn": found["addonArn"],
            "clusterName": found["clusterName"],
            "addonName": found["addonName"],
            "addonVersion": found["addonVersion"],
            "configurationValues": found.get("configurationValues"),
            "createdAt": found["createdAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
            "tags": found.get("tags") or {},
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed - {"tags", "preserve", "resolveConflictsOnCreate", "resolveConflictsOnUpdate"}:
            given = {**self._key(id_), **self._given(new, "resolveConflictsOnUpdate")}
            aws.call("eks", "update_addon", **aws.shaped("eks", "update_addon", given))
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("eks", "delete_addon", **self._key(id_), preserve=bool(state.get("preserve")))


KINDS = (Cluster, NodeGroup, Addon)
