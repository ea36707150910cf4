"""The class of every resource type of the allowed packages: judged, harmless, opaque or refused.

The data is in the TOML files in this folder, for a reviewer to approve; `aws.toml` explains the classes. Whether a type
is judged follows from the policies themselves. Types in neither are refused.
"""

from __future__ import annotations

import functools
import importlib
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies.kernel.kinds import CORE, PACKAGE, kind_of

HARMLESS: Final = "harmless"
JUDGED: Final = "judged"
OPAQUE: Final = "opaque"
REFUSED: Final = "refused"
CLASSES: Final = (HARMLESS, JUDGED, OPAQUE, REFUSED)
ALL: Final = "*"
ANY_GROUP: Final = "*."
"""The prefix of a key that means every API group with that ending."""
AWS: Final = "aws"
SAME_SERVICES: Final = frozenset({"aws-native", "awscc"})
"""Packages for AWS besides `aws`, of which only the types that policies judge may be used."""
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """The class of a type, and the reason."""

    class_: str
    reason: str


NOT_LISTED: Final = Entry(REFUSED, "is not in the catalog of this pack")
_JUDGED: Final = Entry(JUDGED, "policies judge it")
_SAME: Final = Entry(OPAQUE, "spells its properties in a way that no policy reads")

Table = Mapping[str, Mapping[str, Entry]]
"""Service, API group or module -> name of the type, or ALL -> its entry."""


@functools.cache
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@functools.cache
def opaque_properties() -> Mapping[str, tuple[str, ...]]:
    """Type of the aws package that is harmless only without some properties -> their paths."""
    return {type_: tuple(paths) for type_, paths in _file(AWS)["opaque_properties"].items()}


@functools.cache
def opaque_fields() -> frozenset[str]:
    """Fields of custom resources that contain objects or pods as text."""
    return frozenset(_file(PACKAGE)["opaque_fields"])


@functools.cache
def table(name: str) -> Table:
    """A file of the catalog: `aws`, `kubernetes` or `others`.

    Raises:
        ValueError: a class does not exist, a type is listed twice, or a class that allows is assigned to all types.
    """
    made: dict[str, dict[str, Entry]] = {}
    for group in _file(name)["group"]:
        entry = Entry(group["class"], group["reason"])
        types: dict[str, str] = {**group.get("types", {}), **dict.fromkeys(group.get("services", "").split(), ALL)}
        for service, names in types.items():
            for type_ in names.split():
                allows_all = type_ == ALL and entry.class_ in (HARMLESS, JUDGED)
                if entry.class_ not in CLASSES or allows_all or type_ in made.setdefault(service, {}):
                    raise ValueError(f"{name}.toml: {service}: {type_}: {entry.class_}")
                made[service][type_] = entry
    return made


@functools.lru_cache(maxsize=4096)
def entry(type_: str) -> Entry:
    """The entry of a type token of an allowed package."""
    of_file = listed(type_)
    if (of_file is None or of_file.class_ != OPAQUE) and judged(type_):
        return _JUDGED
    return of_file or (_SAME if type_.partition(":")[0] in SAME_SERVICES else NOT_LISTED)


def listed(type_: str) -> Entry | None:
    """The entry of a type in the files."""
    names, name = _place(type_)
    return names.get(name) or names.get(ALL)


@functools.lru_cache(maxsize=4096)
def judged(type_: str) -> bool:
    """Whether a policy covers this specific type, not only any resource of that kind."""
    kind = kind_of(type_)
    custom = kind is not None and kind.custom
    return any(type_ in types and not (custom and not isinstance(types, Set)) for types in _judging())


@functools.cache
def _judging() -> tuple[Any, ...]:
    # By name, because the registry imports the policies, and these need the registry's data.
    policies = importlib.import_module("policies.registry").POLICIES
    return tuple(policy.types for policy in policies if not getattr(policy.types, "by_name", False))


def _place(type_: str) -> tuple[Mapping[str, Entry], str]:
    """The entries of a type's service, group or module, and the type's name there."""
    package, module, name = [*type_.split(":", 2), "", ""][:3]
    kind = kind_of(type_)
    if package == AWS:
        return table(AWS).get(module.partition("/")[0], {}), name
    if kind is None:
        return table("others").get(f"{package}:{module.partition('/')[0]}", {}), name
    groups, group = table(PACKAGE), "core" if kind.group == CORE else kind.group
    wide = (found for key, found in groups.items() if key.startswith(ANY_GROUP) and group.endswith(key[1:]))
    return groups.get(group) or next(wide, {}), kind.kind
