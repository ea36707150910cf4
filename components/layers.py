"""Two layers as separate stacks: a stack keeps its layer, and a foundation in use is not destroyed (INH-4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.foundation import LAYER_OUTPUT, Foundation, Layer
from components.network.dns_firewall import PLATFORM_PRIORITY, allow_domains, own_domains, without_covered
from components.tags import Tags

ABANDONED: Final = "palisade:abandonedPlatform"
"""Setting that lets a foundation be destroyed under the platform that it names."""


class LayerError(pulumi.RunError):
    """A stack would change its layer; the message has the setting and the remedy."""


def keep_layer(layer: Layer) -> None:
    """Record the layer in the stack's state; a preview of another layer on the same stack then fails.

    The record is the first resource of a program, so a first update that was interrupted has it too. A component's
    changed inputs are an update, before which the engine runs hooks, in previews too (UpdateStep.Apply in
    resource/deploy/step.go of pulumi/pkg, 3.259.0).
    """
    _StackLayer(layer)
    pulumi.export(LAYER_OUTPUT, layer)


class _StackLayer(pulumi.ComponentResource):
    def __init__(self, layer: Layer) -> None:
        hook = pulumi.ResourceHook("layer-is-kept", refuse_change, pulumi.ResourceHookOptions(on_dry_run=True))
        binding = pulumi.ResourceHookBinding(before_update=[hook])
        # The same name in every layer: another name would be a creation, which no hook refuses.
        super().__init__(
            "palisade:layers:StackLayer", "layer", {LAYER_OUTPUT: layer}, pulumi.ResourceOptions(hooks=binding)
        )
        self.register_outputs({LAYER_OUTPUT: layer})


def refuse_change(args: pulumi.ResourceHookArgs) -> None:
    """Hook before an update of the record.

    Raises:
        LayerError: the stack holds another layer.
    """
    held, asked = ((inputs or {}).get(LAYER_OUTPUT) for inputs in (args.old_inputs, args.new_inputs))
    if held != asked:
        raise LayerError(
            f"palisade:layer: this stack holds the layer {held} and cannot become {asked}, which would delete what it"
            f" holds; set it back to {held}, and give {asked} a stack of its own: `pulumi stack init` (INH-4)"
        )


def _marker(name: str) -> str:
    """Path of the parameters with which platforms declare that they use a foundation."""
    return f"/palisade/{name}/used-by"


def guard_foundation(name: str, abandoned: str | None, resources: Sequence[pulumi.Resource]) -> None:
    """Refuse to destroy the foundation while a platform uses it.

    The guard depends on `resources`, so it is deleted first, and its hook runs before any other deletion. A `pulumi
    destroy` without `--run-program` ends at once: the engine runs no deletion with hooks without their program
    (newDestroySource in engine/destroy.go of pulumi/pkg, 3.259.0).

    Args:
        name: name of the foundation.
        abandoned: the platform's stack that no longer exists (ABANDONED).
        resources: all components of the foundation.
    """
    values = aws.ssm.get_parameters_by_path(path=_marker(name)).values
    _Guard(f"{name}-in-use", _users(values, abandoned), resources)


def _users(values: Collection[str], abandoned: str | None) -> list[str]:
    return sorted(value for value in values if value != abandoned)


class _Guard(pulumi.ComponentResource):
    def __init__(self, name: str, users: Sequence[str], resources: Sequence[pulumi.Resource]) -> None:
        def refuse(_: pulumi.ResourceHookArgs) -> None:
            if users:
                raise LayerError(in_use(users))

        hook = pulumi.ResourceHook(name, refuse, pulumi.ResourceHookOptions(on_dry_run=True))
        super().__init__(
            "palisade:layers:DestroyGuard",
            name,
            None,
            pulumi.ResourceOptions(depends_on=[*resources], hooks=pulumi.ResourceHookBinding(before_delete=[hook])),
        )
        self.register_outputs({})


def in_use(users: Sequence[str]) -> str:
    """The reason why a foundation is not destroyed, and the remedies."""
    stacks = ", ".join(users)
    return (
        f"the platform {stacks} uses this foundation: run `pulumi destroy --stack {users[0]}` first. If that is not"
        f" possible any more, give it up by name: `pulumi config set {ABANDONED} {users[0]}` (INH-4)"
    )


def attach_platform(
    foundation: Foundation, tags: Tags, *, stack: str | None, domains: Sequence[str]
) -> pulumi.Resource:
    """Make the platform's additions to the foundation: its marker, and the domains that it resolves.

    Pods of the platform wait for the result, all of which is deleted before the marker.

    Args:
        foundation: the foundation in use.
        tags: tags of every resource.
        stack: full name of the platform's stack; None: the foundation is in the same stack, and needs no marker.
        domains: domains that Deis resolves.
    """
    return _Attachment(f"{foundation.name}-platform", foundation, tags, stack, domains)


class _Attachment(pulumi.ComponentResource):
    def __init__(
        self, name: str, foundation: Foundation, tags: Tags, stack: str | None, domains: Sequence[str]
    ) -> None:
        super().__init__("palisade:layers:PlatformAttachment", name)
        child = pulumi.ResourceOptions(parent=self)
        if stack is not None:
            # A fixed name: a second platform on the same foundation would make everything twice.
            aws.ssm.Parameter(
                f"{name}-marker",
                name=f"{_marker(foundation.name)}/platform",
                type="String",
                value=stack,
                description="The Pulumi stack that uses this foundation; it is destroyed first",
                tags=tags.named(f"{name}-marker"),
                opts=child,
            )
        # The foundation's own list covers AWS's domains.
        own = own_domains(foundation.context)
        further = [domain for domain in without_covered([*own, *domains]) if domain not in own]
        if foundation.firewall_rule_group_id is not None and further:
            allow_domains(
                f"{name}-allowed",
                further,
                group_id=foundation.firewall_rule_group_id,
                tags=tags,
                opts=child,
                priority=PLATFORM_PRIORITY,
            )
        self.register_outputs({})


def full_stack_name() -> str:
    """ORGANIZATION/PROJECT/STACK of the running stack, in the format of `palisade:foundation`."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
