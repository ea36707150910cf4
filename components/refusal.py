"""Refuse to create a resource, already in the preview."""

from __future__ import annotations

import pulumi


class CreationRefusedError(pulumi.RunError):
    """A resource must not be created; the message has the setting and the remedy."""


def refuse_creation(name: str, fault: str) -> pulumi.ResourceHookBinding:
    """A hook that fails the creation of a resource with `fault`, in a preview and in an update.

    A program does not know which of its resources exist in the stack; the engine runs this hook for new resources only.

    Args:
        name: name of the hook, unique in the stack.
        fault: the problem, with the setting and the remedy.
    """

    def refuse(_: pulumi.ResourceHookArgs) -> None:
        raise CreationRefusedError(fault)

    hook = pulumi.ResourceHook(name, refuse, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_create=[hook])
