"""Common parts of all EKS resources: update history, and tags."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.emulator.call import Call, Operation, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.services.eks.common import (
    Json,
    access_entries,
    addons,
    associations,
    cluster_of,
    clusters,
    nodegroups,
    updates,
)

ARN_MEMBERS = ("arn", "nodegroupArn", "addonArn", "accessEntryArn", "associationArn")


def describe_update(call: Call) -> Json:
    cluster_of(call, call["name"])
    found = updates(call, call["name"]).get(call["updateId"])
    if found is None or not _is_about(call, found):
        raise not_found(f"No update found for ID: {call['updateId']}", clusterName=call["name"])
    return {"update": found}


def list_updates(call: Call) -> Json:
    cluster_of(call, call["name"])
    found = [id_ for id_, update in updates(call, call["name"]).items() if _is_about(call, update)]
    return page(call, found, "updateIds")


def _is_about(call: Call, update: Json) -> bool:
    """Updates of the cluster, of a node group and of an add-on are listed separately."""
    return all(call.get(name) == update[name] for name in ("nodegroupName", "addonName"))


def tag_resource(call: Call) -> Json:
    _tags(call).update(call["tags"])
    return {}


def untag_resource(call: Call) -> Json:
    tags = _tags(call)
    for key in call["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> Json:
    return {"tags": _tags(call)}


def _tags(call: Call) -> dict[str, str]:
    for resource in _resources(call):
        if any(resource.get(member) == call["resourceArn"] for member in ARN_MEMBERS):
            return resource["tags"]
    raise AwsError("NotFoundException", f"Resource {call['resourceArn']} was not found")


def _resources(call: Call) -> Iterator[Json]:
    for name, cluster in clusters(call).items():
        yield cluster
        for table in (nodegroups, addons, access_entries, associations):
            yield from table(call, name).values()


OPERATIONS: dict[str, Operation] = {
    "DescribeUpdate": describe_update,
    "ListUpdates": list_updates,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
