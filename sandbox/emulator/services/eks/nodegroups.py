"""Managed node groups of EKS, as records: no instance runs; in the sandbox kwok emulates the nodes."""

from __future__ import annotations

from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import not_found
from sandbox.emulator.services.eks import access, catalogue, launch_templates, node_boot
from sandbox.emulator.services.eks.common import (
    Json,
    cluster_of,
    in_use,
    invalid,
    need_role,
    nodegroups,
    record_update,
)

DEFAULT_AMI_TYPE = "AL2023_x86_64_STANDARD"
DEFAULT_TYPE = "t3.medium"
DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
RELEASE_DATE = "20260401"
"""Day of the AMI release that the emulator offers."""


def create_nodegroup(call: Call) -> Json:
    cluster = cluster_of(call)
    cluster_name, name = call["clusterName"], call["nodegroupName"]
    if name in nodegroups(call, cluster_name):
        raise in_use(
            f"NodeGroup already exists with name {name} and cluster name {cluster_name}",
            clusterName=cluster_name,
            nodegroupName=name,
        )
    need_role(call, call["nodeRole"])
    node_boot.need_node_trust(call, call["nodeRole"])
    if _subnets(call)[0].vpc_id != cluster["resourcesVpcConfig"]["vpcId"]:
        raise invalid("Subnets are not tagged or do not belong to the VPC of the cluster", clusterName=cluster_name)
    version = call.get("version") or cluster["version"]
    _check_version(call, version, cluster["version"])
    template = call.get("launchTemplate")
    if template and call.get("diskSize"):
        raise invalid("Disk size must be specified within the launch template.", nodegroupName=name)
    if template and call.get("remoteAccess"):
        raise invalid("Remote access configuration cannot be specified with a launch template.", nodegroupName=name)
    ami_type = call.get("amiType") or DEFAULT_AMI_TYPE
    types = list(call.get("instanceTypes") or [])
    wanted = launch_templates.checked(call, template, types) if template else None
    launch_templates.check_types(call, types or launch_templates.types_of(call, wanted) or [DEFAULT_TYPE], ami_type)
    issues = node_boot.issues(call, cluster, call["nodeRole"], ami_type)
    nodegroup: Json = {
        "nodegroupName": name,
        "nodegroupArn": call.arn("eks", f"nodegroup/{cluster_name}/{name}/{call.id}"),
        "clusterName": cluster_name,
        "version": version,
        "releaseVersion": call.get("releaseVersion") or _release(ami_type, version),
        "createdAt": now(),
        "modifiedAt": now(),
        "status": "CREATE_FAILED" if issues else "ACTIVE",
        "capacityType": call.get("capacityType") or "ON_DEMAND",
        "scalingConfig": _scaling(call.get("scalingConfig") or {}, DEFAULT_SCALING),
        "instanceTypes": types or ([] if launch_templates.types_of(call, wanted) else [DEFAULT_TYPE]),
        "subnets": list(call["subnets"]),
        "remoteAccess": call.get("remoteAccess"),
        "amiType": ami_type,
        "nodeRole": call["nodeRole"],
        "labels": dict(call.get("labels") or {}),
        "taints": [{"value": "", **taint} for taint in call.get("taints") or []],
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{call.id}"}]},
        "diskSize": call.get("diskSize") or (None if template else 20),
        "health": {"issues": issues},
        "updateConfig": _update_config(call.get("updateConfig") or {"maxUnavailable": 1}),
        "nodeRepairConfig": call.get("nodeRepairConfig"),
        "launchTemplate": wanted,
        "tags": dict(call.get("tags") or {}),
    }
    access.admit_nodes(call, cluster_name, call["nodeRole"])
    _make_autoscaling_group(call, nodegroup)
    nodegroups(call, cluster_name)[name] = nodegroup
    return {"nodegroup": nodegroup}


def describe_nodegroup(call: Call) -> Json:
    return {"nodegroup": _nodegroup(call)}


