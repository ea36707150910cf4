"""VPC, subnets, endpoints and flow logs."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, AwsError, camel_cased, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


def tagged(resource: str, inputs: Properties) -> list[dict[str, Any]] | None:
    """The tags of a new EC2 resource, in the format of its creation."""
    tags = tag_list(inputs.get("tagsAll"))
    return [{"ResourceType": resource, "Tags": tags}] if tags else None


def retag(aws: Aws, id_: str, new: Properties, old: Properties) -> None:
    """Replace an EC2 resource's tags."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [key for key in before if key not in after]:
        aws.call("ec2", "delete_tags", Resources=[id_], Tags=[{"Key": key} for key in gone])
    if after:
        aws.call("ec2", "create_tags", Resources=[id_], Tags=tag_list(after))


class Ec2Kind(Kind):
    """An EC2 type whose tags are the only change in place, unless it is overridden."""

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "tags" in changed:
            retag(aws, id_, new, old)


class Vpc(Ec2Kind):
    """A VPC, with its default group, route table and ACL."""

    token = "aws:ec2/vpc:Vpc"
    accepts = {"cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy"}
    replaces = {"cidrBlock", "instanceTenancy"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", "create_vpc", CidrBlock=inputs["cidrBlock"], InstanceTenancy=inputs.get("instanceTenancy"),
            TagSpecifications=tagged("vpc", inputs),
        )  # fmt: skip
        id_ = made["Vpc"]["VpcId"]
        self._attributes(aws, id_, inputs)
        return id_

    def _attributes(self, aws: Aws, id_: str, inputs: Properties) -> None:
        support, hostnames = inputs.get("enableDnsSupport", True), inputs.get("enableDnsHostnames", False)
        aws.call("ec2", "modify_vpc_attribute", VpcId=id_, EnableDnsSupport={"Value": bool(support)})
        aws.call("ec2", "modify_vpc_attribute", VpcId=id_, EnableDnsHostnames={"Value": bool(hostnames)})

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        vpc = aws.find("ec2", "describe_vpcs", "Vpcs[0]", VpcIds=[id_])
        if vpc is None:
            return None

        def default(operation: str, path: str) -> Any:
            return aws.find("ec2", operation, path, Filters=[{"Name": "vpc-id", "Values": [id_]}])

        def attribute(name: str) -> Any:
            answer = aws.call("ec2", "describe_vpc_attribute", VpcId=id_, Attribute=name)
            return answer[name[0].upper() + name[1:]]["Value"]

        table = default("describe_route_tables", "RouteTables[?Associations[?Main]].RouteTableId | [0]")
        return {
            "arn": aws.arn("ec2", f"vpc/{id_}"),
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "ownerId": vpc["OwnerId"],
            "enableDnsSupport": attribute("enableDnsSupport"),
            "enableDnsHostnames": attribute("enableDnsHostnames"),
            "defaultSecurityGroupId": default(
                "describe_security_groups", "SecurityGroups[?GroupName=='default'].GroupId | [0]"
            ),
            "defaultNetworkAclId": default("describe_network_acls", "NetworkAcls[?IsDefault].NetworkAclId | [0]"),
            "defaultRouteTableId": table,
            "mainRouteTableId": table,
            "tags": tag_map(vpc.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        self._attributes(aws, id_, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_vpc", VpcId=id_)


class Subnet(Ec2Kind):
    """A subnet in one zone."""

    token = "aws:ec2/subnet:Subnet"
    accepts = {"vpcId", "cidrBlock", "availabilityZone", "mapPublicIpOnLaunch", "privateDnsHostnameTypeOnLaunch"}
    replaces = {"vpcId", "cidrBlock", "availabilityZone"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", "create_subnet", VpcId=inputs["vpcId"], CidrBlock=inputs.get("cidrBlock"),
            AvailabilityZone=inputs.get("availabilityZone"), TagSpecifications=tagged("subnet", inputs),
        )  # fmt: skip
        id_ = made["Subnet"]["SubnetId"]
        self._attributes(aws, id_, inputs)
        return id_

    def _attributes(self, aws: Aws, id_: str, inputs: Properties) -> None:
        public = bool(inputs.get("mapPublicIpOnLaunch", False))
        aws.call("ec2", "modify_subnet_attribute", SubnetId=id_, MapPublicIpOnLaunch={"Value": public})

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        subnet = aws.find("ec2", "describe_subnets", "Subnets[0]", SubnetIds=[id_])
        if subnet is None:
            return None
        keys = ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "MapPublicIpOnLaunch", "OwnerId")
        return {
            **camel_cased({key: subnet[key] for key in keys if key in subnet}),
            "arn": aws.arn("ec2", f"subnet/{id_}"),
            "tags": tag_map(subnet.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        self._attributes(aws, id_, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_subnet", SubnetId=id_)


class VpcEndpoint(Ec2Kind):
    """A VPC endpoint of an AWS service."""

    token = "aws:ec2/vpcEndpoint:VpcEndpoint"
    accepts = {
        "vpcId", "serviceName", "vpcEndpointType", "subnetIds", "securityGroupIds", "routeTableIds",
        "privateDnsEnabled",
        "policy",
    }  # fmt: skip
    replaces = {"vpcId", "serviceName", "vpcEndpointType"}
    json = {"policy"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {key: inputs.get(key) for key in self.accepts - {"policy"}}
        params = aws.shaped("ec2", "create_vpc_endpoint", given)
        made = aws.call(
            "ec2", "create_vpc_endpoint", **params, PolicyDocument=inputs.get("policy"),
            TagSpecifications=tagged("vpc-endpoint", inputs),
        )  # fmt: skip
        return made["VpcEndpoint"]["VpcEndpointId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_vpc_endpoints", "VpcEndpoints[0]", VpcEndpointIds=[id_])
        if found is None or found.get("State") == "deleted":
            return None
        keys = ("VpcId", "ServiceName", "VpcEndpointType", "SubnetIds", "RouteTableIds", "PrivateDnsEnabled", "State")
        live = camel_cased({key: found[key] for key in keys if key in found})
        groups = [group["GroupId"] if isinstance(group, dict) else group for group in found.get("Groups") or []]
        return {
            **live,
            **({"securityGroupIds": groups} if groups else {}),
            **({"policy": found["PolicyDocument"]} if found.get("PolicyDocument") else {}),
            "arn": aws.arn("ec2", f"vpc-endpoint/{id_}"),
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        params: dict[str, Any] = {}
        if "policy" in changed:
            params["PolicyDocument"] = new.get("policy")
        for name, wire in (
            ("subnetIds", "SubnetIds"),
            ("securityGroupIds", "SecurityGroupIds"),
            ("routeTableIds", "RouteTableIds"),
        ):
            before, after = set(old.get(name) or []), set(new.get(name) or [])
            if after - before:
                params[f"Add{wire}"] = sorted(after - before)
            if before - after:
                params[f"Remove{wire}"] = sorted(before - after)
        if params:
            aws.call("ec2", "modify_vpc_endpoint", VpcEndpointId=id_, **params)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[id_])


class FlowLog(Ec2Kind):
    """The flow log of a VPC, subnet or interface."""

    token = "aws:ec2/flowLog:FlowLog"
    accepts = {
        "vpcId", "subnetId", "trafficType", "logDestinationType", "logDestination", "iamRoleArn",
        "maxAggregationInterval",
        "logFormat",
    }  # fmt: skip
    replaces = accepts

    def create(self, aws: Aws, inputs: Properties) -> str:
        target = ("VPC", inputs["vpcId"]) if inputs.get("vpcId") else ("Subnet", inputs["subnetId"])
        made = aws.call(
            "ec2", "create_flow_logs", ResourceType=target[0], ResourceIds=[target[1]],
            TrafficType=inputs.get("trafficType"), LogDestinationType=inputs.get("logDestinationType",
            "cloud-watch-logs"),
            LogDestination=inputs.get("logDestination"), DeliverLogsPermissionArn=inputs.get("iamRoleArn"),
            MaxAggregationInterval=inputs.get("maxAggregationInterval"), LogFormat=inputs.get("logFormat"),
            TagSpecifications=tagged("vpc-flow-log", inputs),
        )  # fmt: skip
        if made.get("Unsuccessful"):
            error = made["Unsuccessful"][0]["Error"]
            raise AwsError(f"ec2.create_flow_logs: {error['Code']}: {error['Message']}", error["Code"])
        return made["FlowLogIds"][0]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_flow_logs", "FlowLogs[0]", FlowLogIds=[id_])
        if found is None:
            return None
        return {
            "vpcId": found["ResourceId"],
            "trafficType": found["TrafficType"],
            "logDestinationType": found["LogDestinationType"],
            "maxAggregationInterval": found.get("MaxAggregationInterval"),
            "iamRoleArn": found.get("DeliverLogsPermissionArn"),
            "arn": aws.arn("ec2", f"vpc-flow-log/{id_}"),
            "tags": tag_map(found.get("Tags")),
        }

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_flow_logs", FlowLogIds=[id_])


KINDS = (Vpc, Subnet, VpcEndpoint, FlowLog)
