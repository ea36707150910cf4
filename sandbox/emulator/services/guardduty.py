"""GuardDuty's detectors. moto allows several in a region, does not merge features and has no tags."""

from __future__ import annotations

from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError
from sandbox.emulator.store import Record

ALWAYS_ON = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
ON_BY_DEFAULT = (
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
)
OFF_BY_DEFAULT = {
    "EKS_RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT",),
    "RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"),
}


def create_detector(call: Call) -> dict[str, Any]:
    table = call.table("detectors")
    if table:
        raise _refusal("The request is rejected because a detector already exists for the current account.")
    id_ = call.id.replace("-", "")
    features: dict[str, Record] = {}
    for name in (*ALWAYS_ON, *ON_BY_DEFAULT):
        features[name] = {"Name": name, "Status": "ENABLED", "UpdatedAt": now()}
    for name, parts in OFF_BY_DEFAULT.items():
        off = [{"Name": part, "Status": "DISABLED", "UpdatedAt": now()} for part in parts]
        features[name] = {"Name": name, "Status": "DISABLED", "UpdatedAt": now(), "AdditionalConfiguration": off}
    table[id_] = {
        "DetectorId": id_,
        "CreatedAt": _time(),
        "UpdatedAt": _time(),
        "FindingPublishingFrequency": call.get("FindingPublishingFrequency") or "SIX_HOURS",
        "ServiceRole": (
            f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/guardduty.amazonaws.com/"
            "AWSServiceRoleForAmazonGuardDuty"
        ),
        "Status": "ENABLED" if call["Enable"] else "DISABLED",
        "Tags": dict(call.get("Tags") or {}),
        "features": features,
    }
    _merge(features, call)
    return {"DetectorId": id_}


def get_detector(call: Call) -> dict[str, Any]:
    detector = _detector(call)
    features = detector["features"]
    return {**detector, "Features": list(features.values()), "DataSources": _data_sources(features)}


def _data_sources(features: dict[str, Record]) -> dict[str, Any]:
    """The features in the deprecated format, which AWS still returns; DataSources lacks the newer ones."""
    status = {name: {"Status": feature["Status"]} for name, feature in features.items()}
    return {
        "CloudTrail": status["CLOUD_TRAIL"],
        "DNSLogs": status["DNS_LOGS"],
        "FlowLogs": status["FLOW_LOGS"],
        "S3Logs": status["S3_DATA_EVENTS"],
        "Kubernetes": {"AuditLogs": status["EKS_AUDIT_LOGS"]},
        "MalwareProtection": {"ScanEc2InstanceWithFindings": {"EbsVolumes": status["EBS_MALWARE_PROTECTION"]}},
    }


def list_detectors(call: Call) -> dict[str, Any]:
    return page(call, list(call.table("detectors")), "DetectorIds", "MaxResults", "NextToken")


def update_detector(call: Call) -> dict[str, Any]:
    detector = _detector(call)
    if call.get("Enable") is not None:
        detector["Status"] = "ENABLED" if call["Enable"] else "DISABLED"
    detector["FindingPublishingFrequency"] = (
        call.get("FindingPublishingFrequency") or detector["FindingPublishingFrequency"]
    )
    _merge(detector["features"], call)
    detector["UpdatedAt"] = _time()
    return {}


def delete_detector(call: Call) -> dict[str, Any]:
    del call.table("detectors")[_detector(call)["DetectorId"]]
    return {}


def tag_resource(call: Call) -> dict[str, Any]:
    _by_arn(call)["Tags"].update(call["Tags"])
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    tags = _by_arn(call)["Tags"]
    for key in call["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    return {"Tags": _by_arn(call)["Tags"]}


def _merge(features: dict[str, Record], call: Call) -> None:
    """Change the features in the request, and keep the others."""
    wanted = {feature.get("Name"): feature for feature in call.get("Features") or []}
    if {"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"} <= wanted.keys():
        raise _refusal(
            "The request is rejected because EKS_RUNTIME_MONITORING and RUNTIME_MONITORING exclude each other."
        )
    for name, feature in wanted.items():
        known = features.setdefault(name, {"Name": name})
        known |= {"Status": feature.get("Status", known.get("Status")), "UpdatedAt": now()}
        parts = {part["Name"]: part for part in known.get("AdditionalConfiguration", [])}
        for part in feature.get("AdditionalConfiguration") or []:
            parts[part["Name"]] = {**part, "UpdatedAt": now()}
        if parts:
            known["AdditionalConfiguration"] = list(parts.values())


def _detector(call: Call) -> Record:
    found = call.table("detectors").get(call["DetectorId"])
    if found is None:
        raise _refusal("The request is rejected because the input detectorId is not owned by the current account.")
    return found


def _by_arn(call: Call) -> Record:
    for id_, detector in call.table("detectors").items():
        if call.arn("guardduty", f"detector/{id_}") == call["ResourceArn"]:
            return detector
    raise _refusal("The request is rejected because the resource does not exist.")


def _refusal(message: str) -> AwsError:
    return AwsError("BadRequestException", message)


def _time() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%S.000Z")


OPERATIONS: dict[str, Operation] = {
    "CreateDetector": create_detector,
    "GetDetector": get_detector,
    "ListDetectors": list_detectors,
    "UpdateDetector": update_detector,
    "DeleteDetector": delete_detector,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
