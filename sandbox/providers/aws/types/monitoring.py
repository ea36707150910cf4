"""Log groups, metric filters, alarms, dashboards, topics."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, camel_cased, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import document


class LogGroup(Kind):
    """A log group."""

    token = "aws:cloudwatch/logGroup:LogGroup"
    accepts = {
        "name",
        "namePrefix",
        "kmsKeyId",
        "retentionInDays",
        "logGroupClass",
        "skipDestroy",
        "deletionProtectionEnabled",
    }
    replaces = {"name", "namePrefix", "logGroupClass"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = inputs["name"]
        aws.call(
            "logs", "create_log_group", logGroupName=name, kmsKeyId=inputs.get("kmsKeyId"),
            tags=inputs.get("tagsAll") or None,
            logGroupClass=inputs.get("logGroupClass"),
            deletionProtectionEnabled=inputs.get("deletionProtectionEnabled"),
        )  # fmt: skip
        self._retention(aws, name, inputs)
        return name

    @staticmethod
    def _retention(aws: Aws, name: str, inputs: Properties) -> None:
        if days := int(inputs.get("retentionInDays") or 0):
            aws.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)
        else:
            aws.gone("logs", "delete_retention_policy", logGroupName=name)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = f"logGroups[?logGroupName=='{id_}'] | [0]"
        group = aws.find("logs", "describe_log_groups", path, logGroupNamePrefix=id_)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        return {
            "arn": arn,
            "name": id_,
            "retentionInDays": group.get("retentionInDays", 0),
            "kmsKeyId": group.get("kmsKeyId"),
            "tags": aws.call("logs", "list_tags_for_resource", resourceArn=arn)["tags"],
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "retentionInDays" in changed:
            self._retention(aws, id_, new)
        if "kmsKeyId" in changed:
            if new.get("kmsKeyId"):
                aws.call("logs", "associate_kms_key", logGroupName=id_, kmsKeyId=new["kmsKeyId"])
            else:
                aws.call("logs", "disassociate_kms_key", logGroupName=id_)
        if "deletionProtectionEnabled" in changed:
            wanted = bool(new.get("deletionProtectionEnabled"))
            operation = "put_log_group_deletion_protection"
            aws.call("logs", operation, logGroupIdentifier=id_, deletionProtectionEnabled=wanted)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("logs", "untag_resource", resourceArn=old["arn"], tagKeys=gone)
            aws.call("logs", "tag_resource", resourceArn=old["arn"], tags=after)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.call("logs", "delete_log_group", logGroupName=id_)


class LogMetricFilter(Kind):
    """A metric filter of a log group."""

    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    accepts = {"name", "logGroupName", "pattern", "metricTransformation", "applyOnTransformedLogs"}
    replaces = {"name", "logGroupName"}
    auto_name = "name"
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = inputs["metricTransformation"]
        transformation = {
            "metricName": given["name"],
            "metricNamespace": given["namespace"],
            "metricValue": given["value"],
            "defaultValue": float(given["defaultValue"]) if given.get("defaultValue") not in (None, "") else None,
            "dimensions": given.get("dimensions"),
            "unit": given.get("unit"),
        }
        aws.call(
            "logs", "put_metric_filter", logGroupName=inputs["logGroupName"], filterName=inputs["name"],
            filterPattern=inputs["pattern"],
            metricTransformations=[{key: value for key, value in transformation.items() if value is not None}],
        )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        group = state["logGroupName"]
        path = f"metricFilters[?filterName=='{id_}'] | [0]"
        found = aws.find("logs", "describe_metric_filters", path, logGroupName=group, filterNamePrefix=id_)
        return None if found is None else {"name": id_, "logGroupName": group, "pattern": found["filterPattern"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("logs", "delete_metric_filter", logGroupName=state["logGroupName"], filterName=id_)


ALARM = {
    "actionsEnabled", "alarmActions", "alarmDescription", "comparisonOperator", "datapointsToAlarm", "dimensions",
    "evaluationPeriods", "insufficientDataActions", "metricName", "namespace", "okActions", "period", "statistic",
    "threshold", "treatMissingData", "unit",
}  # fmt: skip


class MetricAlarm(Kind):
    """An alarm on a metric."""

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    accepts = {"name", *ALARM}
    replaces = {"name"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {key: inputs.get(key) for key in ALARM - {"dimensions"}}
        given["dimensions"] = [
            {"name": key, "value": value} for key, value in sorted((inputs.get("dimensions") or {}).items())
        ]
        shaped = aws.shaped("cloudwatch", "put_metric_alarm", given)
        tags = tag_list(inputs.get("tagsAll"))
        aws.call("cloudwatch", "put_metric_alarm", AlarmName=inputs["name"], Tags=tags, **shaped)
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        alarm = aws.find("cloudwatch", "describe_alarms", "MetricAlarms[0]", AlarmNames=[id_])
        if alarm is None:
            return None
        live = {key: value for key, value in camel_cased(alarm).items() if key in ALARM}
        live["okActions"] = alarm.get("OKActions")
        live["dimensions"] = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or []}
        arn = alarm["AlarmArn"]
        tags = tag_map(aws.call("cloudwatch", "list_tags_for_resource", ResourceARN=arn)["Tags"])
        return {**live, "arn": arn, "name": id_, "tags": tags}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("cloudwatch", "untag_resource", ResourceARN=old["arn"], TagKeys=gone)
            aws.call("cloudwatch", "tag_resource", ResourceARN=old["arn"], Tags=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("cloudwatch", "delete_alarms", AlarmNames=[id_])


class Dashboard(Kind):
    """A dashboard."""

    token = "aws:cloudwatch/dashboard:Dashboard"
    accepts = {"dashboardName", "dashboardBody"}
    replaces = {"dashboardName"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = inputs["dashboardName"]
        aws.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=inputs["dashboardBody"])
        return name

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("cloudwatch", "get_dashboard", "@", DashboardName=id_)
        if found is None:
            return None
        return {"dashboardArn": found["DashboardArn"], "dashboardName": id_, "dashboardBody": found["DashboardBody"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("cloudwatch", "delete_dashboards", DashboardNames=[id_])


class Topic(Kind):
    """A topic; its ID is its ARN."""

    token = "aws:sns/topic:Topic"
    accepts = {"name", "namePrefix", "kmsMasterKeyId", "displayName", "policy"}
    replaces = {"name", "namePrefix"}
    auto_name = "name"
    attributes = {"kmsMasterKeyId": "KmsMasterKeyId", "displayName": "DisplayName", "policy": "Policy"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        attributes = {wire: inputs[name] for name, wire in self.attributes.items() if inputs.get(name)}
        tags = tag_list(inputs.get("tagsAll"))
        return aws.call("sns", "create_topic", Name=inputs["name"], Attributes=attributes, Tags=tags)["TopicArn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("sns", "get_topic_attributes", "Attributes", TopicArn=id_)
        if found is None:
            return None
        return {
            "arn": id_,
            "name": id_.rpartition(":")[2],
            "owner": found.get("Owner"),
            "kmsMasterKeyId": found.get("KmsMasterKeyId"),
            "displayName": found.get("DisplayName"),
            "tags": tag_map(aws.call("sns", "list_tags_for_resource", ResourceArn=id_)["Tags"]),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        for name in changed & self.attributes.keys():
            wire, value = self.attributes[name], new.get(name) or ""
            aws.call("sns", "set_topic_attributes", TopicArn=id_, AttributeName=wire, AttributeValue=value)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("sns", "untag_resource", ResourceArn=id_, TagKeys=gone)
            aws.call("sns", "tag_resource", ResourceArn=id_, Tags=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("sns", "delete_topic", TopicArn=id_)


class TopicPolicy(Kind):
    """The policy of a topic."""

    token = "aws:sns/topicPolicy:TopicPolicy"
    accepts = {"arn", "policy"}
    replaces = {"arn"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        policy = document(inputs["policy"])
        aws.call("sns", "set_topic_attributes", TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=policy)
        return inputs["arn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("sns", "get_topic_attributes", "Attributes", TopicArn=id_)
        return None if found is None else {"arn": id_, "policy": found["Policy"], "owner": found.get("Owner")}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        # A topic always has a policy: the real provider restores the owner's default, which is deleted with the topic.
        return


class TopicSubscription(Kind):
    """A subscription to a topic; e-mail has to be confirmed."""

    token = "aws:sns/topicSubscription:TopicSubscription"
    accepts = {"topic", "protocol", "endpoint", "filterPolicy", "rawMessageDelivery"}
    replaces = {"topic", "protocol", "endpoint"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "sns", "subscribe", TopicArn=inputs["topic"], Protocol=inputs["protocol"], Endpoint=inputs["endpoint"],
            ReturnSubscriptionArn=True,
        )  # fmt: skip
        return made["SubscriptionArn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("sns", "get_subscription_attributes", "Attributes", SubscriptionArn=id_)
        if found is None:
            return None
        pending = found.get("PendingConfirmation") == "true"
        return {"arn": id_, "topic": found["TopicArn"], "endpoint": found["Endpoint"], "pendingConfirmation": pending}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        names = {"filterPolicy": "FilterPolicy", "rawMessageDelivery": "RawMessageDelivery"}
        for name in changed & names.keys():
            value = str(new.get(name) or "")
            operation = "set_subscription_attributes"
            aws.call("sns", operation, SubscriptionArn=id_, AttributeName=names[name], AttributeValue=value)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("sns", "unsubscribe", SubscriptionArn=id_)


KINDS = (LogGroup, LogMetricFilter, MetricAlarm, Dashboard, Topic, TopicPolicy, TopicSubscription)
