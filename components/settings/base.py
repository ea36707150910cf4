"""What every section of the settings shares: no unknown keys, names in camelCase, errors that cite the requirement."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """A part of the configuration. Unknown keys are errors, and nothing changes afterwards."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, validate_default=True
    )


class SettingsError(pulumi.RunError):
    """Every fault of the configuration: its key, the value, what is allowed and the requirement.

    The engine shows a RunError's words alone, without a traceback.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(
            f"{len(faults)} setting{'s are' if len(faults) > 1 else ' is'} not valid; nothing was registered:\n"
            + "\n".join(f"  - {fault}" for fault in faults)
        )


def ipv4_network(value: str) -> str:
    """A canonical IPv4 network, such as 10.0.0.0/16.

    Raises:
        ValueError: IPv6, host bits set, no prefix, or not a network at all.
    """
    if ":" in value:
        raise ValueError("IPv6 is not supported here: give an IPv4 network such as 203.0.113.0/24")
    if "/" not in value:
        raise ValueError(f"give the prefix as well, such as {value}/32 for one address")
    try:
        return str(ipaddress.IPv4Network(value))
    except ValueError as fault:
        raise ValueError(f"{fault}; give an IPv4 network such as 203.0.113.0/24") from None


def camel_case(faults: Iterable[str]) -> list[str]:
    """Faults of a component's arguments as faults of settings: the path before the first colon in camelCase."""
    parts = (fault.partition(":") for fault in faults)
    return [re.sub(r"_([a-z])", lambda after: after[1].upper(), path) + f":{text}" for path, _, text in parts]


def matching(pattern: str, allowed: str) -> AfterValidator:
    """A validator of text that says in words what is allowed, where a pattern alone would not help anyone."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"must be {allowed}")
        return value

    return AfterValidator(check)


def secret(value: SecretStr) -> pulumi.Output[str]:
    """A secret setting as components take it: encrypted in the state, and shown nowhere."""
    return pulumi.Output.secret(value.get_secret_value())


Ipv4Cidr = Annotated[str, AfterValidator(ipv4_network)]
Email = Annotated[str, matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address, such as ada@example.org")]
InstanceType = Annotated[str, matching(r"[a-z0-9-]+\.[a-z0-9-]+", "an EC2 instance type, such as m7i.large")]
ResourceName = Annotated[
    str, matching(r"[a-z][a-z0-9-]{0,30}", "1 to 31 lower-case letters, digits and dashes, starting with a letter")
]
