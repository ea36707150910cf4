"""The known part of the add-ons' configuration schemas; other values are refused, as in EKS.

It allows less than AWS, never more. Sources, read 2026-11-28: awsdocs/amazon-eks-user-guide 4d52b4d (vpc-cni: the
schema in latest/ug/workloads/eks-add-ons.adoc, latest/ug/networking; coredns: latest/ug/networking), values.yaml of
aws-observability/helm-charts 71a298f; AWS's CloudWatch guide, "Enable your applications on Amazon EKS clusters"
(autoMonitor). Add-ons without an entry accept no configuration here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer"}
TEXTS: Schema = {"type": "array", "items": TEXT}
# Fields of the pod API; the add-ons pass them on.
ANY_OBJECT: Schema = {"type": "object"}
ANY_LIST: Schema = {"type": "array", "items": ANY_OBJECT}
# vpc-cni's schema has strings where its manifest has booleans.
TEXT_OF_BOOLEAN: Schema = {"type": "string", "enum": ["true", "false"]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


QUANTITIES = _object(cpu=TEXT, memory=TEXT)
RESOURCES = _object(limits=QUANTITIES, requests=QUANTITIES)
AUTO_MONITOR = _object(
    monitorAllServices=BOOLEAN, restartPods=BOOLEAN, languages=TEXTS, exclude=ANY_OBJECT, customSelector=ANY_OBJECT
)

SCHEMAS: Mapping[str, Schema] = {
    "amazon-cloudwatch-observability": _object(
        containerLogs=_object(enabled=BOOLEAN),
        manager=_object(applicationSignals=_object(autoMonitor=AUTO_MONITOR)),
        tolerations=ANY_LIST,
    ),
    "coredns": _object(
        autoScaling=_object(enabled=BOOLEAN, minReplicas=COUNT, maxReplicas=COUNT),
        corefile=TEXT,
        nodeSelector=ANY_OBJECT,
        replicaCount=COUNT,
        resources=RESOURCES,
        tolerations=ANY_LIST,
        topologySpreadConstraints=ANY_LIST,
    ),
    "metrics-server": _object(replicas=COUNT, resources=RESOURCES, tolerations=ANY_LIST),
    "vpc-cni": _object(
        enableNetworkPolicy=TEXT_OF_BOOLEAN,
        env={"type": "object", "additionalProperties": TEXT},
        nodeAgent=_object(enableCloudWatchLogs=TEXT_OF_BOOLEAN, enablePolicyEventLogs=TEXT_OF_BOOLEAN),
        resources=RESOURCES,
    ),
}


def schema(addon: str) -> Schema:
    """The JSON schema of an add-on's configuration."""
    return {"$schema": "http://json-schema.org/draft-06/schema#", **SCHEMAS.get(addon, _object())}


def faults(addon: str, values: Any) -> list[str]:
    """EKS's errors for values that the schema does not allow, one text for each; empty if they are valid."""
    found = Draft202012Validator(SCHEMAS.get(addon, _object())).iter_errors(values)
    return [text for fault in found for text in _texts(fault)]


def _texts(fault: ValidationError) -> list[str]:
    if fault.validator == "additionalProperties":
        schema: Any = fault.schema
        values: Any = fault.instance
        unknown = [name for name in values if name not in schema["properties"]]
        words = "is not defined in the schema and the schema does not allow additional properties"
        return [f"{fault.json_path}.{name}: {words}" for name in unknown]
    return [f"{fault.json_path}: {fault.message}"]
