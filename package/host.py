"""The plugin that serves the components: the SDK's, with faults of arguments as messages."""

from __future__ import annotations

import pulumi
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from components.faults import ArgumentError


class Host(ComponentProvider):
    """A `ComponentProvider` that reports refused arguments without a traceback.

    The SDK (3.272.0) answers every exception of a constructor with its traceback, except `InputPropertiesError`, which
    `ComponentProvider` wraps as well. Its list of properties is empty: the engine (3.259.0, `errorToMessage` in
    pkg/resource/deploy/source_eval.go) would print their values, which may be secret. Without a list the SDK fails.
    """

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Construct a component.

        Raises:
            InputPropertiesError: with all faults of the arguments.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ArgumentError):
                raise pulumi.InputPropertiesError(str(error.inner), []) from None
            raise
