"""The provider: every kind of the server, by generic paths.

It behaves as pulumi-kubernetes's provider/pkg/provider/provider.go does (sandbox/providers/README.md).
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any

import yaml
from google.protobuf import struct_pb2

from sandbox.providers.base import (
    CheckFailure,
    Diff,
    InitializationFailed,
    Provider,
    ProviderError,
    contains_unknown,
)
from sandbox.providers.faults import Fault
from sandbox.providers.kubernetes import checkpoint, configuration, readiness, writing
from sandbox.providers.kubernetes.api import ALREADY_EXISTS, FORBIDDEN, NO_MATCH, Api, ApiError, retried
from sandbox.providers.kubernetes.checkpoint import is_patch, kind_of, named_by, projected
from sandbox.providers.kubernetes.cloud import give_address
from sandbox.providers.kubernetes.replacement import IDENTITY, at, differences, forces, shown
from sandbox.providers.kubernetes.scope import is_cluster_scoped
from sandbox.providers.schema import check_inputs, resource_type

AUTONAMED = "pulumi.com/autonamed"
UNSUPPORTED_ANNOTATIONS = {"pulumi.com/replaceUnready", "pulumi.com/waitFor"}
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
REFUSED = ("kubernetes:yaml", "kubernetes:helm.sh", "kubernetes:kustomize")
DECODE = "kubernetes:yaml:decode"
IMMUTABLE = "field is immutable"
"""In the API server's words about a change that only a new object can bring."""
EXISTING = (
    "creating a resource does not take over what exists: a renamed resource needs an alias, an object of somebody else"
    " `pulumi import` or a Patch resource; what this stack created and does not know any more is taken over with"
    f" {configuration.VARIABLES[configuration.UPSERT]}=true"
)


