"""The provider: every kind that the server has, by one path."""

from __future__ import annotations

import base64
import copy
import os
import time
from collections.abc import Callable
from typing import Any

import yaml

from sandbox.providers.base import (
    CheckFailure,
    Diff,
    InitializationFailed,
    Provider,
    ProviderError,
    contains_unknown,
)
from sandbox.providers.faults import Fault
from sandbox.providers.kubernetes.api import CONFLICT, NOT_FOUND, UNREACHABLE, Api, ApiError
from sandbox.providers.kubernetes.cloud import give_address
from sandbox.providers.kubernetes.patches import SUFFIX, is_patch, manager, require_target, take_back
from sandbox.providers.kubernetes.readiness import NotReady, await_gone, await_ready
from sandbox.providers.kubernetes.replacement import at, differences, forces, shown
from sandbox.providers.schema import check_inputs, resource_type

DELETE_UNREACHABLE = "PULUMI_K8S_DELETE_UNREACHABLE"
AUTONAMED = "pulumi.com/autonamed"
REFUSED = ("kubernetes:yaml", "kubernetes:helm.sh", "kubernetes:kustomize")
DECODE = "kubernetes:yaml:decode"
IMMUTABLE = "field is immutable"
"""In the API server's words about a change that only a new object can bring."""
VOLATILE = ("managedFields", "resourceVersion", "generation")


