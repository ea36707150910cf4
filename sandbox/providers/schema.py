"""Inputs and outputs of a resource type, read from the SDK that the program uses.

The packages' generated classes contain the wire names and types of every argument, so that a stand-in refuses a
misspelt argument or a wrong type as the real provider does, without a separate list.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import importlib
import inspect
import keyword
import types
import typing
from dataclasses import dataclass
from typing import Any

from pulumi import Output
from pulumi import _types as sdk

from sandbox.providers.base import CheckFailure
from sandbox.providers.values import is_unknown

PACKAGES = {"aws": "pulumi_aws", "kubernetes": "pulumi_kubernetes", "tls": "pulumi_tls", "random": "pulumi_random"}


@dataclass(frozen=True)
class ResourceType:
    """A resource type of the SDK."""

    token: str
    inputs: dict[str, Any]
    """Wire name -> type, for every argument."""
    required: frozenset[str]
    """Wire names of the arguments that must be given."""
    outputs: frozenset[str]
    """Wire names of everything that the resource tells."""
    computed: frozenset[str]
    """Wire names of optional arguments whose output is never absent: Terraform's Optional+Computed attributes.

    pulumi-terraform-bridge types an output as optional only if its attribute is optional and not computed
    (`isOptional`, pkg/tfgen/generate.go, read 2026-11-28), or has a default of the bridge's own, which the SDK gives
    before the provider is asked. Nested types do not tell: `Kind.computed_within` has theirs.
    """


@functools.cache
def resource_type(token: str) -> ResourceType | None:
    """The type of a token such as `aws:ec2/vpc:Vpc`; None if the SDK has none."""
    package, module, name = token.split(":")
    path = ".".join([PACKAGES[package], *_module_path(package, module)])
    try:
        home = importlib.import_module(path)
        resource = getattr(home, name)
    except (ImportError, AttributeError):
        return None
    # `InitArgs` if `Args` is the name of another resource's nested type.
    args = getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")
    names = sdk.input_type_py_to_pulumi_names(args)
    signature = inspect.signature(args.__init__).parameters
    required = {
        names[python] for python, given in signature.items() if python in names and given.default is given.empty
    }
    return ResourceType(
        token=token,
        inputs=sdk.input_type_types(args),
        required=frozenset(required),
        outputs=frozenset(sdk.resource_py_to_pulumi_names(resource).values()),
        computed=frozenset(
            name
            for name, output in sdk._raw_return_hints(resource).items()
            if name in names.values() and name not in required and not _may_be_absent(output)
        ),
    )


def _may_be_absent(output: Any) -> bool:
    """Whether the type of an output, `Output[T]`, allows None."""
    return any(type(None) in typing.get_args(member) for member in typing.get_args(output))


def _module_path(package: str, module: str) -> list[str]:
    """The path of a token's module in the package: `ec2/vpc` in ec2, `apps/v1` and `x.k8s.io/v1` in x.v1."""
    if package == "kubernetes":
        group, version = module.split("/")
        return [group.split(".")[0], version]
    place = module.split("/", maxsplit=1)[0]
    # The SDK calls the module of `lambda` lambda_.
    named = f"{place}_" if keyword.iskeyword(place) else place
    return [] if place in ("index", "") else [named]


def check_inputs(kind: ResourceType, inputs: dict[str, Any]) -> list[CheckFailure]:
    """All arguments that are unknown, missing, or of a wrong type."""
    failures = [
        CheckFailure(name, f"{kind.token} has no argument '{name}'; it has {', '.join(sorted(kind.inputs))}")
        for name in inputs
        if name not in kind.inputs and not name.startswith("__")
    ]
    failures += [
        CheckFailure(
            name, f'Missing required argument. The argument "{name}" is required, but no definition was found.'
        )
        for name in sorted(kind.required)
        if inputs.get(name) is None
    ]
    for name, value in inputs.items():
        if name in kind.inputs:
            failures += _misfits(name, value, kind.inputs[name])
    return failures


def _misfits(path: str, value: Any, type_: Any) -> list[CheckFailure]:  # noqa: PLR0911 - one answer per kind of type
    """The type errors in the value. Numbers and booleans may be text, as in the bridged providers."""
    if value is None or is_unknown(value) or type_ in (Any, None):
        return []
    origin = typing.get_origin(type_)
    if origin in (typing.Union, types.UnionType):
        tries = [_misfits(path, value, option) for option in _options(type_)]
        return min(tries, key=len, default=[])
    if origin in (collections.abc.Sequence, list):
        if not isinstance(value, list):
            return [_wrong(path, value, "a list")]
        (item,) = typing.get_args(type_)
        return [fault for index, element in enumerate(value) for fault in _misfits(f"{path}[{index}]", element, item)]
    if origin in (collections.abc.Mapping, dict):
        if not isinstance(value, dict):
            return [_wrong(path, value, "a map")]
        item = typing.get_args(type_)[1]
        return [fault for key, element in value.items() for fault in _misfits(f"{path}.{key}", element, item)]
    if isinstance(type_, type):
        return _misfits_class(path, value, type_)
    return []


def _options(union: Any) -> list[Any]:
    """The members of a union that can arrive over the wire."""
    plumbing = (collections.abc.Awaitable, Output)
    return [
        option
        for option in typing.get_args(union)
        if option is not type(None)
        and typing.get_origin(option) not in plumbing
        and not isinstance(option, typing.ForwardRef | str)
        and not typing.is_typeddict(option)
    ]


def _misfits_class(path: str, value: Any, type_: type) -> list[CheckFailure]:
    if issubclass(type_, enum.Enum):
        return _misfits(path, value, type(next(iter(type_)).value))
    if sdk.is_input_type(type_):
        if not isinstance(value, dict):
            return [_wrong(path, value, "an object")]
        known = sdk.input_type_types(type_)
        strange = [name for name in value if name not in known]
        return [CheckFailure(f"{path}.{name}", f"{path} has no field '{name}'") for name in strange] + [
            fault
            for name, element in value.items()
            if name in known
            for fault in _misfits(f"{path}.{name}", element, known[name])
        ]
    accepted = {str: (str, bool, int, float), bool: (bool,), int: (int,), float: (int, float)}.get(type_)
    if accepted is None:
        return []
    fits = isinstance(value, accepted) and not (type_ in (int, float) and isinstance(value, bool))
    # The bridged providers accept text for numbers and booleans.
    spelt = isinstance(value, str) and (
        (type_ is bool and value in ("true", "false")) or (type_ in (int, float) and value.lstrip("-").isdigit())
    )
    return [] if fits or spelt else [_wrong(path, value, {str: "a string", bool: "a boolean"}.get(type_, "a number"))]


def _wrong(path: str, value: Any, wanted: str) -> CheckFailure:
    return CheckFailure(path, f"expected {wanted}, got a value of type {type(value).__name__}")
