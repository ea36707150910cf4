"""The functions of the stand-in: lookups in AWS that create nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.providers.aws.client import Aws, AwsError, camel_cased, tag_map

Answer = dict[str, Any]


def caller_identity(aws: Aws, args: Answer) -> Answer:
    """The identity that runs the program."""
    found = aws.call("sts", "get_caller_identity")
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def region(aws: Aws, args: Answer) -> Answer:
    """The region in use."""
    name = args.get("region") or aws.region
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def partition(aws: Aws, args: Answer) -> Answer:
    """The partition of the region."""
    suffix = {"aws-cn": "amazonaws.com.cn"}.get(aws.partition, "amazonaws.com")
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def availability_zones(aws: Aws, args: Answer) -> Answer:
    """The zones of the region, sorted by name, like the real function's."""
    filters = [{"Name": each["name"], "Values": each["values"]} for each in args.get("filters") or []]
    if args.get("state"):
        filters.append({"Name": "state", "Values": [args["state"]]})
    zones = aws.call("ec2", "describe_availability_zones", Filters=filters or None)["AvailabilityZones"]
    zones.sort(key=lambda zone: zone["ZoneName"])
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or zone["RegionName"] for zone in zones}),
    }


def vpc_endpoint_service(aws: Aws, args: Answer) -> Answer:
    """An endpoint service; GovCloud returns its name alone.

    Errors are those of terraform-provider-aws, internal/service/ec2/vpc_endpoint_service_data_source.go.
    """
    name, type_ = args["serviceName"], args.get("serviceType")
    filters = [{"Name": "service-type", "Values": [type_]}] if type_ else None
    try:
        found = aws.call("ec2", "describe_vpc_endpoint_services", ServiceNames=[name], Filters=filters)
    except AwsError as fault:
        if fault.code != "InvalidServiceName":
            raise
        raise AwsError("reading EC2 VPC Endpoint Services: couldn't find resource", fault.code) from None
    if not found["ServiceDetails"]:
        if name in found["ServiceNames"]:
            return {"id": name, "serviceName": name, "availabilityZones": []}
        raise AwsError("no matching EC2 VPC Endpoint Service found", "NotFound")
    details = camel_cased(found["ServiceDetails"][0])
    return {**details, "id": name, "serviceType": type_ or details["serviceType"][0]["serviceType"], "tags": {}}


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


def parameters_by_path(aws: Aws, args: Answer) -> Answer:
    """Parameters below a path; an empty result is not an error."""
    decrypt, recursive = args.get("withDecryption", True), args.get("recursive", False)
    found = aws.call(
        "ssm", "get_parameters_by_path", Path=args["path"], Recursive=recursive, WithDecryption=decrypt
    )["Parameters"]  # fmt: skip
    told = {"arns": "ARN", "names": "Name", "types": "Type", "values": "Value"}
    lists = {name: [each[key] for each in found] for name, key in told.items()}
    return {"id": args["path"], "path": args["path"], "withDecryption": decrypt, "recursive": recursive, **lists}


def detector(aws: Aws, args: Answer) -> Answer:
    """GuardDuty's detector in this region."""
    id_ = args.get("id") or aws.call("guardduty", "list_detectors")["DetectorIds"][0]
    found = aws.call("guardduty", "get_detector", DetectorId=id_)
    arn = aws.arn("guardduty", f"detector/{id_}")
    return {"id": id_, "arn": arn, "status": found["Status"], "serviceRoleArn": found.get("ServiceRole", "")}


def tagged_resources(aws: Aws, args: Answer) -> Answer:
    """ARNs and tags of the resources with the tags."""
    filters = [{"Key": each["key"], "Values": each.get("values") or []} for each in args.get("tagFilters") or []]
    found = aws.call(
        "resourcegroupstaggingapi", "get_resources", TagFilters=filters,
        ResourceTypeFilters=args.get("resourceTypeFilters"),
    )["ResourceTagMappingList"]  # fmt: skip
    mappings = [{"resourceArn": each["ResourceARN"], "tags": tag_map(each["Tags"])} for each in found]
    return {"id": aws.region, "resourceTagMappingLists": mappings, **args}


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
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": vpc_endpoint_service,
    "aws:ssm/getParameter:getParameter": parameter,
    "aws:ssm/getParametersByPath:getParametersByPath": parameters_by_path,
    "aws:guardduty/getDetector:getDetector": detector,
}
