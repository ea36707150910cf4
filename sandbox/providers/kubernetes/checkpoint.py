"""The state of an object: normalized inputs, and outputs that include the inputs.

As normalizeInputs, checkpointObject and annotateSecrets of pulumi-kubernetes's provider/pkg/provider/provider.go.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from sandbox.providers.base import contains_unknown
from sandbox.providers.kubernetes.api import FIELD_MANAGER
from sandbox.providers.kubernetes.replacement import at
from sandbox.providers.values import marked_like

INPUTS, MANAGER, INITIAL_VERSION = "__inputs", "__fieldManager", "__initialApiVersion"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
READ_ONLY = (
    "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
    "resourceVersion", "uid",
)  # fmt: skip
"""Metadata that only the server sets."""
SECRET_FIELDS = ("data", "stringData")
PATCH = "Patch"
"""End of the type tokens of patches."""


def is_patch(type_: str) -> bool:
    """Whether a type token is that of a patch: some fields of an object made elsewhere."""
    return type_.endswith(PATCH)


def kind_of(type_: str) -> str:
    """The object's kind: for a patch, the kind that it changes."""
    return type_.split(":")[2].removesuffix(PATCH)


def named_by(type_: str, id_: str) -> dict[str, Any]:
    """The minimal body that identifies an object, for an import."""
    group_version = type_.split(":")[1]
    namespace, _, name = id_.rpartition("/")
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": group_version.removeprefix("core/"), "kind": kind_of(type_), "metadata": metadata}


def projected(inputs: Any, live: Any) -> Any:
    """The live values of the fields in the inputs: the drift, without the server's additions."""
    if isinstance(inputs, dict) and isinstance(live, dict):
        return {key: projected(value, live[key]) for key, value in inputs.items() if key in live}
    return live


def normalized(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs as recorded and compared: `stringData` is base64 in `data`, unless a value is unknown."""
    body = without_read_only(inputs)
    if body.get("apiVersion") == "v1" and body.get("kind") == "Secret" and not contains_unknown(body):
        text = body.get("stringData") or {}
        if text:
            encoded = {key: base64.b64encode(value.encode()).decode() for key, value in text.items()}
            body["data"] = {**(body.get("data") or {}), **encoded}
            del body["stringData"]
    return body


def without_read_only(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the metadata that only the server sets."""
    copied = copy.deepcopy(dict(body))
    copied["metadata"] = {key: value for key, value in copied["metadata"].items() if key not in READ_ONLY}
    return copied


def imported(live: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of an object whose inputs are unknown."""
    return without_read_only({key: value for key, value in live.items() if key != "status"})


def outputs(live: Mapping[str, Any], inputs: Mapping[str, Any], field_manager: str) -> dict[str, Any]:
    """The live object with the data for a later update."""
    body = copy.deepcopy(dict(live))
    version = inputs.get("apiVersion", live["apiVersion"])
    return {**body, INPUTS: copy.deepcopy(dict(inputs)), INITIAL_VERSION: version, MANAGER: field_manager}


def recorded(state: Mapping[str, Any]) -> dict[str, Any]:
    """The object in recorded outputs."""
    return {key: value for key, value in state.items() if not key.startswith("__")}


def object_id(body: Mapping[str, Any]) -> str:
    """`namespace/name`, or the name of an object without a namespace."""
    metadata = body["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def field_manager(urn: str, inputs: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """The resource's own field manager. Upstream's suffix is random; here it is derived from the URN."""
    suffix = hashlib.sha256(urn.encode()).hexdigest()[:8]
    annotated = (at(inputs, "metadata.annotations") or {}).get(PATCH_FIELD_MANAGER)
    return annotated or state.get(MANAGER) or f"{FIELD_MANAGER}-{suffix}"


def marked(inputs: struct_pb2.Struct, answer: struct_pb2.Struct) -> struct_pb2.Struct:
    """The response with the secret values of the inputs marked, and all data of a Secret."""
    is_secret = "kind" in answer.fields and answer.fields["kind"].string_value == "Secret"
    secret = SECRET_FIELDS if is_secret else ()
    told = marked_like(inputs, answer, secret)
    if INPUTS in answer.fields:
        told.fields[INPUTS].struct_value.CopyFrom(marked_like(inputs, answer.fields[INPUTS].struct_value, secret))
    return told
