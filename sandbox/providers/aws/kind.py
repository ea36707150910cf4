"""The base class of the stand-in's resource types. To add a type:

    class Vpc(Kind):
        token = "aws:ec2/vpc:Vpc"
        accepts = {"cidrBlock", "enableDnsSupport", ...}       # handled inputs; any other is refused by name
        replaces = {"cidrBlock", ...}                          # a change of one makes a new resource
        def create(self, aws, inputs): ... return id
        def read(self, aws, id_, state): ... return live properties in camelCase, or None
        def update(self, aws, id_, new, changed, old): ...     # only for what is not in `replaces`
        def delete(self, aws, id_, state): ...

and name it in its file's KINDS. Outputs are the inputs, updated with the result of `read`. All other outputs of the
SDK's class are unknown in a preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, ClassVar

from sandbox.providers.aws.client import Aws

Properties = dict[str, Any]


class Kind:
    """A resource type."""

    token: ClassVar[str]
    accepts: ClassVar[Set[str]] = frozenset()
    replaces: ClassVar[Set[str]] = frozenset()
    computed_within: ClassVar[Mapping[str, Set[str]]] = {}
    """Block -> its members that are Optional+Computed in terraform-provider-aws: see `ResourceType.computed`."""
    taggable: ClassVar[bool] = True
    """Whether it has `tags` and `tagsAll`."""
    auto_name: ClassVar[str | None] = None
    """The property that gets `<resource name>-<7 hex digits>` if the program sets none."""
    renewed: ClassVar[Set[str]] = frozenset()
    """Outputs that every update changes: unknown in its preview."""
    creation_outputs: ClassVar[Set[str]] = frozenset()
    """Outputs that AWS returns on creation only: reads take them from the state."""

    def forcing(self, old: Properties, new: Properties, changed: Set[str]) -> Set[str]:
        """Changed inputs that force a replacement, if that depends on more than their names."""
        return changed & self.replaces

    def check(self, inputs: Properties) -> list[str]:
        """Errors that AWS would report on creation only."""
        return []

    def create(self, aws: Aws, inputs: Properties) -> str | tuple[str, Properties]:
        """Create it; its ID, with `creation_outputs`. `inputs['tagsAll']` has the tags with the provider's defaults."""
        raise NotImplementedError

    def await_created(self, aws: Aws, id_: str) -> None:
        """Return once a created resource is ready.

        Raises:
            AwsError: it ended in failure, in the words of the provider's waiter.
        """

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        """Read its live properties; None if it does not exist."""
        raise NotImplementedError

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        """Change it in place."""
        raise NotImplementedError

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        """Delete it."""
        raise NotImplementedError
