"""Read the stack's configuration into Settings, reporting every fault at once before anything is registered."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from pulumi.runtime import config as engine
from pydantic import SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from components.faults import Fault, Path
from components.settings.base import PROJECT, SettingsError, setting
from components.settings.judge import settings_faults
from components.settings.model import SECRETS, Settings

Location = tuple[int | str, ...]

REQUIREMENTS: Final = {
    "account": "AWS-TRAIL",
    "alerts": "INH-3",
    "automation": "VPN-MFA",
    "certificateKeys": "TLS-PUB",
    "certificates": "TLS-PUB",
    "cluster.bootstrapCidrs": "VPN-MFA",
    "cluster.egressPorts": "AWS-EGRESS",
    "cluster.logRetentionDays": "INH-1",
    "cluster.podPorts": "AWS-SG",
    "deis": "DEIS-REG",
    "deis.whitelist": "DEIS-WL",
    "deisCertificateKey": "TLS-PUB",
    "duoSecretKey": "VPN-MFA",
    "network": "AWS-EGRESS",
    "network.cidr": "AWS-SG",
    "network.logRetentionDays": "INH-1",
    "people": "SSH-USER",
    "vpn": "VPN-MFA",
}
"""Why a value of the wrong type is refused; the rest serves INH-4."""

UNION: Final = ("vpn", "mfa")
"""The one setting that is a union of models: pydantic's locations contain the chosen member (`duo`) like a key."""
STAND_INS: Final = ("", [], {}, "2000-01-01")
"""One of each type that a setting without a default has."""
MOST_ROUNDS: Final = 20
"""More than any value takes: it is left out, then each of STAND_INS is tried."""


def load(config: Mapping[str, str], secret_keys: Collection[str]) -> Settings:
    """The validated settings of a stack.

    Args:
        config: every configuration value of the stack by its full key; objects as JSON, as the engine gives them.
        secret_keys: the keys that are encrypted in the stack's file.

    Raises:
        SettingsError: all faults, each with its key, the value, the allowed values and the requirement.
    """
    own = {key.split(":", 1)[1]: value for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    faults = [
        Fault(setting(key), "is in plain text", f"set it with `pulumi config set --secret {PROJECT}:{key}`", "INH-4")
        for key in sorted(SECRETS & own.keys())
        if f"{PROJECT}:{key}" not in secret_keys
    ]
    settings, mistyped = _typed({key: _decoded(key, value) for key, value in own.items()})
    faults += mistyped
    if settings is not None:
        paths = [fault.path for fault in mistyped]
        judged = settings_faults(settings, config.get("aws:region"), knows_layer=setting("layer") not in paths)
        faults += [fault for fault in judged if not any(_related(fault.path, path) for path in paths)]
    if faults or settings is None:
        raise SettingsError(faults)
    return settings


def _typed(values: dict[str, Any]) -> tuple[Settings | None, list[Fault]]:
    """The settings, and the faults of values with a wrong type; those are replaced to validate the rest."""
    given, faults, attempts = copy.deepcopy(values), list[Fault](), dict[Location, int]()
    for _ in range(MOST_ROUNDS):
        try:
            return Settings.model_validate(given), faults
        except ValidationError as error:
            for one in error.errors(include_url=False):
                at = _location(one["loc"])
                if at not in attempts:
                    faults.append(_described(at, one, values))
                attempts[at] = attempts.get(at, -1) + 1
                _replace(given, at, one, attempts[at])
    return None, faults


def _replace(values: Any, at: Location, error: Any, attempt: int) -> None:
    """Omit a wrong value; replace it with a value of the right type if it has no default."""
    *above, last = at
    for key in above:
        values = values[key]
    if error["type"] == "literal_error" and attempt:
        values[last] = re.findall(r"'([^']*)'", error["ctx"]["expected"])[0]
    elif error["type"] == "missing" or attempt:
        values[last] = copy.copy(STAND_INS[(attempt - (error["type"] != "missing")) % len(STAND_INS)])
    elif isinstance(values, list):
        values[int(last)] = ""
    else:
        del values[last]


def _location(location: Location) -> Location:
    """The path of an error in the configuration: without the model of a union, and without the mark of a key."""
    if location[: len(UNION)] == UNION:
        location = (*UNION, *location[len(UNION) + 1 :])
    return location[:-1] if location[-1] == "[key]" else location


def _related(one: Path, other: Path) -> bool:
    """Whether a setting is equal to, or a part of, another setting."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _decoded(key: str, value: str) -> Any:
    """The configured value: the engine passes every non-string as JSON."""
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


def _path(at: Location, values: Any) -> Path:
    """The keys of a location, with the names of entries instead of their list indices."""
    keys = []
    for key in at:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            values = None
        named = values.get("name") or values.get("namespace") if isinstance(values, dict) else None
        keys.append(named if isinstance(key, int) and isinstance(named, str) else str(key))
    return setting(*keys)


def _described(at: Location, error: Any, values: Any) -> Fault:
    """The fault for a pydantic error; it contains no value of a secret."""
    requirement = REQUIREMENTS.get(".".join(map(str, at[:2]))) or REQUIREMENTS.get(str(at[0]), "INH-4")
    value = error.get("input")
    shown = "the value" if at[0] in SECRETS or isinstance(value, dict | list) else repr(value)
    found, allowed = f"{shown} is not allowed", error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        found, allowed = "is not a setting", "see Pulumi.example.yaml for all of them"
    elif error["type"] == "missing":
        found, allowed = "is missing", "see Pulumi.example.yaml for an example"
    elif error["type"] == "string_type":
        allowed = "it must be a text; put it in quotes"
    elif error["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        found = f"{value} is not allowed" if isinstance(value, str) else found
        allowed = f"choose from {', '.join(choices)}"
    return Fault(_path(at, values), found, allowed.replace("Input should be", "it must be", 1), requirement)


def load_stack() -> Settings:
    """The settings of the running stack, from the engine's configuration.

    Raises:
        SettingsError: as `load`.
    """
    config = {**engine.get_config_env(), **engine.CONFIG.get()}
    secrets = [*engine.get_config_secret_keys_env(), *(key for key in config if engine.is_config_secret(key))]
    return load(config, secrets)
