"""Pass properties to a policy exactly as the SDK's analyzer does: through protobuf, and behind its proxies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from policies.kernel.cases import Item
from policies.kernel.policy import Policy

LEVELS = {"advisory": 0, "mandatory": 1, "disabled": 2, "remediate": 3}
"""Enforcement level -> its number in the engine's protocol."""
OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


@dataclass(frozen=True)
class Outcome:
    """The violations that the SDK would report."""

    violations: tuple[str, ...]
    urns: tuple[str | None, ...]
    undecided: str | None
    """The note about what is not known yet."""


def wire(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine sends them: without internal ones, such as `__internal`."""
    struct = struct_pb2.Struct()
    struct.update({key: value for key, value in props.items() if not key.startswith("__")})
    return struct


def proxied(props: Mapping[str, Any]) -> Any:
    """Properties as a policy receives them."""
    return unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(wire(props))))


def _provider_type(item: Item) -> str:
    return f"pulumi:providers:{item.type.partition(':')[0]}"


def _provider(item: Item) -> PolicyProviderResource | None:
    """The provider of a resource, except for components, as policies receive it."""
    type_ = _provider_type(item)
    return None if item.component else PolicyProviderResource(type_, {}, f"urn:pulumi:test::cases::{type_}::it", "it")


def request(item: Item, message: Any = analyzer_pb2.AnalyzeRequest) -> Any:
    """The engine's message for a resource, with its provider, except for components.

    Args:
        item: the resource.
        message: its class; for a resource in a stack, AnalyzerResource.
    """
    provider = None if item.component else analyzer_pb2.AnalyzerProviderResource(type=_provider_type(item), name="it")
    return message(type=item.type, urn=urn_of(item), name=item.name, properties=wire(item.props), provider=provider)


def policy_config(level: str, properties: Mapping[str, Any]) -> analyzer_pb2.PolicyConfig:
    """A policy's configuration as the engine sends it."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(properties), struct)
    return analyzer_pb2.PolicyConfig(enforcementLevel=LEVELS[level], properties=struct)  # type: ignore[arg-type]


def urn_of(item: Item) -> str:
    """The item's URN."""
    return item.urn or f"urn:pulumi:test::cases::{item.type}::{item.name}"


def outcome(policy: Policy, items: tuple[Item, ...], config: Mapping[str, Any] | None = None) -> Outcome:
    """The violations of a policy for a resource, or for a stack."""
    violations: list[str] = []
    urns: list[str | None] = []
    undecided = None

    def report(message: str, urn: str | None = None) -> None:
        violations.append(message)
        urns.append(urn)

    adapted = policy.adapt()
    try:
        if isinstance(adapted, ResourceValidationPolicy):
            (item,) = items
            args = ResourceValidationArgs(
                item.type, proxied(item.props), urn_of(item), item.name, OPTIONS, _provider(item), dict(config or {})
            )
            assert adapted.validate(args, report) is None
        else:
            assert isinstance(adapted, StackValidationPolicy)
            adapted.validate(StackValidationArgs(_resources(items), dict(config or {})), report)
    except UnknownValueError as note:
        undecided = note.message
    return Outcome(tuple(violations), tuple(urns), undecided)


def _resources(items: tuple[Item, ...]) -> list[PolicyResource]:
    made = {
        item.name: PolicyResource(item.type, proxied(item.props), urn_of(item), item.name, OPTIONS, None, None, [], {})
        for item in items
    }
    assert len(made) == len(items), "each item of a stack has a name of its own"
    for item in items:
        made[item.name].property_dependencies = {
            key: [made[name] for name in names] for key, names in item.depends_on.items()
        }
    return list(made.values())
