"""IAM Access Analyzer: analyzers and their tags. They analyse nothing."""

from __future__ import annotations

from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.store import Record


def create_analyzer(call: Call) -> dict[str, Any]:
    name, table = call["analyzerName"], call.table("analyzers")
    arn = call.arn("access-analyzer", f"analyzer/{name}")
    if name in table:
        raise AwsError("ConflictException", f"Analyzer {name} already exists", resourceId=arn, resourceType="analyzer")
    if any(each["type"] == call["type"] for each in table.values()):
        raise AwsError(
            "ServiceQuotaExceededException",
            f"You have reached the maximum number of analyzers of type {call['type']}",
            resourceId=arn,
            resourceType="analyzer",
        )
    table[name] = {
        "arn": arn,
        "name": name,
        "type": call["type"],
        "createdAt": now(),
        "tags": dict(call.get("tags") or {}),
        "status": "ACTIVE",
        "configuration": call.get("configuration"),
    }
    return {"arn": arn}


def get_analyzer(call: Call) -> dict[str, Any]:
    return {"analyzer": _named(call)}


def list_analyzers(call: Call) -> dict[str, Any]:
    found = [each for each in call.table("analyzers").values() if call.get("type") in (None, each["type"])]
    return page(call, found, "analyzers")


def update_analyzer(call: Call) -> dict[str, Any]:
    analyzer = _named(call)
    if call.get("configuration") is not None:
        analyzer["configuration"] = call["configuration"]
    return {"configuration": analyzer["configuration"]}


def delete_analyzer(call: Call) -> dict[str, Any]:
    del call.table("analyzers")[_named(call)["name"]]
    return {}


def tag_resource(call: Call) -> dict[str, Any]:
    _by_arn(call)["tags"].update(call["tags"])
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    tags = _by_arn(call)["tags"]
    for key in call["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    return {"tags": _by_arn(call)["tags"]}


def _named(call: Call) -> Record:
    found = call.table("analyzers").get(call["analyzerName"])
    if found is None:
        raise not_found(
            f"No analyzer named {call['analyzerName']}", resourceId=call["analyzerName"], resourceType="analyzer"
        )
    return found


def _by_arn(call: Call) -> Record:
    for analyzer in call.table("analyzers").values():
        if analyzer["arn"] == call["resourceArn"]:
            return analyzer
    raise not_found(f"No resource {call['resourceArn']}", resourceId=call["resourceArn"], resourceType="analyzer")


OPERATIONS: dict[str, Operation] = {
    "CreateAnalyzer": create_analyzer,
    "GetAnalyzer": get_analyzer,
    "ListAnalyzers": list_analyzers,
    "UpdateAnalyzer": update_analyzer,
    "DeleteAnalyzer": delete_analyzer,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
