"""EventBridge: rules on the account's default bus, and their targets."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


class EventRule(Kind):
    """A rule with its event pattern; its ID is its name."""

    token = "aws:cloudwatch/eventRule:EventRule"
    accepts = {"name", "namePrefix", "description", "eventPattern", "scheduleExpression", "state"}
    replaces = {"name", "namePrefix"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        self._put(aws, inputs, tag_list(inputs.get("tagsAll")))
        return inputs["name"]

    @staticmethod
    def _put(aws: Aws, inputs: Properties, tags: list[dict[str, str]] | None) -> None:
        aws.call(
            "events", "put_rule", Name=inputs["name"], Description=inputs.get("description"),
            EventPattern=inputs.get("eventPattern"),
            ScheduleExpression=inputs.get("scheduleExpression"), State=inputs.get("state") or "ENABLED", Tags=tags,
        )  # fmt: skip

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        rule = aws.find("events", "describe_rule", "@", Name=id_)
        if rule is None:
            return None
        tags = aws.call("events", "list_tags_for_resource", ResourceARN=rule["Arn"])["Tags"]
        return {
            "arn": rule["Arn"],
            "name": id_,
            "description": rule.get("Description"),
            "eventPattern": rule.get("EventPattern"),
            "scheduleExpression": rule.get("ScheduleExpression"),
            "state": rule["State"],
            "eventBusName": rule.get("EventBusName") or "default",
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self._put(aws, new, None)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := [name for name in before if name not in after]:
                aws.call("events", "untag_resource", ResourceARN=old["arn"], TagKeys=gone)
            aws.call("events", "tag_resource", ResourceARN=old["arn"], Tags=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("events", "delete_rule", Name=id_)


class EventTarget(Kind):
    """A target of a rule."""

    token = "aws:cloudwatch/eventTarget:EventTarget"
    accepts = {"rule", "targetId", "arn"}
    replaces = {"rule", "targetId"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        target = {"Id": inputs["targetId"], "Arn": inputs["arn"]}
        aws.call("events", "put_targets", Rule=inputs["rule"], Targets=[target])
        return f"{inputs['rule']}-{inputs['targetId']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = f"Targets[?Id=='{state['targetId']}'] | [0]"
        target = aws.find("events", "list_targets_by_rule", path, Rule=state["rule"])
        return None if target is None else {"rule": state["rule"], "targetId": target["Id"], "arn": target["Arn"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.gone("events", "remove_targets", Rule=state["rule"], Ids=[state["targetId"]])


KINDS = (EventRule, EventTarget)
