"""A component as the SDK's host of component packages offers it.

The class is derived from the component itself, and its schema from the dataclass of its arguments: nothing is written
down twice. It has the component's own module and name, so that the SDK finds the docstrings of both. What it
registers is what the component registers, under the same URNs: a program may go from one to the other.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pulumi

from components.context import AwsContext, lookup_options
from package.wire import arguments_of, on_the_wire, output_type


def remote(component: type[pulumi.ComponentResource], arguments: type) -> type[pulumi.ComponentResource]:
    """The component, taking what crosses the wire in place of `arguments`."""
    attributes = {
        name: output_type(annotation)
        for name, annotation in inspect.get_annotations(component, eval_str=True).items()
        if not name.startswith("_")
    }

    def __init__(
        self: pulumi.ComponentResource,
        name: str,
        args: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given = arguments_of(arguments, args, context=lambda: AwsContext.current(lookup_options(opts)))
        component.__init__(self, name, given, opts)  # type: ignore[call-arg, arg-type] (its own signature)
        for attribute in attributes:
            setattr(self, attribute, _as_urns(getattr(self, attribute)))

    __init__.__annotations__["args"] = on_the_wire(arguments)
    members = {
        "__annotations__": attributes,
        "__doc__": inspect.cleandoc(component.__doc__ or ""),
        "__init__": __init__,
        "__module__": component.__module__,
        "__qualname__": component.__qualname__,
    }
    return type(component.__name__, (component,), members)


def _as_urns(value: Any) -> Any:
    """URNs of one or more resources, on which another component can depend."""
    if isinstance(value, pulumi.Resource):
        return value.urn
    if isinstance(value, Mapping):
        return {key: _as_urns(each) for key, each in value.items()}
    return [_as_urns(each) for each in value] if isinstance(value, list | tuple) else value
