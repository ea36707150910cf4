"""The pack's configuration, in the format of `--policy-pack-config` and `pulumi policy enable --config`.

A policy's ID, or `all`, maps to a level, or to an object with `enforcementLevel`, `exemptions` and the policy's own
settings. The engine ignores unknown policies and unknown settings; here both are errors.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pulumi_policy import EnforcementLevel

from policies.kernel import exemptions
from policies.kernel.frameworks import FRAMEWORKS
from policies.kernel.policy import Policy
from policies.kernel.value import Value

ALL: Final = "all"
LEVEL: Final = "enforcementLevel"
LEVELS: Final = tuple(level.value for level in EnforcementLevel)
DISABLED: Final = EnforcementLevel.DISABLED.value
FOLDER: Final = Path(__file__).parents[1] / "presets"
PRESETS: Final = ("development", "production", *FRAMEWORKS)
LONGEST_FOUND: Final = 80
KINDS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
WORDS: Final = {
    "minItems": "with {} or more",
    "pattern": "that matches {}",
    "minLength": "of {} or more characters",
    "minimum": "from {}",
    "maximum": "to {}",
}
"""What a schema asks for besides the kind."""

Given = Mapping[str, Any]
"""What a file holds: a policy's ID -> its level or its object."""


class ConfigurationError(Exception):
    """All errors of a configuration, each a sentence with policy, key, value and the allowed values."""

    def __init__(self, where: str, faults: Sequence[str]) -> None:
        super().__init__("\n".join(f"{where}: {fault}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Configured:
    """The configuration of a policy."""

    level: EnforcementLevel
    settings: Mapping[str, Any]
    """With `exemptions`, without the defaults of the policy's own settings."""


def schema(policy: Policy) -> dict[str, Any]:
    """The JSON schema of a policy's configuration, as an object."""
    levels = [level for level in LEVELS if not (policy.always and level == DISABLED)]
    level = {"type": "string", "enum": levels, "description": "What a violation does."}
    settings = {name: dict(each) for name, each in policy.settings.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {LEVEL: level, exemptions.KEY: exemptions.SCHEMA, **settings},
    }


def load(path: Path) -> dict[str, Any]:
    """The configuration in a file.

    Raises:
        ConfigurationError: it cannot be read, or is not a JSON object.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigurationError(str(path), [f"cannot be read: {fault.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError(str(path), ["is not UTF-8 text"]) from None
    except (ValueError, RecursionError) as fault:
        raise ConfigurationError(str(path), [f"is no JSON: {fault}"]) from None
    if not isinstance(given, dict):
        raise ConfigurationError(str(path), [f"holds {_shown(given)}; allowed: an object of policies"])
    return given


def preset(name: str) -> dict[str, Any]:
    """The configuration that the pack includes under a name in PRESETS."""
    return load(FOLDER / f"{name}.json")


def merged(*layers: Given) -> dict[str, Any]:
    """Merge the layers: for each policy, the keys of a later layer override those of an earlier layer."""
    made: dict[str, Any] = {}
    for layer in layers:
        if ALL in layer:
            # Same as the engine: a level for all comes before those of single policies, within its own layer.
            made = {name: {key: of[key] for key in of if key != LEVEL} for name, of in made.items()}
        for name, entry in layer.items():
            made[name] = {**made.get(name, {}), **_object(entry)}
    return made


def faults(given: Given, policies: Sequence[Policy]) -> list[str]:
    """All unknown or invalid policies, keys and values in a configuration; empty if it is valid."""
    by_id = {policy.id: policy for policy in policies}
    found: list[str] = []
    for name, entry in given.items():
        if name != ALL and name not in by_id:
            near = difflib.get_close_matches(name, by_id, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(f"{name}: no policy has this ID{hint}")
        elif not isinstance(entry, str | dict):
            found.append(f"{name}: {_shown(entry)} is not allowed; allowed: a level ({', '.join(LEVELS)}) or an object")
        else:
            wanted = _schema_of_all() if name == ALL else schema(by_id[name])
            found += [f"{name}{fault}" for fault in _faults(wanted, _object(entry))]
    return found


def exception_faults(given: Given) -> list[str]:
    """All exemptions that match the schema but are ignored: invalid date, too far in the future, or too broad.

    The engine ignores these, and so blocks the resources they name; checking beforehand reports the mistake.
    """
    entries = ((name, _object(entry)) for name, entry in given.items())
    return [f"{name}.{fault}" for name, entry in entries for fault in exemptions.read(Value(entry))[1]]


def resolve(given: Given, policies: Iterable[Policy]) -> dict[str, Configured]:
    """The configuration of each policy, from a valid configuration."""
    everyone = _object(given.get(ALL, {})).get(LEVEL)
    made: dict[str, Configured] = {}
    for policy in policies:
        entry = dict(_object(given.get(policy.id, {})))
        level = entry.pop(LEVEL, None) or (None if policy.always and everyone == DISABLED else everyone)
        made[policy.id] = Configured(EnforcementLevel(level) if level else policy.level, entry)
    return made


def _object(entry: Any) -> dict[str, Any]:
    return {LEVEL: entry} if isinstance(entry, str) else entry


def _schema_of_all() -> dict[str, Any]:
    level = {"type": "string", "enum": list(LEVELS)}
    return {"type": "object", "additionalProperties": False, "properties": {LEVEL: level}}


def _faults(wanted: dict[str, Any], entry: Any) -> list[str]:
    errors: list[ValidationError] = list(Draft202012Validator(wanted).iter_errors(entry))
    errors.sort(key=lambda one: [str(part) for part in one.absolute_path])
    # A schema's `required` fails once for each missing key; report it once.
    return list(dict.fromkeys(fault for error in errors for fault in _words(error, wanted)))


def _words(error: ValidationError, whole: Mapping[str, Any]) -> Iterator[str]:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    wanted: Any = error.schema
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        for key in instance:
            if key not in wanted["properties"]:
                yield f"{path}.{key}: no such key; allowed: {', '.join(wanted['properties'])}"
    elif error.validator == "required":
        missing = [key for key in wanted["required"] if key not in instance]
        yield f"{path}: {', '.join(missing)} missing; allowed: an object with {', '.join(wanted['required'])}"
    else:
        setting = whole["properties"].get(next(iter(error.absolute_path), None), {})
        about = wanted.get("description") or setting.get("description", "")
        hint = f" - {about}" if about else ""
        yield f"{path}: {_shown(instance)} is not allowed; allowed: {allowed(wanted)}{hint}"


def allowed(wanted: Mapping[str, Any]) -> str:
    """The values that a schema allows, in words."""
    kind = KINDS.get(str(wanted.get("type")), "a value")
    parts = [f"one of {', '.join(wanted['enum'])}" if "enum" in wanted else kind]
    for key, words in WORDS.items():
        if key in wanted:
            parts.append(words.format(wanted[key]))
    if wanted.get("items", {}).get("type") in ("string", "integer", "number"):
        parts.append(f"of {allowed(wanted['items'])}")
    return " ".join(parts)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}..."