class KubernetesProvider(Provider):
    """Objects on a real API server; `offline` is for unit tests, which have none."""

    name, version = "kubernetes", "4.34.2"
    keeps_secrets = True
    default_timeout = 0.0

    def __init__(self, *, offline: bool = False) -> None:
        self._offline = offline
        self._api: Api | None = None
        self._unreachable = "no kubeconfig; give the provider one, or set KUBECONFIG"
        self._flags: frozenset[str] = frozenset()

    def configure(self, config: dict[str, Any]) -> None:
        self._flags = configuration.flags(config)
        kubeconfig = config.get("kubeconfig") or os.environ.get("KUBECONFIG")
        if not kubeconfig or self._offline:
            return
        try:
            api = Api(kubeconfig, config.get("context"), namespace=config.get("namespace"))
            api.request("GET", "/api")
            self._api = api
        except ProviderError as fault:
            self._unreachable = str(fault)

    def diff_config(self, olds: dict[str, Any], news: dict[str, Any]) -> Diff:
        return configuration.diff_config(olds, news)

    def marked(self, inputs: struct_pb2.Struct, answer: struct_pb2.Struct) -> struct_pb2.Struct:
        return checkpoint.marked(inputs, answer)

    @property
    def api(self) -> Api:
        """The API server.

        Raises:
            ProviderError: it did not respond, or refused the credentials, when the provider was configured.
        """
        if self._api is None:
            flag = configuration.VARIABLES[configuration.DELETE_UNREACHABLE]
            advice = f"if the cluster is gone for good, {flag}=true lets its objects leave the state"
            raise ProviderError(f"the configured Kubernetes cluster is unreachable: {self._unreachable}; {advice}")
        return self._api

    @property
    def _is_given_up(self) -> bool:
        """Whether the cluster is unreachable, and its objects leave the state unchanged."""
        return self._api is None and configuration.DELETE_UNREACHABLE in self._flags

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        if type_.startswith(REFUSED):
            return news, [CheckFailure("", f"{type_} is not supported by the stand-in kubernetes provider")]
        kind = resource_type(type_)
        inputs = copy.deepcopy(news)
        inputs.setdefault("apiVersion", type_.split(":")[1].removeprefix("core/"))
        inputs.setdefault("kind", kind_of(type_))
        metadata = inputs.setdefault("metadata", {})
        failures = [] if kind is None else check_inputs(kind, news)
        if is_patch(type_) and not metadata.get("name"):
            return inputs, [CheckFailure("metadata.name", "a patch names the object that it changes")]
        if not metadata.get("name") and metadata.get("generateName"):
            return inputs, [CheckFailure("metadata.generateName", "is not supported with server-side apply")]
        for annotation in sorted(UNSUPPORTED_ANNOTATIONS & set(metadata.get("annotations") or {})):
            failures.append(CheckFailure(annotation, "is not supported by the stand-in kubernetes provider"))
        if not metadata.get("name"):
            before = olds.get("metadata") or {}
            kept = before.get("name") if (before.get("annotations") or {}).get(AUTONAMED) == "true" else None
            metadata["name"] = kept or f"{urn.rsplit('::', maxsplit=1)[-1]}-{seed.hex()[:8]}"
            metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
        if not metadata.get("namespace") and self._is_namespaced(inputs):
            metadata["namespace"] = self._api.namespace if self._api else "default"
        return checkpoint.normalized(inputs), failures

    def _is_namespaced(self, inputs: Mapping[str, Any]) -> bool:
        """Whether the kind is namespaced; an unknown kind is assumed to be."""
        served = self._served(inputs)
        return not is_cluster_scoped(inputs["apiVersion"], inputs["kind"]) and (served is None or served[1])

    def _served(self, inputs: Mapping[str, Any]) -> tuple[str, bool] | None:
        """Path and scope of the kind; None if the server does not serve it, or does not respond."""
        try:
            return self.api.resource(inputs["apiVersion"], inputs["kind"])
        except ProviderError:
            return None

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Invoke the function behind ConfigGroup and ConfigFile, which parses YAML."""
        if token != DECODE:
            return super().invoke(token, args)
        try:
            return {"result": [each for each in yaml.safe_load_all(args["text"]) if each]}
        except yaml.YAMLError as fault:
            raise ProviderError(f"kubernetes: no YAML: {fault}") from fault

    def diff(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        ignore_changes: list[str],
    ) -> Diff:
        changed = {path: shown(path) for path in differences(old_inputs, news)}
        changed = {path: text for path, text in changed.items() if not text.startswith(tuple(ignore_changes))}
        mutable = configuration.SECRET_MUTABLE if news["kind"] == "Secret" else configuration.CONFIG_MAP_MUTABLE
        forcing = tuple(
            text
            for path, text in changed.items()
            if forces(news, path, mutable_data=mutable in self._flags, patch=is_patch(type_))
        )
        # Its replacement is created first, unless it needs the same name in the same place.
        autonamed = (at(news, "metadata.annotations") or {}).get(AUTONAMED) == "true"
        stays = not autonamed and all(at(news, ".".join(path)) == at(old_inputs, ".".join(path)) for path in IDENTITY)
        return Diff(
            replaces=forcing,
            updates=tuple(text for text in changed.values() if text not in forcing),
            delete_before_replace=bool(forcing) and stays,
        )

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        if self._offline:
            return ("" if preview else checkpoint.object_id(inputs)), inputs
        if preview:
            return "", self._previewed_creation(urn, type_, inputs)
        manager = checkpoint.field_manager(urn, inputs, {})
        try:
            live = retried(lambda: self._created(type_, inputs, manager, dry_run=False))
        except ApiError as fault:
            message = f"{fault}; {EXISTING}" if fault.code == ALREADY_EXISTS else str(fault)
            raise ApiError(message, fault.status, fault.code, fault.about) from None
        give_address(self.api, live)
        id_ = checkpoint.object_id(live)
        try:
            self.faults.after(urn, type_)
            live = readiness.await_ready(self.api, inputs, timeout)
        except (readiness.NotReady, Fault) as fault:
            live = self.api.get(inputs) or live
            state = checkpoint.outputs(live, inputs, manager)
            raise InitializationFailed(id_, inputs, state, [str(fault)]) from None
        return id_, checkpoint.outputs(live, inputs, manager)

    def _created(self, type_: str, inputs: dict[str, Any], manager: str, *, dry_run: bool) -> dict[str, Any]:
        return writing.created(self.api, inputs, manager, self._flags, patch=is_patch(type_), dry_run=dry_run)

    def _previewed_creation(self, urn: str, type_: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The object as the server would create it; the inputs if the server cannot be reached, or refuses.

        The preview succeeds if the server forbids the object (Pod Security, a quota, RBAC), has it already, or lacks
        the namespace: only the update fails.
        """
        if contains_unknown(inputs) or is_patch(type_) or not self._served(inputs):
            return inputs
        manager = checkpoint.field_manager(urn, inputs, {})
        try:
            live = self._created(type_, inputs, manager, dry_run=True)
        except ApiError as fault:
            if configuration.UPSERT in self._flags and IMMUTABLE in str(fault):
                other = {**inputs, "metadata": {**inputs["metadata"], "name": f"{inputs['metadata']['name']}-preview"}}
                live = self._created(type_, other, manager, dry_run=True)
            elif fault.code in (FORBIDDEN, ALREADY_EXISTS) or (fault.code, fault.about) == ("NotFound", "namespaces"):
                return inputs
            else:
                raise
        live.pop("status", None)
        return checkpoint.outputs(live, inputs, manager)

    def update(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        preview: bool,
        timeout: float,
    ) -> dict[str, Any]:
        if self._offline or (preview and (contains_unknown(news) or not self._served(news))):
            return news
        api, manager = self.api, checkpoint.field_manager(urn, news, old_outputs)
        try:
            live = writing.changed(api, news, manager, self._flags, patch=is_patch(type_), dry_run=preview)
            if not preview:
                give_address(api, live)
                live = readiness.await_ready(api, news, timeout)
        except ProviderError as fault:
            if preview and fault.code == FORBIDDEN:
                return news
            there = None if fault.code == NO_MATCH else api.get(news)
            if there is None:
                raise
            # The new inputs are recorded with the error, and the next update tries again.
            state = checkpoint.outputs(there, news, manager)
            raise InitializationFailed(id_, news, state, [str(fault)]) from None
        old_manager = checkpoint.field_manager(urn, old_inputs, old_outputs)
        if not preview and old_manager != manager:
            writing.relinquish(api, live, old_manager)
        return checkpoint.outputs(live, news, manager)

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        if self._is_given_up:
            return None
        known = inputs or named_by(type_, id_)
        try:
            live = self.api.get(known)
        except ProviderError as fault:
            if fault.code != NO_MATCH:
                raise
            live = None
        if live is None:
            return None
        manager = checkpoint.field_manager(urn, known, outputs)
        if not inputs:
            found = checkpoint.imported(live)
            return id_, found, checkpoint.outputs(live, found, manager)
        drifted = self._drifted(inputs, live, manager)
        found = projected(inputs, live) if drifted else inputs
        # A resource that a killed engine did not record has inputs only.
        state = outputs if outputs and not drifted else checkpoint.outputs(live, found, manager)
        missing = readiness.lacking(self.api, live) if live["kind"] in readiness.READ else None
        if missing:
            raise InitializationFailed(id_, found, checkpoint.outputs(live, found, manager), [missing])
        return id_, found, state

    def _drifted(self, inputs: dict[str, Any], live: dict[str, Any], manager: str) -> bool:
        """Whether applying the inputs again, over other managers' changes, would change the object, or is refused."""
        try:
            applied = self.api.apply(inputs, dry_run=True, field_manager=manager, force=True)
        except ApiError:
            return True
        return checkpoint.imported(applied) != checkpoint.imported(live)

    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        if self._is_given_up:
            return
        api, body = self.api, checkpoint.recorded(outputs) or inputs
        try:
            if is_patch(type_):
                writing.relinquish(api, body, checkpoint.field_manager(urn, inputs, outputs))
                return
            propagation = (at(inputs, "metadata.annotations") or {}).get(DELETION_PROPAGATION, "foreground")
            api.delete(body, propagation.capitalize())
            if not (readiness.skips_await(inputs) and body["kind"] in readiness.SKIPPING_DELETION):
                limit = readiness.seconds(inputs or body, timeout)
                readiness.await_gone(api, body, at(outputs, "metadata.uid"), limit)
        except ProviderError as fault:
            if fault.code != NO_MATCH:
                raise
