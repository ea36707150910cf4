"""Launch templates, auto-scaling groups and instances."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.vpc import Ec2Kind, retag, tagged


class LaunchTemplate(Ec2Kind):
    """A template; every change makes a new version, which optionally becomes the default."""

    token = "aws:ec2/launchTemplate:LaunchTemplate"
    accepts = {
        "name", "namePrefix", "description", "updateDefaultVersion", "imageId", "instanceType", "userData",
        "ebsOptimized",
        "blockDeviceMappings", "metadataOptions", "monitoring", "networkInterfaces", "iamInstanceProfile",
        "vpcSecurityGroupIds", "tagSpecifications", "disableApiTermination", "instanceInitiatedShutdownBehavior",
        "creditSpecification",
    }  # fmt: skip
    replaces = {"name", "namePrefix"}
    renewed = {"latestVersion", "defaultVersion"}
    auto_name = "name"

    def _data(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        outside = {"name", "namePrefix", "description", "updateDefaultVersion"}
        data = {key: inputs[key] for key in self.accepts - outside if inputs.get(key) is not None}
        if "vpcSecurityGroupIds" in data:
            data["securityGroupIds"] = data.pop("vpcSecurityGroupIds")
        if "networkInterfaces" in data:
            data["networkInterfaces"] = [_interface(each) for each in data["networkInterfaces"]]
        if "tagSpecifications" in data:
            data["tagSpecifications"] = [
                {"resourceType": each["resourceType"], "tags": tag_list(each.get("tags"))}
                for each in data["tagSpecifications"]
            ]
        return aws.shaped("ec2", "create_launch_template", {"launchTemplateData": data})["LaunchTemplateData"]

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", "create_launch_template", LaunchTemplateName=inputs.get("name"),
            VersionDescription=inputs.get("description"), LaunchTemplateData=self._data(aws, inputs),
            TagSpecifications=tagged("launch-template", inputs),
        )  # fmt: skip
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_launch_templates", "LaunchTemplates[0]", LaunchTemplateIds=[id_])
        if found is None:
            return None
        return {
            "arn": aws.arn("ec2", f"launch-template/{id_}"),
            "name": found["LaunchTemplateName"],
            "latestVersion": found["LatestVersionNumber"],
            "defaultVersion": found["DefaultVersionNumber"],
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        if changed - {"tags", "updateDefaultVersion"}:
            made = aws.call(
                "ec2", "create_launch_template_version", LaunchTemplateId=id_,
                VersionDescription=new.get("description"), LaunchTemplateData=self._data(aws, new),
            )  # fmt: skip
            if new.get("updateDefaultVersion"):
                version = str(made["LaunchTemplateVersion"]["VersionNumber"])
                aws.call("ec2", "modify_launch_template", LaunchTemplateId=id_, DefaultVersion=version)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_launch_template", LaunchTemplateId=id_)


def _interface(given: Properties) -> Properties:
    """A network interface, whose groups have different names in EC2 and the provider."""
    renamed = {"securityGroups": "groups"}
    flags = ("associatePublicIpAddress", "deleteOnTermination")
    return {
        renamed.get(key, key): (str(value).lower() == "true" if key in flags else value) for key, value in given.items()
    }


class AutoScalingGroup(Kind):
    """A group and, in the emulated AWS, its instances."""

    token = "aws:autoscaling/group:Group"
    accepts = {
        "name", "namePrefix", "minSize", "maxSize", "desiredCapacity", "vpcZoneIdentifiers", "launchTemplate",
        "healthCheckType", "healthCheckGracePeriod", "instanceRefresh", "tags", "terminationPolicies", "enabledMetrics",
        "metricsGranularity", "defaultInstanceWarmup", "waitForCapacityTimeout", "forceDelete", "maxInstanceLifetime",
        "instanceMaintenancePolicy", "capacityRebalance", "protectFromScaleIn",
    }  # fmt: skip
    replaces = {"name", "namePrefix"}
    auto_name = "name"
    taggable = False

    @staticmethod
    def _tags(inputs: Properties) -> list[dict[str, Any]]:
        return [
            {"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": bool(tag["propagateAtLaunch"])}
            for tag in inputs.get("tags") or []
        ]

    @staticmethod
    def _template(inputs: Properties) -> dict[str, Any] | None:
        given = inputs.get("launchTemplate")
        if not given:
            return None
        names = {"id": "LaunchTemplateId", "name": "LaunchTemplateName", "version": "Version"}
        return {names[key]: str(value) for key, value in given.items() if value}

    def _common(self, inputs: Properties) -> dict[str, Any]:
        return {
            "MinSize": int(inputs["minSize"]),
            "MaxSize": int(inputs["maxSize"]),
            "DesiredCapacity": int(inputs.get("desiredCapacity") or inputs["minSize"]),
            "VPCZoneIdentifier": ",".join(inputs.get("vpcZoneIdentifiers") or []),
            "LaunchTemplate": self._template(inputs),
            "HealthCheckType": inputs.get("healthCheckType"),
            "HealthCheckGracePeriod": inputs.get("healthCheckGracePeriod"),
        }

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "autoscaling", "create_auto_scaling_group", AutoScalingGroupName=inputs["name"], Tags=self._tags(inputs),
            **self._common(inputs),
        )  # fmt: skip
        if inputs.get("enabledMetrics"):
            aws.call(
                "autoscaling", "enable_metrics_collection", AutoScalingGroupName=inputs["name"],
                Metrics=inputs["enabledMetrics"], Granularity=inputs.get("metricsGranularity") or "1Minute",
            )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        group = aws.find(
            "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[0]", AutoScalingGroupNames=[id_]
        )
        if group is None:
            return None
        return {
            "name": group["AutoScalingGroupName"],
            "arn": group["AutoScalingGroupARN"],
            "minSize": group["MinSize"],
            "maxSize": group["MaxSize"],
            "vpcZoneIdentifiers": [each for each in group.get("VPCZoneIdentifier", "").split(",") if each],
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call("autoscaling", "update_auto_scaling_group", AutoScalingGroupName=id_, **self._common(new))
        if "tags" in changed:
            tags = [{**tag, "ResourceId": id_, "ResourceType": "auto-scaling-group"} for tag in self._tags(new)]
            aws.call("autoscaling", "create_or_update_tags", Tags=tags)
        # Same as the real provider: a changed template starts the refresh that replaces the instances.
        if "launchTemplate" in changed and new.get("instanceRefresh"):
            for instance in aws.find(
                "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[0].Instances[].InstanceId",
                AutoScalingGroupNames=[id_],
            ) or []:  # fmt: skip
                aws.call(
                    "autoscaling", "terminate_instance_in_auto_scaling_group", InstanceId=instance,
                    ShouldDecrementDesiredCapacity=False,
                )  # fmt: skip

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("autoscaling", "delete_auto_scaling_group", AutoScalingGroupName=id_, ForceDelete=True)


class Attachment(Kind):
    """The attachment of a target group to an auto-scaling group."""

    token = "aws:autoscaling/attachment:Attachment"
    accepts = {"autoscalingGroupName", "lbTargetGroupArn"}
    replaces = {"autoscalingGroupName", "lbTargetGroupArn"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        group, targets = inputs["autoscalingGroupName"], inputs["lbTargetGroupArn"]
        operation = "attach_load_balancer_target_groups"
        aws.call("autoscaling", operation, AutoScalingGroupName=group, TargetGroupARNs=[targets])
        return f"{group}-{targets}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        group, targets = state["autoscalingGroupName"], state["lbTargetGroupArn"]
        path = "AutoScalingGroups[0].TargetGroupARNs"
        attached = aws.find("autoscaling", "describe_auto_scaling_groups", path, AutoScalingGroupNames=[group]) or []
        return {"autoscalingGroupName": group, "lbTargetGroupArn": targets} if targets in attached else None

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        group, targets = state["autoscalingGroupName"], state["lbTargetGroupArn"]
        operation = "detach_load_balancer_target_groups"
        aws.call("autoscaling", operation, AutoScalingGroupName=group, TargetGroupARNs=[targets])


class Instance(Ec2Kind):
    """A single instance."""

    token = "aws:ec2/instance:Instance"
    accepts = {
        "ami", "instanceType", "subnetId", "vpcSecurityGroupIds", "userData", "metadataOptions", "iamInstanceProfile",
        "keyName", "ebsOptimized", "monitoring",
    }  # fmt: skip
    replaces = {"ami", "subnetId", "userData", "keyName", "iamInstanceProfile"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        options = inputs.get("metadataOptions")
        made = aws.call(
            "ec2", "run_instances", ImageId=inputs["ami"], InstanceType=inputs.get("instanceType"), MinCount=1,
            MaxCount=1,
            SubnetId=inputs.get("subnetId"), SecurityGroupIds=inputs.get("vpcSecurityGroupIds"),
            UserData=inputs.get("userData"), KeyName=inputs.get("keyName"), TagSpecifications=tagged("instance",
            inputs),
            MetadataOptions=aws.shaped("ec2", "run_instances", {"metadataOptions": options})["MetadataOptions"]
            if options else None,
        )  # fmt: skip
        return made["Instances"][0]["InstanceId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("ec2", "describe_instances", "Reservations[0].Instances[0]", InstanceIds=[id_])
        if found is None or found["State"]["Name"] == "terminated":
            return None
        return {
            "arn": aws.arn("ec2", f"instance/{id_}"),
            "ami": found["ImageId"],
            "instanceType": found["InstanceType"],
            "privateIp": found.get("PrivateIpAddress"),
            "publicIp": found.get("PublicIpAddress"),
            "subnetId": found.get("SubnetId"),
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "tags" in changed:
            retag(aws, id_, new, old)
        if "metadataOptions" in changed:
            given = {"instanceId": id_, **(new.get("metadataOptions") or {})}
            operation = "modify_instance_metadata_options"
            aws.call("ec2", operation, **aws.shaped("ec2", operation, given))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "terminate_instances", InstanceIds=[id_])


KINDS = (LaunchTemplate, AutoScalingGroup, Attachment, Instance)
