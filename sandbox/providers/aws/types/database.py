"""Databases of RDS, and their configuration."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


def retag(aws: Aws, arn: str, new: Properties, old: Properties) -> None:
    """Replace the tags of an RDS resource."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call("rds", "remove_tags_from_resource", ResourceName=arn, TagKeys=gone)
    aws.call("rds", "add_tags_to_resource", ResourceName=arn, Tags=tag_list(after))


class SubnetGroup(Kind):
    """The subnets of databases."""

    token = "aws:rds/subnetGroup:SubnetGroup"
    accepts = {"name", "namePrefix", "description", "subnetIds"}
    replaces = {"name", "namePrefix"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "rds", "create_db_subnet_group", DBSubnetGroupName=inputs["name"], SubnetIds=inputs["subnetIds"],
            DBSubnetGroupDescription=inputs.get("description") or "Managed by Pulumi",
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("rds", "describe_db_subnet_groups", "DBSubnetGroups[0]", DBSubnetGroupName=id_)
        if found is None:
            return None
        arn = found["DBSubnetGroupArn"]
        return {
            "arn": arn,
            "name": id_,
            "vpcId": found["VpcId"],
            "description": found["DBSubnetGroupDescription"],
            "subnetIds": [subnet["SubnetIdentifier"] for subnet in found["Subnets"]],
            "tags": tag_map(aws.call("rds", "list_tags_for_resource", ResourceName=arn)["TagList"]),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed - {"tags"}:
            subnets, description = new["subnetIds"], new.get("description") or "Managed by Pulumi"
            operation = "modify_db_subnet_group"
            aws.call(
                "rds", operation, DBSubnetGroupName=id_, SubnetIds=subnets, DBSubnetGroupDescription=description
            )  # fmt: skip
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("rds", "delete_db_subnet_group", DBSubnetGroupName=id_)


class ParameterGroup(Kind):
    """The engine's parameters."""

    token = "aws:rds/parameterGroup:ParameterGroup"
    accepts = {"name", "namePrefix", "description", "family", "parameters"}
    replaces = {"name", "namePrefix", "description", "family"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "rds", "create_db_parameter_group", DBParameterGroupName=inputs["name"],
            DBParameterGroupFamily=inputs["family"],
            Description=inputs.get("description") or "Managed by Pulumi", Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        self._set(aws, inputs["name"], inputs)
        return inputs["name"]

    @staticmethod
    def _set(aws: Aws, id_: str, inputs: Properties) -> None:
        parameters = [
            {
                "ParameterName": parameter["name"],
                "ParameterValue": str(parameter["value"]),
                "ApplyMethod": parameter.get("applyMethod") or "immediate",
            }
            for parameter in inputs.get("parameters") or []
        ]
        if parameters:
            aws.call("rds", "modify_db_parameter_group", DBParameterGroupName=id_, Parameters=parameters)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("rds", "describe_db_parameter_groups", "DBParameterGroups[0]", DBParameterGroupName=id_)
        if found is None:
            return None
        return {
            "arn": found["DBParameterGroupArn"],
            "name": id_,
            "family": found["DBParameterGroupFamily"],
            "description": found["Description"],
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "parameters" in changed:
            names = {parameter["name"] for parameter in new.get("parameters") or []}
            gone = [parameter for parameter in old.get("parameters") or [] if parameter["name"] not in names]
            if gone:
                reset = [{"ParameterName": each["name"], "ApplyMethod": "pending-reboot"} for each in gone]
                aws.call("rds", "reset_db_parameter_group", DBParameterGroupName=id_, Parameters=reset)
            self._set(aws, id_, new)
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("rds", "delete_db_parameter_group", DBParameterGroupName=id_)


RENAMED = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "username": "MasterUsername",
    "password": "MasterUserPassword",
    "parameterGroupName": "DBParameterGroupName",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "caCertIdentifier": "CACertificateIdentifier",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "backupWindow": "PreferredBackupWindow",
    "maintenanceWindow": "PreferredMaintenanceWindow",
}
"""Inputs whose names AWS spells otherwise."""


class Instance(Kind):
    """A database; its ID is AWS's resource ID."""

    token = "aws:rds/instance:Instance"
    accepts = {
        "allocatedStorage", "allowMajorVersionUpgrade", "applyImmediately", "autoMinorVersionUpgrade",
        "backupRetentionPeriod",
        "backupWindow", "caCertIdentifier", "copyTagsToSnapshot", "dbName", "dbSubnetGroupName",
        "deleteAutomatedBackups",
        "deletionProtection", "enabledCloudwatchLogsExports", "engine", "engineVersion", "finalSnapshotIdentifier",
        "iamDatabaseAuthenticationEnabled", "identifier", "identifierPrefix", "instanceClass", "kmsKeyId",
        "maintenanceWindow", "maxAllocatedStorage", "monitoringInterval", "monitoringRoleArn",
        "multiAz", "parameterGroupName", "password",
        "performanceInsightsEnabled", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod", "port",
        "publiclyAccessible", "skipFinalSnapshot", "storageEncrypted", "storageType", "username", "vpcSecurityGroupIds",
    }  # fmt: skip
    replaces = {"dbName", "engine", "identifierPrefix", "kmsKeyId", "storageEncrypted", "username", "dbSubnetGroupName"}
    auto_name = "identifier"
    local = {
        "applyImmediately", "allowMajorVersionUpgrade", "deleteAutomatedBackups", "finalSnapshotIdentifier",
        "identifierPrefix",
        "skipFinalSnapshot",
    }  # fmt: skip

    def check(self, inputs: Properties) -> list[str]:
        if not inputs.get("skipFinalSnapshot") and not inputs.get("finalSnapshotIdentifier"):
            return ["finalSnapshotIdentifier is required when skipFinalSnapshot is false"]
        return []

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {key: inputs.get(key) for key in self.accepts - self.local}
        made = aws.call(
            "rds", "create_db_instance", **aws.shaped("rds", "create_db_instance", given, **RENAMED),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return made["DBInstance"]["DBInstanceIdentifier"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("rds", "describe_db_instances", "DBInstances[0]", DBInstanceIdentifier=id_)
        if found is None:
            return None
        address, port = found["Endpoint"]["Address"], found["Endpoint"]["Port"]
        arn = found["DBInstanceArn"]
        return {
            "arn": arn,
            "address": address,
            "endpoint": f"{address}:{port}",
            "port": port,
            "identifier": id_,
            "resourceId": found.get("DbiResourceId"),
            "status": found["DBInstanceStatus"],
            "engine": found["Engine"],
            "engineVersion": state.get("engineVersion") or found["EngineVersion"],
            "engineVersionActual": found["EngineVersion"],
            "instanceClass": found["DBInstanceClass"],
            "storageEncrypted": found["StorageEncrypted"],
            "deletionProtection": found["DeletionProtection"],
            "publiclyAccessible": found["PubliclyAccessible"],
            "multiAz": found["MultiAZ"],
            "dbSubnetGroupName": found["DBSubnetGroup"]["DBSubnetGroupName"],
            "tags": tag_map(aws.call("rds", "list_tags_for_resource", ResourceName=arn)["TagList"]),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        wanted = changed - self.local - {"tags", "identifier"}
        if wanted:
            given: dict[str, Any] = {key: new.get(key) for key in wanted}
            renamed = RENAMED | {"port": "DBPortNumber"}
            if "enabledCloudwatchLogsExports" in given:
                before, after = (set(each.get("enabledCloudwatchLogsExports") or []) for each in (old, new))
                del given["enabledCloudwatchLogsExports"]
                exports = {"enableLogTypes": sorted(after - before), "disableLogTypes": sorted(before - after)}
                given["cloudwatchLogsExportConfiguration"] = exports
            shaped = aws.shaped("rds", "modify_db_instance", {"identifier": id_, **given}, **renamed)
            aws.call("rds", "modify_db_instance", **shaped, ApplyImmediately=bool(new.get("applyImmediately")))
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        skip = bool(state.get("skipFinalSnapshot"))
        final = None if skip else state["finalSnapshotIdentifier"]
        aws.call(
            "rds", "delete_db_instance", DBInstanceIdentifier=id_, SkipFinalSnapshot=skip,
            FinalDBSnapshotIdentifier=final
        )  # fmt: skip


class EventSubscription(Kind):
    """RDS events sent to a topic."""

    token = "aws:rds/eventSubscription:EventSubscription"
    accepts = {"name", "namePrefix", "snsTopic", "sourceType", "sourceIds", "eventCategories", "enabled"}
    replaces = {"name", "namePrefix"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "rds", "create_event_subscription", SubscriptionName=inputs["name"], SnsTopicArn=inputs["snsTopic"],
            SourceType=inputs.get("sourceType"), SourceIds=inputs.get("sourceIds"),
            EventCategories=inputs.get("eventCategories"), Enabled=inputs.get("enabled", True),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = "EventSubscriptionsList[0]"
        found = aws.find("rds", "describe_event_subscriptions", path, SubscriptionName=id_)
        if found is None:
            return None
        arn = found["EventSubscriptionArn"]
        return {
            "arn": arn,
            "name": id_,
            "snsTopic": found["SnsTopicArn"],
            "sourceType": found.get("SourceType"),
            "sourceIds": found.get("SourceIdsList") or [],
            "eventCategories": found.get("EventCategoriesList") or [],
            "enabled": found["Enabled"],
            "customerAwsId": found.get("CustomerAwsId") or aws.account_id,
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        before, after = (set(each.get("sourceIds") or []) for each in (old, new))
        for operation, sources in (
            ("add_source_identifier_to_subscription", after - before),
            ("remove_source_identifier_from_subscription", before - after),
        ):
            for source in sorted(sources):
                aws.call("rds", operation, SubscriptionName=id_, SourceIdentifier=source)
        if changed - {"tags", "sourceIds"}:
            aws.call(
                "rds", "modify_event_subscription", SubscriptionName=id_, SnsTopicArn=new["snsTopic"],
                SourceType=new.get("sourceType"), EventCategories=new.get("eventCategories"),
                Enabled=new.get("enabled", True),
            )  # fmt: skip
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("rds", "delete_event_subscription", SubscriptionName=id_)


KINDS = (SubnetGroup, ParameterGroup, Instance, EventSubscription)
