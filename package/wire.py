"""Arguments across the wire: the dataclasses' annotations as the SDK's analyzer takes them, and values back into them.

| in the dataclass | in the schema |
|---|---|
| a field with a default | optional |
| text, number, flag, list or map of them | an input; what decides the structure must be known in a preview |
| a date | text such as 2026-12-31 |
| a Literal | an enumeration |
| a dataclass | an object |
| a union of dataclasses | an object of which one property is given (choices.py) |
| a resource to wait for | its URN |
| AwsContext | optional: that of the AWS provider in use |
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import inspect
import re
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Optional, Union, get_args, get_origin

import pulumi

from components.context import AwsContext
from components.faults import ArgumentError, Fault, Path
from package.choices import CHOICES

NOTHING = type(None)
SCALARS = (str, int, float, bool)


def on_the_wire(owner: type) -> type:
    """The class from which the SDK infers the object that stands for a dataclass."""
    return _on_the_wire(owner)


@functools.cache
def _on_the_wire(owner: type) -> type:
    annotations = {}
    for field, annotation in _fields(owner):
        kind = _input_type(annotation, owner, field.name)
        annotations[field.name] = Optional[kind] if _may_be_left_out(field, annotation) else kind  # noqa: UP045
    # Where the original is found, its docstrings are.
    members = {
        "__annotations__": annotations,
        "__doc__": owner.__doc__,
        "__module__": owner.__module__,
        "__qualname__": owner.__qualname__,
    }
    return type(owner.__name__, (), members)


def _fields(owner: type) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = inspect.get_annotations(owner, eval_str=True)
    return [(field, hints[field.name]) for field in dataclasses.fields(owner)]


def _may_be_left_out(field: dataclasses.Field[Any], annotation: Any) -> bool:
    has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    return has_default or annotation is AwsContext


def _bare(annotation: Any) -> Any:
    """The annotation without None, Input and Output around it; a union of dataclasses as what stands for it."""
    if get_origin(annotation) is pulumi.Output:
        return get_args(annotation)[0]
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    members = [member for member in get_args(annotation) if member is not NOTHING]
    awaited = [get_args(member)[0] for member in members if get_origin(member) is Awaitable]
    if awaited:
        return awaited[0]
    return _bare(members[0]) if len(members) == 1 else CHOICES[annotation]


def _input_type(annotation: Any, owner: type, field: str) -> Any:
    bare = _bare(annotation)
    origin = get_origin(bare)
    if origin is Literal:
        return _enumeration(f"{owner.__name__.removesuffix('Args')}{_camel(field)}", get_args(bare), owner)
    if dataclasses.is_dataclass(bare):
        return _on_the_wire(bare)  # type: ignore[arg-type] (a class)
    if origin is Sequence:
        inner = _input_type(get_args(bare)[0], owner, field)
        kind = list[inner]
    elif origin is Mapping:
        inner = _input_type(get_args(bare)[1], owner, field)
        kind = dict[str, inner]
    elif (inspect.isclass(bare) and issubclass(bare, pulumi.Resource)) or bare is datetime.date:
        return pulumi.Input[str]
    elif bare in SCALARS:
        return pulumi.Input[bare]
    else:
        raise TypeError(f"{owner.__name__}.{field}: {bare} cannot cross the wire")
    return kind if dataclasses.is_dataclass(_element(bare)) else pulumi.Input[kind]


def _element(bare: Any) -> Any:
    return _bare(get_args(bare)[-1])


def output_type(annotation: Any) -> Any:
    """The annotation of a component's attribute as the analyzer takes it."""
    bare = _bare(annotation)
    origin = get_origin(bare)
    if origin in (list, tuple):
        kind: Any = list[output_type(get_args(bare)[0])]
    elif origin is dict:
        kind = dict[str, output_type(get_args(bare)[1])]
    elif inspect.isclass(bare) and issubclass(bare, pulumi.Resource):
        kind = str
    else:
        kind = bare
    kind = pulumi.Output[kind]
    return Optional[kind] if NOTHING in get_args(annotation) else kind  # noqa: UP045


