"""Property values between the engine's wire format and plain Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import (
    UNKNOWN,
    _special_archive_sig,
    _special_asset_sig,
    _special_output_value_sig,
    _special_resource_sig,
    _special_secret_sig,
    _special_sig_key,
)

REFUSED_SIGNATURES = {
    _special_asset_sig: "an asset",
    _special_archive_sig: "an archive",
    _special_resource_sig: "a resource reference",
}
UNKNOWNS = {
    # The engine has an unknown for each type of value; the SDK, and the rest of this package, use only that of strings.
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}


def is_unknown(value: Any) -> bool:
    """Whether the value will only be known after a creation."""
    return isinstance(value, str) and value == UNKNOWN


def contains_unknown(value: Any) -> bool:
    """Whether it contains an unknown."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return is_unknown(value)


def from_wire(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a request, with whole numbers as int and remaining secrets in plain text.

    Raises:
        ValueError: an asset, an archive or a resource reference, which no stand-in supports.
    """
    return plain(json_format.MessageToDict(struct, preserving_proto_field_name=True))


def to_wire(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The properties of a response."""
    struct = struct_pb2.Struct()
    struct.update(_wire(values))
    return struct


def plain(value: Any) -> Any:
    """A property value without wire markers: whole numbers as int, secrets as their content."""
    if isinstance(value, dict):
        signature = value.get(_special_sig_key)
        if signature in (_special_secret_sig, _special_output_value_sig):
            return plain(value["value"]) if "value" in value else UNKNOWN
        if signature is not None:
            raise ValueError(f"{REFUSED_SIGNATURES.get(signature, 'a value of an unknown kind')} is not supported here")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if isinstance(value, str) and value in UNKNOWNS else value


def _wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value


def secret_paths(struct: struct_pb2.Struct) -> frozenset[str]:
    """Top-level names of the properties that are, or contain, secrets."""
    return frozenset(name for name, value in struct.fields.items() if _holds_secret(value))


def marked_like(
    inputs: struct_pb2.Struct, outputs: struct_pb2.Struct, additional: Collection[str] = ()
) -> struct_pb2.Struct:
    """The outputs, marked secret if their input was secret, as in the engine, or if they are listed."""
    marked = struct_pb2.Struct()
    for name, value in outputs.fields.items():
        if name in additional:
            marked.fields[name].CopyFrom(_secret(value))
        else:
            marked.fields[name].CopyFrom(_marked(inputs.fields.get(name), value))
    return marked


def _marked(source: struct_pb2.Value | None, value: struct_pb2.Value) -> struct_pb2.Value:
    if source is None or not _holds_secret(source):
        return value
    if _is_secret(source) or value.WhichOneof("kind") != "struct_value":
        return _secret(value)
    inner = marked_like(source.struct_value, value.struct_value)
    return struct_pb2.Value(struct_value=inner)


def _secret(value: struct_pb2.Value) -> struct_pb2.Value:
    wrapped = struct_pb2.Value()
    wrapped.struct_value.fields[_special_sig_key].string_value = _special_secret_sig
    wrapped.struct_value.fields["value"].CopyFrom(value)
    return wrapped


def _is_secret(value: struct_pb2.Value) -> bool:
    fields = value.struct_value.fields
    return _special_sig_key in fields and fields[_special_sig_key].string_value == _special_secret_sig


def _holds_secret(value: struct_pb2.Value) -> bool:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _is_secret(value) or any(_holds_secret(item) for item in value.struct_value.fields.values())
        case "list_value":
            return any(_holds_secret(item) for item in value.list_value.values)
    return False


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any], ignored: Sequence[str] = ()) -> list[str]:
    """Names of the top-level properties that differ; an unknown always differs, an absent one equals null.

    Args:
        ignored: names whose changes are ignored. The engine has already restored the old values at longer paths.
    """
    return [
        name
        for name in dict.fromkeys([*new, *old])
        if not name.startswith("__")
        and name not in ignored
        and (contains_unknown(new.get(name)) or old.get(name) != new.get(name))
    ]
