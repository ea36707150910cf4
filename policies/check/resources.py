"""One resource of a file, as rules read it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pulumi_policy import proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies.kernel.value import Value

T = TypeVar("T", list[Any], dict[str, Any])
UNKNOWN: Final = proxy.UNKNOWN_STRING_VALUE
BLINDED: Final = "[secret]"
"""What `pulumi preview --json` shows in the place of a secret."""
REFERENCE_SIG: Final = "5cf8f73096256a8f31e491e813e4eb8e"
URN: Final = re.compile(r"urn:pulumi:[^:]+::[^:]+::.+?::.")
POSITION: Final = re.compile(r"project:///((?!\.\.)[^#]+)#(\d+)")
WAYS: Final = (
    "give the output of `pulumi stack export`, `pulumi preview --json` or the file of `pulumi preview --save-plan`"
)


class InputError(Exception):
    """A file that cannot be judged: its name, what is wrong and the way out."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One resource of the file."""

    urn: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    """The provider's outputs or, before there are any, the inputs with an unknown `id`."""
    component: bool
    """Whether it only groups others; one of which the file does not say so is judged as any other."""
    read_only: bool
    """Whether it is only looked up, so that nobody set its inputs."""
    depends_on: Mapping[str, frozenset[str]]
    position: tuple[str, int] | None
    """File of the program, from its folder, and the line that registers it."""

    @functools.cached_property
    def type(self) -> str:
        """The type token."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @functools.cached_property
    def name(self) -> str:
        """The name that the program gives it."""
        return self.urn.split("::", 3)[3]

    @functools.cached_property
    def as_input(self) -> Value:
        """The inputs, read once for all policies."""
        return Value(self.inputs)

    @functools.cached_property
    def as_output(self) -> Value:
        """The outputs, read once for all policies."""
        return Value(self.outputs)


def found(source: str, where: str, resource: Any) -> Found:
    """A resource of a file.

    Args:
        source: the file's name, for errors.
        where: its place in the file.
        resource: its content, in the format of state files.

    Raises:
        InputError: it is none.
    """
    if not isinstance(resource, dict):
        raise InputError(f"{source}: {where} is no resource; {WAYS}")
    urn = resource.get("urn")
    if not isinstance(urn, str) or not URN.match(urn):
        raise InputError(f"{source}: {where} has no URN; {WAYS}")
    known = decoded(field(source, where, resource, "inputs", dict))
    outputs = decoded(field(source, where, resource, "outputs", dict))
    dependencies = field(source, where, resource, "propertyDependencies", dict)
    position = POSITION.fullmatch(str(resource.get("sourcePosition")))
    return Found(
        urn=urn,
        inputs=known,
        outputs={"id": resource.get("id") or UNKNOWN, **(outputs or known)},
        component=resource.get("custom") is False,
        read_only=resource.get("external") is True,
        depends_on={
            key: frozenset(map(str, field(source, f"{where}.propertyDependencies", dependencies, key, list)))
            for key in dependencies
        },
        position=(position[1], int(position[2])) if position else None,
    )


def field(source: str, where: str, holder: dict[str, Any], key: str, kind: type[T]) -> T:
    """A list or an object in what was read; an empty one where there is none.

    Raises:
        InputError: it is something else.
    """
    given = holder.get(key)
    if given is None:
        return kind()
    if not isinstance(given, kind):
        named = {list: "a list", dict: "an object"}[kind]
        raise InputError(f"{source}: {where}: {key} is not {named}; {WAYS}")
    return given


def decoded(value: Any) -> Any:
    """A property as rules read it: secrets unknown unless they are in plain text, references as what they refer to."""
    if isinstance(value, list):
        return [decoded(one) for one in value]
    if not isinstance(value, dict):
        return UNKNOWN if value == BLINDED else value
    signature = value.get(SPECIAL_SIG_KEY)
    if signature == SPECIAL_SECRET_SIG:
        return _plain(value)
    if signature == REFERENCE_SIG:
        return value.get("id") or value.get("urn") or UNKNOWN
    return {key: decoded(one) for key, one in value.items() if key != SPECIAL_SIG_KEY}


def _plain(secret: dict[str, Any]) -> Any:
    """A secret of an export with --show-secrets; any other is not known."""
    try:
        return decoded(json.loads(secret["plaintext"]))
    except (KeyError, TypeError, ValueError):
        return UNKNOWN