def list_nodegroups(call: Call) -> Json:
    cluster_of(call)
    return page(call, sorted(nodegroups(call, call["clusterName"])), "nodegroups")


def delete_nodegroup(call: Call) -> Json:
    nodegroup = _nodegroup(call)
    rest = nodegroups(call, call["clusterName"])
    call.moto("autoscaling").delete_auto_scaling_group(_autoscaling_group(nodegroup))
    del rest[nodegroup["nodegroupName"]]
    if not any(other["nodeRole"] == nodegroup["nodeRole"] for other in rest.values()):
        access.dismiss_nodes(call, call["clusterName"], nodegroup["nodeRole"])
    return {"nodegroup": nodegroup | {"status": "DELETING"}}


def update_nodegroup_config(call: Call) -> Json:
    nodegroup = _active(call)
    parameters: Json = {}
    if labels := call.get("labels"):
        nodegroup["labels"] |= labels.get("addOrUpdateLabels") or {}
        for name in labels.get("removeLabels") or []:
            nodegroup["labels"].pop(name, None)
        parameters |= {"LabelsToAdd": labels.get("addOrUpdateLabels"), "LabelsToRemove": labels.get("removeLabels")}
    if taints := call.get("taints"):
        added = [{"value": "", **taint} for taint in taints.get("addOrUpdateTaints") or []]
        gone = {_taint_key(taint) for taint in (*added, *(taints.get("removeTaints") or []))}
        nodegroup["taints"] = [taint for taint in nodegroup["taints"] if _taint_key(taint) not in gone] + added
        parameters |= {"TaintsToAdd": added, "TaintsToRemove": taints.get("removeTaints")}
    if scaling := call.get("scalingConfig"):
        nodegroup["scalingConfig"] = _scaling(scaling, nodegroup["scalingConfig"])
        parameters |= {key[0].upper() + key[1:]: value for key, value in scaling.items()}
    if update := call.get("updateConfig"):
        nodegroup["updateConfig"] = _update_config(update)
        parameters |= {key[0].upper() + key[1:]: value for key, value in update.items()}
    if repair := call.get("nodeRepairConfig"):
        nodegroup["nodeRepairConfig"] = dict(repair)
        parameters["NodeRepairConfig"] = repair
    if not parameters:
        raise invalid("No changes needed for the nodegroup config provided", nodegroupName=call["nodegroupName"])
    nodegroup["modifiedAt"] = now()
    return record_update(call, call["clusterName"], "ConfigUpdate", parameters, nodegroup=call["nodegroupName"])


def update_nodegroup_version(call: Call) -> Json:
    nodegroup, cluster = _active(call), cluster_of(call)
    parameters: Json = {}
    if template := call.get("launchTemplate"):
        if not nodegroup["launchTemplate"]:
            raise invalid(
                "Launch template cannot be added to a nodegroup without one", nodegroupName=call["nodegroupName"]
            )
        wanted = launch_templates.checked(call, template, nodegroup["instanceTypes"])
        if wanted["id"] != nodegroup["launchTemplate"]["id"]:
            raise invalid("The launch template of a nodegroup cannot be exchanged", nodegroupName=call["nodegroupName"])
        nodegroup["launchTemplate"] = wanted
        parameters |= {"LaunchTemplateName": wanted["name"], "LaunchTemplateVersion": wanted["version"]}
    version = call.get("version") or (None if template else cluster["version"])
    if version:
        _check_version(call, version, cluster["version"])
        if catalogue.number(version) < catalogue.number(nodegroup["version"]):
            raise invalid(f"Requested Nodegroup version {version} is lower than {nodegroup['version']}")
        nodegroup["version"] = version
        parameters["Version"] = version
    if version or call.get("releaseVersion"):
        release = call.get("releaseVersion") or _release(nodegroup["amiType"], nodegroup["version"])
        nodegroup["releaseVersion"] = parameters["ReleaseVersion"] = release
    nodegroup["modifiedAt"] = now()
    return record_update(call, call["clusterName"], "VersionUpdate", parameters, nodegroup=call["nodegroupName"])


