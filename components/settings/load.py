"""Reads the stack's configuration into Settings, reporting every fault at once before anything is registered."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from pulumi.runtime import config as engine
from pydantic import SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from components.settings.base import SettingsError
from components.settings.model import SECRETS, Settings

PROJECT = "palisade"
CITED = re.compile(r"\([A-Z]+-[A-Z0-9]+[^)]*\)")
REQUIREMENTS = {
    "account": "AWS-TRAIL",
    "alerts": "INH-3",
    "automation": "VPN-MFA",
    "baseline": "INH-4",
    "certificateKeys": "TLS-PUB",
    "certificates": "TLS-PUB",
    "cluster.bootstrapCidrs": "VPN-MFA",
    "cluster.egressPorts": "AWS-EGRESS",
    "cluster.logRetentionDays": "INH-1",
    "cluster.podPorts": "AWS-SG",
    "deis": "DEIS-REG, DEIS-WL",
    "deisCertificateKey": "TLS-PUB",
    "deisRegistryPassword": "INH-4",
    "duoSecretKey": "VPN-MFA",
    "network": "AWS-SG, AWS-EGRESS",
    "network.logRetentionDays": "INH-1",
    "people": "SSH-USER, VPN-MFA",
    "vpn": "VPN-MFA",
}
"""Why a section is checked, for the faults whose own words name no requirement; the rest serves INH-4."""

UNION = ("vpn", "mfa")
"""The one setting that is one of several models: pydantic tells by which it judged (`duo`) as if that were a key."""


def load(config: Mapping[str, str], secret_keys: Collection[str]) -> Settings:
    """The validated settings of a stack.

    Args:
        config: every configuration value of the stack by its full key; objects as JSON, as the engine gives them.
        secret_keys: the keys that are encrypted in the stack's file.

    Raises:
        SettingsError: all faults, each with its key, the value, what is allowed and the requirement.
    """
    own = {key.split(":", 1)[1]: value for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    faults = [
        f"{PROJECT}:{key}: is in plain text; set it with `pulumi config set --secret {PROJECT}:{key}`"
        for key in sorted(SECRETS & own.keys())
        if f"{PROJECT}:{key}" not in secret_keys
    ]
    settings = None
    try:
        settings = Settings.model_validate({key: _decoded(key, value) for key, value in own.items()})
    except ValidationError as error:
        told = error.errors(include_url=False)
        # A list that is short because of its wrong entries is no fault besides theirs.
        short = [one for one in told if one["type"] == "too_short" and any(_inside(other, one) for other in told)]
        faults += [text for fault in told if fault not in short for text in _described(fault)]
    if faults or settings is None:
        raise SettingsError(faults)
    return settings


def _decoded(key: str, value: str) -> Any:
    """The value as configured: the engine hands every non-string over as JSON."""
    if _is_text(key):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _is_text(key: str) -> bool:
    """Whether a top-level setting is a string, which must not be read as JSON ('1.30' is not a number)."""
    fields = {to_camel(name): field for name, field in Settings.model_fields.items()}
    return key in fields and fields[key].annotation in (str, str | None, SecretStr | None)


def _inside(fault: Any, of: Any) -> bool:
    """Whether a fault is of a part of what another one is of."""
    return len(fault["loc"]) > len(of["loc"]) and fault["loc"][: len(of["loc"])] == of["loc"]


def _described(fault: Any) -> list[str]:
    """One pydantic error as the sentences that a person acts on."""
    location, value = fault["loc"], fault.get("input")
    if location[:2] == UNION:
        location = (*UNION, *location[3:])
    section, key = ".".join(map(str, location[:1])), ".".join(map(str, location[:2]))
    requirement = REQUIREMENTS.get(key) or REQUIREMENTS.get(section, "INH-4")
    where = ".".join(map(str, location))
    message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be", 1)
    if fault["type"] == "extra_forbidden":
        message = "is not a setting; see Pulumi.example.yaml for all of them"
    elif fault["type"] == "missing":
        message = "is missing; see Pulumi.example.yaml for an example"
    elif fault["type"] == "string_type":
        message = "must be a text; put it in quotes"
    elif fault["type"] == "too_short":
        message = f"needs {fault['ctx']['min_length']} or more, found {fault['ctx']['actual_length']}"
    if not where:
        return [f"{PROJECT}:{line}" for line in message.splitlines()]
    if not CITED.search(message):
        message += f" ({requirement})"
    shown = "" if fault["type"] == "missing" or isinstance(value, dict) else f" (found {value!r})"
    if location[0] in SECRETS:
        shown = ""
    return [f"{PROJECT}:{where}: {message}{shown}"]


def load_stack() -> Settings:
    """The settings of the stack that is running, from wherever the engine put its configuration.

    Raises:
        SettingsError: as `load`.
    """
    config = {**engine.get_config_env(), **engine.CONFIG.get()}
    secrets = [*engine.get_config_secret_keys_env(), *(key for key in config if engine.is_config_secret(key))]
    return load(config, secrets)
