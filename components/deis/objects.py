"""The parent of all Kubernetes objects of Deis, and the only component with the Kubernetes provider (INH-4).

The SDK registers a component when its providers exist, and its children after it. With the provider on `Deis`, the
database would wait for the cluster: on AWS ten minutes more (benchmarks/README.md).
"""

from __future__ import annotations

import pulumi

from components.context import providers_of


class Objects(pulumi.ComponentResource):
    """The Kubernetes objects of Deis."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("palisade:deis:Objects", name, None, opts)
        self.register_outputs({})


def without_kubernetes(
    opts: pulumi.ResourceOptions | None,
) -> tuple[pulumi.ResourceOptions, list[pulumi.ProviderResource]]:
    """The options without the Kubernetes provider, and that provider, if it is among them."""
    rest = pulumi.ResourceOptions.merge(None, opts)
    providers = providers_of(rest)
    rest.provider, rest.providers = None, [provider for provider in providers if provider.package != "kubernetes"]
    return rest, [provider for provider in providers if provider.package == "kubernetes"]
