"""The provider's own arguments, and the changes of them that replace the provider with all its resources.

As DiffConfig and Configure of pulumi-kubernetes's provider/pkg/provider/provider.go.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sandbox.providers.base import Diff, ProviderError, changed_properties, is_unknown
from sandbox.providers.kubernetes.kubeconfig import active_cluster

CLUSTER_IDENTIFIER = "clusterIdentifier"
LOCATING = ("kubeconfig", "context", "cluster")
"""Arguments that say which cluster is meant."""
DELETE_UNREACHABLE = "deleteUnreachable"
UPSERT = "upsertExistingObjects"
PATCH_FORCE = "enablePatchForce"
SECRET_MUTABLE, CONFIG_MAP_MUTABLE = "enableSecretMutable", "enableConfigMapMutable"
VARIABLES: Mapping[str, str] = {
    DELETE_UNREACHABLE: "PULUMI_K8S_DELETE_UNREACHABLE",
    UPSERT: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    PATCH_FORCE: "PULUMI_K8S_ENABLE_PATCH_FORCE",
    SECRET_MUTABLE: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    CONFIG_MAP_MUTABLE: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
}
"""Flag -> its environment variable, which counts where the argument is absent."""
UNSUPPORTED = ("cluster", "renderYamlToDirectory", "skipUpdateUnreachable", "strictMode")


def flags(config: Mapping[str, Any]) -> frozenset[str]:
    """Names of the enabled flags.

    Raises:
        ProviderError: an argument requires something that the stand-in does not emulate.
    """
    asked = [name for name in UNSUPPORTED if config.get(name) not in (None, "", False, "false")]
    if str(config.get("enableServerSideApply", True)).lower() != "true":
        asked.append("enableServerSideApply=false")
    if asked:
        raise ProviderError(f"kubernetes: {', '.join(asked)} is not supported by the stand-in provider")
    values = {name: config.get(name, os.environ.get(variable)) for name, variable in VARIABLES.items()}
    return frozenset(name for name, value in values.items() if str(value).lower() == "true")


def diff_config(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Diff:
    """The effect of changed arguments on the provider.

    A replaced provider replaces all of its resources. That happens when the active cluster of the kubeconfig changes,
    or is unknown because a locating argument is unknown, and never while `clusterIdentifier` is unchanged.
    """
    changed = changed_properties(olds, news)
    old, new = olds.get(CLUSTER_IDENTIFIER), news.get(CLUSTER_IDENTIFIER)
    if new is not None and not is_unknown(new) and old == new:
        return Diff(updates=tuple(changed))
    replaces = [CLUSTER_IDENTIFIER] if None not in (old, new) and CLUSTER_IDENTIFIER in changed else []
    unknown = [key for key in LOCATING if is_unknown(news.get(key))]
    if unknown:
        replaces += unknown[:1]
    else:
        clusters = [_active(arguments) for arguments in (olds, news)]
        if None not in clusters and clusters[0] != clusters[1]:
            replaces += [key for key in LOCATING if key in changed]
    return Diff(replaces=tuple(replaces), updates=tuple(name for name in changed if name not in replaces))


def _active(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    kubeconfig = arguments.get("kubeconfig")
    return active_cluster(kubeconfig, arguments.get("context"), arguments.get("cluster")) if kubeconfig else None
