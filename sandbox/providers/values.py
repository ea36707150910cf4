"""Property values between the engine's wire format and plain Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import UNKNOWN, _special_sig_key

ASSET_SIGNATURES = {
    "c44067f5952c0a294b673a41bacd8c17": "an asset",
    "0def7320c3a5731c473e5ecbe6d01bc7": "an archive",
    "5cf8f73096256a8f31e491e813e4eb8e": "a resource reference",
}
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the engine's marker of secrets, no secret
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def is_unknown(value: Any) -> bool:
    """Whether the value will only be known after something was created."""
    return isinstance(value, str) and value == UNKNOWN


def contains_unknown(value: Any) -> bool:
    """Whether there is an unknown anywhere inside."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return is_unknown(value)


def from_wire(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a request. Numbers that are whole become int; secrets, which we told the engine to strip, too.

    Raises:
        ValueError: an asset, an archive or a resource reference, which no stand-in takes.
    """
    return _plain(json_format.MessageToDict(struct, preserving_proto_field_name=True))


def to_wire(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The properties of an answer."""
    struct = struct_pb2.Struct()
    struct.update(_wire(values))
    return struct


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        signature = value.get(_special_sig_key)
        if signature in (SECRET_SIGNATURE, OUTPUT_SIGNATURE):
            return _plain(value["value"]) if "value" in value else UNKNOWN
        if signature is not None:
            raise ValueError(f"{ASSET_SIGNATURES.get(signature, 'a value of an unknown kind')} is not supported here")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any], ignored: Sequence[str] = ()) -> list[str]:
    """Names of the top-level properties that differ; an unknown always does, an absent one equals null."""
    skip = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in ignored}
    return [
        name
        for name in dict.fromkeys([*new, *old])
        if not name.startswith("__")
        and name not in skip
        and (contains_unknown(new.get(name)) or old.get(name) != new.get(name))
    ]
