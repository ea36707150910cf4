"""The functions of the stand-in: what a program asks AWS without making anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.providers.aws.client import Aws, tag_map

Answer = dict[str, Any]


def caller_identity(aws: Aws, args: Answer) -> Answer:
    """Who runs the program."""
    found = aws.call("sts", "get_caller_identity")
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def region(aws: Aws, args: Answer) -> Answer:
    """The region in use."""
    name = args.get("region") or aws.region
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def partition(aws: Aws, args: Answer) -> Answer:
    """The partition of the region."""
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def availability_zones(aws: Aws, args: Answer) -> Answer:
    """The zones of the region."""
    zones = aws.call("ec2", "describe_availability_zones")["AvailabilityZones"]
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or zone["RegionName"] for zone in zones}),
    }


def parameter(aws: Aws, args: Answer) -> Answer:
    """A parameter of the Parameter Store, AWS's public ones included."""
    decrypt = args.get("withDecryption", True)
    found = aws.call("ssm", "get_parameter", Name=args["name"], WithDecryption=decrypt)["Parameter"]
    return {
        "id": args["name"],
        "name": args["name"],
        "arn": found["ARN"],
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": found["Value"],
        "version": found["Version"],
        "withDecryption": decrypt,
    }


def detector(aws: Aws, args: Answer) -> Answer:
    """GuardDuty's detector in this region."""
    id_ = args.get("id") or aws.call("guardduty", "list_detectors")["DetectorIds"][0]
    found = aws.call("guardduty", "get_detector", DetectorId=id_)
    arn = aws.arn("guardduty", f"detector/{id_}")
    return {"id": id_, "arn": arn, "status": found["Status"], "serviceRoleArn": found.get("ServiceRole", "")}


def tagged_resources(aws: Aws, args: Answer) -> Answer:
    """ARNs and tags of what bears the tags."""
    filters = [{"Key": each["key"], "Values": each.get("values") or []} for each in args.get("tagFilters") or []]
    found = aws.call(
        "resourcegroupstaggingapi", "get_resources", TagFilters=filters,
        ResourceTypeFilters=args.get("resourceTypeFilters"),
    )["ResourceTagMappingList"]  # fmt: skip
    told = [{"resourceArn": each["ResourceARN"], "tags": tag_map(each["Tags"])} for each in found]
    return {"id": aws.region, "resourceTagMappingLists": told, **args}


def log_groups(aws: Aws, args: Answer) -> Answer:
    """Names and ARNs of log groups."""
    found = aws.call("logs", "describe_log_groups", logGroupNamePrefix=args.get("logGroupNamePrefix"))["logGroups"]
    arns = [each["arn"].removesuffix(":*") for each in found]
    return {"id": aws.region, "arns": arns, "logGroupNames": [each["logGroupName"] for each in found], **args}


FUNCTIONS: Mapping[str, Callable[[Aws, Answer], Answer]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
    "aws:resourcegroupstaggingapi/getResources:getResources": tagged_resources,
    "aws:cloudwatch/getLogGroups:getLogGroups": log_groups,
    "aws:ssm/getParameter:getParameter": parameter,
    "aws:guardduty/getDetector:getDetector": detector,
}