class KubernetesProvider(Provider):
    """Objects on a real API server; `offline` serves unit tests, where there is none."""

    name, version = "kubernetes", "4.34.2"

    def __init__(self, *, offline: bool = False) -> None:
        self._offline = offline
        self._api: Api | None = None
        self._delete_unreachable = False

    def configure(self, config: dict[str, Any]) -> None:
        asked = config.get("deleteUnreachable") or os.environ.get(DELETE_UNREACHABLE)
        self._delete_unreachable = str(asked).lower() == "true"
        kubeconfig = config.get("kubeconfig") or os.environ.get("KUBECONFIG")
        if kubeconfig and not self._offline:
            self._api = Api(kubeconfig, config.get("context"))

    @property
    def api(self) -> Api:
        """The API server.

        Raises:
            ProviderError: no kubeconfig was given.
        """
        if self._api is None:
            raise ProviderError("kubernetes: no kubeconfig; give the provider one, or set KUBECONFIG")
        return self._api

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        if type_.startswith(REFUSED):
            return news, [CheckFailure("", f"{type_} is not supported by the stand-in kubernetes provider")]
        kind = resource_type(type_)
        inputs = copy.deepcopy(news)
        inputs.setdefault("apiVersion", type_.split(":")[1].removeprefix("core/"))
        inputs.setdefault("kind", _kind(type_))
        metadata = inputs.setdefault("metadata", {})
        if is_patch(type_) and not metadata.get("name"):
            return inputs, [CheckFailure("metadata.name", "a patch names the object that it changes")]
        if not metadata.get("name"):
            before = olds.get("metadata") or {}
            kept = before.get("name") if (before.get("annotations") or {}).get(AUTONAMED) == "true" else None
            metadata["name"] = kept or f"{urn.rsplit('::', maxsplit=1)[-1]}-{seed.hex()[:8]}"
            metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
        if kind is None:
            return inputs, self._check_custom(inputs)
        return inputs, check_inputs(kind, news)

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answers ConfigGroup and ConfigFile, which ask what a text of YAML holds."""
        if token != DECODE:
            return super().invoke(token, args)
        try:
            return {"result": [each for each in yaml.safe_load_all(args["text"]) if each]}
        except yaml.YAMLError as fault:
            raise ProviderError(f"kubernetes: no YAML: {fault}") from fault

    def _check_custom(self, inputs: dict[str, Any]) -> list[CheckFailure]:
        """A custom resource is whatever the server says that it is."""
        try:
            self.api.resource(inputs["apiVersion"], inputs["kind"])
        except ProviderError as fault:
            return [CheckFailure("kind", str(fault))]
        return []

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
        forcing = tuple(text for path, text in changed.items() if forces(news, path, mutable_data=False))
        # An object whose name the program gave cannot stand beside its successor.
        autonamed = (at(news, "metadata.annotations") or {}).get(AUTONAMED) == "true"
        return Diff(
            replaces=forcing,
            updates=tuple(text for text in changed.values() if text not in forcing),
            delete_before_replace=bool(forcing) and not autonamed,
        )

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        if preview or self._offline:
            return ("" if preview else _id(inputs)), self._previewed_new(urn, type_, inputs)
        if is_patch(type_):
            require_target(self.api, inputs)
        return _id(inputs), self._applied(urn, type_, inputs, timeout, made=lambda: self.faults.after(urn, type_))

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
        if preview or self._offline:
            return self._previewed(urn, type_, news)
        return self._applied(urn, type_, news, timeout)

    def _previewed_new(self, urn: str, type_: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """As `_previewed`; as the real one, by another name where a predecessor that is to go is in the way."""
        try:
            return self._previewed(urn, type_, inputs)
        except ApiError as fault:
            if IMMUTABLE not in str(fault):
                raise
            name = f"{inputs['metadata']['name']}-preview"
            return self._previewed(urn, type_, {**inputs, "metadata": {**inputs["metadata"], "name": name}})

    def _previewed(self, urn: str, type_: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The object as the server would make it, where it can be asked: it needs all values, and the namespace."""
        if self._offline or contains_unknown(inputs):
            return inputs
        try:
            return _outputs(self.api.apply(inputs, dry_run=True, field_manager=manager(urn, type_)), inputs)
        except ApiError as fault:
            if fault.status == NOT_FOUND:
                return inputs
            raise

    def _applied(
        self,
        urn: str,
        type_: str,
        inputs: dict[str, Any],
        timeout: float,
        made: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        give_address(self.api, self._apply_patiently(inputs, manager(urn, type_)))
        try:
            made()
            return _outputs(await_ready(self.api, inputs, timeout), inputs)
        except (NotReady, Fault) as fault:
            live = self.api.get(inputs) or inputs
            raise InitializationFailed(_id(inputs), inputs, _outputs(live, inputs), [str(fault)]) from None

    def _apply_patiently(self, inputs: dict[str, Any], field_manager: str) -> dict[str, Any]:
        """Applies; a namespace that was made this moment may have no service account yet, which admission wants."""
        for pause in (0.5, 1, 2, 4):
            try:
                return self.api.apply(inputs, field_manager=field_manager)
            except ApiError as fault:
                if "serviceaccount" not in str(fault) or fault.code != "Forbidden":
                    raise
                time.sleep(pause)
        return self.api.apply(inputs, field_manager=field_manager)

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        known = inputs or _named_by(type_, id_)
        try:
            live = self.api.get(known)
        except ProviderError as fault:
            if not self._given_up(fault):
                raise
            live = None
        if live is None:
            return None
        if not inputs:
            return id_, _clean(live), _clean(live)
        if not self._drifted(inputs, live, manager(urn, type_)):
            # What a killed engine did not get to record has inputs only.
            return id_, inputs, outputs or _outputs(live, inputs)
        return id_, _projected(inputs, live), _outputs(live, inputs)

    def _drifted(self, inputs: dict[str, Any], live: dict[str, Any], field_manager: str) -> bool:
        """Whether applying our inputs again would change the object, or is refused because others own fields now."""
        try:
            applied = self.api.apply(inputs, dry_run=True, field_manager=field_manager)
        except ApiError as fault:
            if fault.status == CONFLICT:
                return True
            raise
        return _clean(applied) != _clean(live)

    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        body = inputs or outputs
        try:
            if is_patch(type_):
                take_back(self.api, body, manager(urn, type_))
                return
            self.api.delete(body)
            await_gone(self.api, body, at(outputs, "metadata.uid"), timeout)
        except ProviderError as fault:
            if not self._given_up(fault):
                raise

    def _given_up(self, fault: ProviderError) -> bool:
        """Whether the cluster is out of reach and was given up, so that its objects leave the state as they are."""
        return self._delete_unreachable and fault.code == UNREACHABLE


def _id(inputs: dict[str, Any]) -> str:
    metadata = inputs["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def _kind(type_: str) -> str:
    """The object's kind: a patch is of the kind that it changes."""
    return type_.split(":")[2].removesuffix(SUFFIX)


def _named_by(type_: str, id_: str) -> dict[str, Any]:
    """The least body that names an object, for an import."""
    group_version = type_.split(":")[1]
    namespace, _, name = id_.rpartition("/")
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": group_version.removeprefix("core/"), "kind": _kind(type_), "metadata": metadata}


def _clean(live: dict[str, Any]) -> dict[str, Any]:
    """The object without what changes by itself."""
    body = {key: value for key, value in live.items() if key != "status"}
    body["metadata"] = {key: value for key, value in live["metadata"].items() if key not in VOLATILE}
    return body


def _outputs(live: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """What the program may read: the live object, and the inputs that the server does not give back."""
    body = copy.deepcopy(live)
    body["metadata"].pop("managedFields", None)
    if "stringData" in inputs:
        body["stringData"] = inputs["stringData"]
    return body


def _projected(inputs: Any, live: Any) -> Any:
    """The live values of what the inputs name: the drift, and nothing that the server added."""
    if isinstance(inputs, dict) and isinstance(live, dict):
        found = {key: _projected(value, live[key]) for key, value in inputs.items() if key in live}
        if "stringData" in inputs:
            data = live.get("data") or {}
            found["stringData"] = {
                key: base64.b64decode(data[key]).decode() for key in inputs["stringData"] or {} if key in data
            }
        return found
    return live
