"""CloudTrail, GuardDuty and Access Analyzer."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


class Trail(Kind):
    """A trail; creating it also starts it."""

    token = "aws:cloudtrail/trail:Trail"
    accepts = {
        "name", "s3BucketName", "s3KeyPrefix", "kmsKeyId", "isMultiRegionTrail", "isOrganizationTrail", "snsTopicName",
        "includeGlobalServiceEvents", "enableLogFileValidation", "enableLogging", "cloudWatchLogsGroupArn",
        "cloudWatchLogsRoleArn", "advancedEventSelectors",
    }  # fmt: skip
    replaces = {"name"}
    auto_name = "name"
    renamed = {"cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn", "snsTopicName": "SnsTopicName"}

    def _shaped(self, aws: Aws, operation: str, inputs: Properties) -> dict[str, object]:
        given = {key: inputs.get(key) for key in self.accepts - {"enableLogging", "advancedEventSelectors"}}
        return aws.shaped("cloudtrail", operation, given, **self.renamed)

    @staticmethod
    def _select(aws: Aws, id_: str, inputs: Properties) -> None:
        plural = ("startsWith", "endsWith", "notStartsWith", "notEndsWith")
        renamed = {f"{name}s": name[0].upper() + name[1:] for name in plural}
        selectors = [
            {
                "Name": each.get("name") or "",
                "FieldSelectors": [
                    {renamed.get(key, key[0].upper() + key[1:]): value for key, value in field.items() if value}
                    for field in each["fieldSelectors"]
                ],
            }
            for each in inputs.get("advancedEventSelectors") or []
        ]
        if selectors:
            aws.call("cloudtrail", "put_event_selectors", TrailName=id_, AdvancedEventSelectors=selectors)

    def create(self, aws: Aws, inputs: Properties) -> str:
        shaped = self._shaped(aws, "create_trail", inputs)
        made = aws.call("cloudtrail", "create_trail", **shaped, TagsList=tag_list(inputs.get("tagsAll")))
        self._select(aws, made["TrailARN"], inputs)
        if inputs.get("enableLogging", True):
            aws.call("cloudtrail", "start_logging", Name=inputs["name"])
        return made["TrailARN"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        trail = aws.find("cloudtrail", "get_trail", "Trail", Name=id_)
        if trail is None:
            return None
        tags = aws.find("cloudtrail", "list_tags", "ResourceTagList[0].TagsList", ResourceIdList=[id_])
        return {
            "arn": id_,
            "name": trail["Name"],
            "homeRegion": trail.get("HomeRegion") or aws.region,
            "s3BucketName": trail["S3BucketName"],
            "kmsKeyId": trail.get("KmsKeyId"),
            "isMultiRegionTrail": trail["IsMultiRegionTrail"],
            "includeGlobalServiceEvents": trail["IncludeGlobalServiceEvents"],
            "enableLogFileValidation": trail["LogFileValidationEnabled"],
            "cloudWatchLogsGroupArn": trail.get("CloudWatchLogsLogGroupArn"),
            "cloudWatchLogsRoleArn": trail.get("CloudWatchLogsRoleArn"),
            "enableLogging": aws.call("cloudtrail", "get_trail_status", Name=id_)["IsLogging"],
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "advancedEventSelectors" in changed:
            self._select(aws, id_, new)
        if changed - {"tags", "enableLogging", "advancedEventSelectors"}:
            aws.call("cloudtrail", "update_trail", **self._shaped(aws, "update_trail", new))
        if "enableLogging" in changed:
            aws.call("cloudtrail", "start_logging" if new.get("enableLogging", True) else "stop_logging", Name=id_)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := {name: text for name, text in before.items() if name not in after}:
                aws.call("cloudtrail", "remove_tags", ResourceId=id_, TagsList=tag_list(gone))
            aws.call("cloudtrail", "add_tags", ResourceId=id_, TagsList=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        # moto ignores an ARN here, which AWS also accepts.
        aws.call("cloudtrail", "delete_trail", Name=id_.rpartition("/")[2])


class Detector(Kind):
    """GuardDuty's detector, one per region."""

    token = "aws:guardduty/detector:Detector"
    accepts = {"enable", "findingPublishingFrequency"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "guardduty", "create_detector", Enable=inputs.get("enable", True), Tags=inputs.get("tagsAll") or None,
            FindingPublishingFrequency=inputs.get("findingPublishingFrequency"),
        )  # fmt: skip
        return made["DetectorId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("guardduty", "get_detector", "@", DetectorId=id_)
        if found is None:
            return None
        return {
            "accountId": aws.account_id,
            "arn": aws.arn("guardduty", f"detector/{id_}"),
            "enable": found["Status"] == "ENABLED",
            "findingPublishingFrequency": found.get("FindingPublishingFrequency"),
            "tags": found.get("Tags") or {},
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        frequency = new.get("findingPublishingFrequency")
        enable = new.get("enable", True)
        aws.call("guardduty", "update_detector", DetectorId=id_, Enable=enable, FindingPublishingFrequency=frequency)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            arn = old["arn"]
            if gone := [name for name in before if name not in after]:
                aws.call("guardduty", "untag_resource", ResourceArn=arn, TagKeys=gone)
            aws.call("guardduty", "tag_resource", ResourceArn=arn, Tags=after)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("guardduty", "delete_detector", DetectorId=id_)


class DetectorFeature(Kind):
    """A feature of the detector; deleting it leaves it unchanged, as in the real provider."""

    token = "aws:guardduty/detectorFeature:DetectorFeature"
    accepts = {"detectorId", "name", "status", "additionalConfigurations"}
    replaces = {"detectorId", "name"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        feature = {
            "Name": inputs["name"],
            "Status": inputs["status"],
            "AdditionalConfiguration": [
                {"Name": each["name"], "Status": each["status"]}
                for each in inputs.get("additionalConfigurations") or []
            ],
        }
        aws.call("guardduty", "update_detector", DetectorId=inputs["detectorId"], Features=[feature])
        return f"{inputs['detectorId']}/{inputs['name']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        detector, _, name = id_.partition("/")
        path = f"Features[?Name=='{name}'] | [0]"
        found = aws.find("guardduty", "get_detector", path, DetectorId=detector)
        return None if found is None else {"detectorId": detector, "name": name, "status": found["Status"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        return


class Analyzer(Kind):
    """An analyzer of external access."""

    token = "aws:accessanalyzer/analyzer:Analyzer"
    accepts = {"analyzerName", "type"}
    replaces = {"analyzerName", "type"}
    auto_name = "analyzerName"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "accessanalyzer", "create_analyzer", analyzerName=inputs["analyzerName"],
            type=inputs.get("type") or "ACCOUNT",
            tags=inputs.get("tagsAll") or None,
        )  # fmt: skip
        return inputs["analyzerName"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("accessanalyzer", "get_analyzer", "analyzer", analyzerName=id_)
        if found is None:
            return None
        return {"arn": found["arn"], "analyzerName": id_, "type": found["type"], "tags": found.get("tags") or {}}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
        if gone := [name for name in before if name not in after]:
            aws.call("accessanalyzer", "untag_resource", resourceArn=old["arn"], tagKeys=gone)
        aws.call("accessanalyzer", "tag_resource", resourceArn=old["arn"], tags=after)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("accessanalyzer", "delete_analyzer", analyzerName=id_)


KINDS = (Trail, Detector, DetectorFeature, Analyzer)
