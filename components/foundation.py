"""The foundation's outputs for the platform: one typed, versioned object without secrets, validated when read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import pulumi
from pydantic.alias_generators import to_camel

from components.cluster.kubeconfig import kubeconfig, require_reachable
from components.context import AwsContext
from components.network.plan import Tier
from policies.guidelines.eks import Architecture

Layer = Literal["foundation", "platform", "all"]
VERSION: Final = 1
"""Of the object; a change of its fields takes the next one."""
OUTPUT: Final = "foundation"
"""Output of a foundation's stack that holds the object."""
LAYER_OUTPUT: Final = "layer"
"""Output of every stack: the layer that it holds."""
SETTING: Final = "palisade:foundation"
READ_OUTPUTS: Final = "pulumi:pulumi:readStackOutputs"
"""The engine's function behind `pulumi.StackReference` (builtins.go in pulumi/pkg, 3.259.0). The resource would copy
every output of the foundation, people's VPN keys included, into the platform's state; the function records nothing."""


class FoundationError(pulumi.RunError):
    """The foundation cannot be used; the message has the setting and the remedy."""

    def __init__(self, stack: str, found: str, allowed: str) -> None:
        super().__init__(f"{SETTING}: {stack} {found}; {allowed}. Nothing was registered (INH-4)")


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """Values of account, network, VPN and cluster that the platform needs. Adding a field takes the next VERSION."""

    name: str
    """What every resource is called after; the cluster's name."""
    environment: str
    """production, development or sandbox."""
    context: AwsContext
    """Where the foundation is."""
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    subnet_ids: Mapping[Tier, Mapping[str, pulumi.Input[str]]]
    """Tier -> zone letter -> subnet."""
    subnet_cidrs: Mapping[Tier, Mapping[str, str]]
    """Tier -> zone letter -> its range."""
    firewall_rule_group_id: pulumi.Input[str] | None
    """Rule group of the DNS firewall; None: the VPC resolves any domain."""
    api_endpoint: pulumi.Input[str]
    """https URL of the private Kubernetes API."""
    certificate_authority_data: pulumi.Input[str]
    """Of the API; base64 PEM."""
    oidc_issuer: pulumi.Input[str]
    """Without https://; identifies this one cluster."""
    node_security_group_id: pulumi.Input[str]
    """On every node; the platform adds rules of its own to it."""
    node_architectures: Sequence[Architecture]
    """Of the nodes that take pods without tolerations."""
    autoscaling_group_names: Mapping[str, pulumi.Input[str]]
    """Node group -> its Auto Scaling group."""
    application_log_group_name: pulumi.Input[str]
    """Log group of the containers' output."""
    vpn_address: pulumi.Input[str]
    """Public address that the VPN's people come from."""
    vpn_client_ports: Sequence[int]
    """TCP ports that people reach through the VPN."""
    topic_arn: pulumi.Input[str]
    """Topic of the alarms."""

    def exported(self) -> dict[str, Any]:
        """The object as a stack output."""
        values = {to_camel(field.name): getattr(self, field.name) for field in fields(self)}
        context = {to_camel(field.name): getattr(self.context, field.name) for field in fields(AwsContext)}
        return {"version": VERSION, **values, "context": context}

    def kubeconfig(self) -> pulumi.Output[str]:
        """A kubeconfig without a secret; fails with advice if the API exists and does not respond.

        Raises:
            ApiUnreachableError: when the output resolves; also in a preview, if the API exists.
        """

        def checked(known: list[str]) -> str:
            require_reachable(known[0])
            return kubeconfig(self.name, self.context.region, *known)

        return pulumi.Output.all(self.api_endpoint, self.certificate_authority_data).apply(checked)


def read_foundation(stack: str, context: AwsContext) -> Foundation:
    """Read the object from the outputs of the foundation's stack, before anything is registered.

    Args:
        stack: its full name, such as example-org/palisade/production.
        context: account and region of the running stack.

    Raises:
        FoundationError: the stack, or its object, cannot be used.
    """
    try:
        outputs = pulumi.runtime.invoke(READ_OUTPUTS, {"name": stack}).value["outputs"]
    except Exception as fault:  # noqa: BLE001 - the SDK raises nothing narrower
        reason = str(fault).strip().splitlines()[-1]
        found, allowed = f"cannot be read ({reason})", "give the foundation's stack as ORGANIZATION/palisade/STACK"
        raise FoundationError(stack, found, allowed) from None
    return foundation_from(stack, outputs or {}, context)


def foundation_from(stack: str, outputs: Mapping[str, Any], context: AwsContext) -> Foundation:
    """The validated object among a stack's outputs. Raises as `read_foundation`."""
    layer, handed_on = outputs.get(LAYER_OUTPUT), outputs.get(OUTPUT)
    if layer in ("platform", "all"):
        raise FoundationError(stack, f"holds the layer {layer}", "name a stack whose palisade:layer is foundation")
    complete = f"run `pulumi up --stack {stack}` to its end first"
    if not isinstance(handed_on, Mapping):
        raise FoundationError(stack, f"has no output `{OUTPUT}`", complete)
    _require_version(stack, handed_on)
    values: dict[str, Any] = {field.name: handed_on.get(to_camel(field.name)) for field in fields(Foundation)}
    optional = {"firewall_rule_group_id"}
    if missing := sorted(to_camel(name) for name, value in values.items() if value is None and name not in optional):
        raise FoundationError(stack, f"has an output `{OUTPUT}` without {', '.join(missing)}", complete)
    where = values["context"]
    for key, here, setting in (
        ("accountId", context.account_id, "use credentials of that account"),
        ("region", context.region, "set aws:region to it"),
    ):
        if where.get(key) != here:
            raise FoundationError(stack, f"is in {where.get(key)}, and this stack in {here}", setting)
    ports = [int(port) for port in values["vpn_client_ports"]]
    return Foundation(**{**values, "context": context, "vpn_client_ports": ports})


def _require_version(stack: str, handed_on: Mapping[str, Any]) -> None:
    version = handed_on.get("version")
    if version == VERSION:
        return
    shown = f"{version:g}" if isinstance(version, int | float) else json.dumps(version)
    found = f"has version {shown} of the output `{OUTPUT}`, and this program reads version {VERSION}"
    if isinstance(version, int | float) and version > VERSION:
        raise FoundationError(stack, found, "run this stack with the version of the program that made the foundation")
    raise FoundationError(stack, found, f"run `pulumi up --stack {stack}` with this version of the program first")