def _subnets(call: Call) -> list[Any]:
    """The subnets of a new node group, at least one."""
    known = {subnet.id: subnet for subnet in call.moto("ec2").describe_subnets()}
    for subnet_id in call["subnets"]:
        if subnet_id not in known:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist", nodegroupName=call["nodegroupName"])
    if not call["subnets"]:
        raise invalid("Subnets cannot be empty", nodegroupName=call["nodegroupName"])
    return [known[subnet_id] for subnet_id in call["subnets"]]


def _nodegroup(call: Call) -> Json:
    cluster_of(call)
    found = nodegroups(call, call["clusterName"]).get(call["nodegroupName"])
    if found is None:
        raise not_found(
            f"No node group found for name: {call['nodegroupName']}.",
            clusterName=call["clusterName"],
            nodegroupName=call["nodegroupName"],
        )
    return found


def _active(call: Call) -> Json:
    """The node group, which EKS changes only while it is active."""
    nodegroup = _nodegroup(call)
    if nodegroup["status"] != "ACTIVE":
        raise in_use(
            f"Nodegroup cannot be updated as it is currently not in Active State: {nodegroup['status']}",
            clusterName=call["clusterName"],
            nodegroupName=call["nodegroupName"],
        )
    return nodegroup


def _check_version(call: Call, version: str, cluster_version: str) -> None:
    if version not in catalogue.VERSIONS or catalogue.number(version) > catalogue.number(cluster_version):
        raise invalid(
            f"Requested Nodegroup version {version} is not supported with a cluster of version {cluster_version}",
            nodegroupName=call["nodegroupName"],
        )


def _scaling(given: Json, current: Json) -> Json:
    scaling = {**current, **given}
    least, wanted, most = (scaling[name] for name in ("minSize", "desiredSize", "maxSize"))
    if not least <= wanted <= most:
        raise invalid(f"desired capacity {wanted} must be between minSize {least} and maxSize {most}")
    return scaling


def _update_config(given: Json) -> Json:
    if ("maxUnavailable" in given) == ("maxUnavailablePercentage" in given):
        raise invalid("Exactly one of maxUnavailable and maxUnavailablePercentage must be specified in updateConfig")
    return {"updateStrategy": "DEFAULT", **given}


def _autoscaling_group(nodegroup: Json) -> str:
    return nodegroup["resources"]["autoScalingGroups"][0]["name"]


def _make_autoscaling_group(call: Call, nodegroup: Json) -> None:
    """The Auto Scaling group with which load balancers find the nodes. It is empty: no instance runs."""
    name, template = _autoscaling_group(nodegroup), nodegroup["launchTemplate"]
    if template is None:
        made = call.moto("ec2").create_launch_template(name, "Made by EKS", {}, {})
        template = {"id": made.id, "version": "1"}
    call.moto("autoscaling").create_auto_scaling_group(
        name=name,
        availability_zones=[],
        desired_capacity=0,
        max_size=0,
        min_size=0,
        launch_config_name="",
        launch_template={"LaunchTemplateId": template["id"], "Version": template["version"]},
        vpc_zone_identifier=",".join(nodegroup["subnets"]),
        default_cooldown=None,
        health_check_period=None,
        health_check_type=None,
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[],
    )


def _release(ami_type: str, version: str) -> str:
    """The AMI release of a Kubernetes version; Bottlerocket has its own numbering."""
    return "1.50.0-00000000" if ami_type.startswith("BOTTLEROCKET") else f"{version}.0-{RELEASE_DATE}"


def _taint_key(taint: Json) -> tuple[str, str]:
    return taint.get("key", ""), taint.get("effect", "")


OPERATIONS: dict[str, Operation] = {
    "CreateNodegroup": create_nodegroup,
    "DescribeNodegroup": describe_nodegroup,
    "ListNodegroups": list_nodegroups,
    "DeleteNodegroup": delete_nodegroup,
    "UpdateNodegroupConfig": update_nodegroup_config,
    "UpdateNodegroupVersion": update_nodegroup_version,
}