def _camel(snake: str) -> str:
    return "".join(part.capitalize() for part in snake.split("_"))


@functools.cache
def _enumeration(name: str, values: tuple[str, ...], owner: type) -> type[enum.Enum]:
    made: type[enum.Enum] = enum.Enum(
        name, {re.sub(r"\W", "_", value): value for value in values}, module=owner.__module__
    )  # type: ignore[assignment] (pyright knows no names that are made)
    made.__doc__ = f"One of {', '.join(values)}."
    return made


def arguments_of(owner: Any, given: Mapping[str, Any], *, context: Callable[[], AwsContext]) -> Any:
    """The dataclass of what came over the wire, by Python's names.

    Raises:
        ArgumentError: with all that must be known in a preview, is secret as a whole, or is not exactly one of several.
    """
    faults: list[Fault] = []
    made = _arguments(owner, given, (), _Crossing(context, faults))
    if faults:
        raise ArgumentError(owner.__name__, faults)
    return made


@dataclasses.dataclass(frozen=True)
class _Crossing:
    context: Callable[[], AwsContext]
    faults: list[Fault]
    """What is found wrong on the way; a fault's value crosses as None."""


def _arguments(owner: Any, given: Mapping[str, Any], path: Path, crossing: _Crossing) -> Any:
    values: dict[str, Any] = {}
    for field, annotation in _fields(owner):
        if given.get(field.name) is not None:
            values[field.name] = _value(annotation, given[field.name], (*path, field.name), crossing)
        elif annotation is AwsContext:
            values[field.name] = crossing.context()
    return owner(**values)


def _value(annotation: Any, given: Any, path: Path, crossing: _Crossing) -> Any:
    bare = _bare(annotation)
    if inspect.isclass(bare) and issubclass(bare, pulumi.Resource):
        return pulumi.Output.from_input(given).apply(pulumi.resource.DependencyResource)
    if _is_input(annotation):
        return given
    known = _known(given)
    if isinstance(known, Fault):
        crossing.faults.append(known.under(*path))
        return None
    return _structure(bare, known, path, crossing)


def _structure(bare: Any, known: Any, path: Path, crossing: _Crossing) -> Any:
    if dataclasses.is_dataclass(bare):
        made = _arguments(bare, known, path, crossing)
        return _the_one(made, path, crossing) if bare in CHOICES.values() else made
    origin = get_origin(bare)
    if origin is Sequence:
        return [_value(get_args(bare)[0], each, (*path, str(at)), crossing) for at, each in enumerate(known)]
    if origin is Mapping:
        kind, inner = get_args(bare)
        as_key = int if kind is int else str
        return {as_key(key): _value(inner, each, (*path, key), crossing) for key, each in known.items()}
    if bare is datetime.date:
        return datetime.date.fromisoformat(known)
    if isinstance(known, enum.Enum):
        return known.value
    # Numbers are floats on the wire.
    return int(known) if bare is int else known


def _is_input(annotation: Any) -> bool:
    return any(get_origin(member) is Awaitable for member in get_args(annotation))


def _the_one(choice: Any, path: Path, crossing: _Crossing) -> Any:
    chosen = [value for value in vars(choice).values() if value is not None]
    if len(chosen) != 1:
        allowed = f"give exactly one of {', '.join(vars(choice))}"
        crossing.faults.append(Fault(path, f"{len(chosen)} are given", allowed, "INH-4"))
    return next(iter(chosen), None)


def _known(given: Any) -> Any:
    """The value itself, or the fault: what came over the wire is there at once, or not before the update.

    The SDK has no public way to look into an output that is settled.
    """
    if not isinstance(given, pulumi.Output):
        return given
    data = given._data.result()
    if not data.is_known or data.value is pulumi.UNKNOWN:
        allowed = "write a map by zone out, with an output for each zone"
        return Fault((), "must be known in a preview", allowed, "INH-4")
    if data.is_secret:
        return Fault((), "is secret as a whole", "mark only what is secret in it", "INH-4")
    return data.value
