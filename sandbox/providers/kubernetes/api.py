"""The API server as the provider needs it: any kind by one path, server-side apply, clear errors."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.kubeconfig import Connection

FIELD_MANAGER = "pulumi-kubernetes"
PATCH_FORCE, PATCH_FIELD_MANAGER = "pulumi.com/patchForce", "pulumi.com/patchFieldManager"
FORBIDDEN, NOT_FOUND, CONFLICT = 403, 404, 409
REQUEST_TIMEOUT_SECONDS = 30
UNREACHABLE, NO_MATCH = "Unreachable", "NoMatch"


class ApiError(ProviderError):
    """The API server refused; `status` is the HTTP status, `code` Kubernetes's reason."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message, reason)
        self.status = status


class Api:
    """A cluster's API server.

    Args:
        kubeconfig: the file's content, or its path.
        context: another context than the current one.
        namespace: where namespaced objects go that name none; the context's own where it is not given.
        force: whether applying takes fields over from other managers.
    """

    def __init__(
        self, kubeconfig: str, context: str | None = None, *, namespace: str | None = None, force: bool = False
    ) -> None:
        self._connection = Connection(kubeconfig, context)
        self.namespace = namespace or self._connection.namespace
        self._force = force

    def request(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """One request, its answer as plain JSON.

        Raises:
            ApiError: the server refused.
            ProviderError: the server cannot be reached.
        """
        url = self._connection.server + path + (f"?{urlencode(query)}" if query else "")
        try:
            response = self._connection.pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type, "Accept": "application/json", **self._connection.headers()},
                timeout=REQUEST_TIMEOUT_SECONDS,
                retries=False,
            )
        except HTTPError as fault:
            raise ProviderError(
                f"the Kubernetes API at {self._connection.server} cannot be reached ({type(fault).__name__});"
                " connect to the VPN, or correct the kubeconfig",
                UNREACHABLE,
            ) from None
        answer = json.loads(response.data) if response.data[:1] == b"{" else {}
        if response.status >= 400:  # noqa: PLR2004 - the first HTTP status that is an error
            reason = answer.get("reason") or f"HTTP {response.status}"
            raise ApiError(answer.get("message") or response.data.decode(errors="replace"), response.status, reason)
        return answer

    @functools.cache  # noqa: B019 - an Api lives as long as its plugin
    def resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """(path with a `{namespace}` to fill, namespaced) of a kind. What the server does not serve is not remembered.

        Raises:
            ProviderError: the server does not serve it.
        """
        base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listed = self.request("GET", base)
        except ApiError as fault:
            if fault.status != NOT_FOUND:
                raise
            listed = {"resources": []}
        for resource in listed["resources"]:
            if resource["kind"] == kind and "/" not in resource["name"]:
                return f"{base}/{{namespace}}{resource['name']}", resource["namespaced"]
        raise ProviderError(
            f"the cluster serves no {kind} of {api_version}; see `kubectl api-resources`, and create its"
            " CustomResourceDefinition first",
            NO_MATCH,
        )

    def path(self, body: Mapping[str, Any]) -> str:
        """The path of the object that the body names."""
        template, namespaced = self.resource(body["apiVersion"], body["kind"])
        metadata = body["metadata"]
        place = f"namespaces/{metadata.get('namespace') or self.namespace}/" if namespaced else ""
        return f"{template.replace('{namespace}', place)}/{metadata['name']}"

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The live object that the body names; None where there is none."""
        try:
            return self.request("GET", self.path(body))
        except ApiError as fault:
            if fault.status == NOT_FOUND:
                return None
            raise

    def apply(
        self, body: Mapping[str, Any], *, dry_run: bool = False, field_manager: str = FIELD_MANAGER
    ) -> dict[str, Any]:
        """Server-side apply; the object as it is, or would be, afterwards."""
        annotations = body["metadata"].get("annotations") or {}
        query = {"fieldManager": annotations.get(PATCH_FIELD_MANAGER) or field_manager}
        if annotations.get(PATCH_FORCE, str(self._force).lower()) == "true":
            query["force"] = "true"
        if dry_run:
            query["dryRun"] = "All"
        try:
            return self.request("PATCH", self.path(body), body, query, "application/apply-patch+yaml")
        except ApiError as fault:
            if fault.status != CONFLICT:
                raise
            hint = f"{fault}; annotate the object with {PATCH_FORCE}: 'true' to take the fields over"
            raise ApiError(hint, fault.status, fault.code) from None

    def delete(self, body: Mapping[str, Any]) -> None:
        """Asks for deletion, dependents first. Gone already is no error."""
        try:
            self.request("DELETE", self.path(body), query={"propagationPolicy": "Foreground"})
        except ApiError as fault:
            if fault.status != NOT_FOUND:
                raise

    def patch_status(self, body: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
        """Sets the object's status, as its controller would."""
        return self.request(
            "PATCH", f"{self.path(body)}/status", {"status": status}, content_type="application/merge-patch+json"
        )

    def list(self, api_version: str, kind: str, namespace: str, label_selector: str) -> list[dict[str, Any]]:
        """The objects of a kind in a namespace that carry the labels."""
        template, _ = self.resource(api_version, kind)
        path = template.replace("{namespace}", f"namespaces/{namespace}/")
        return self.request("GET", path, query={"labelSelector": label_selector})["items"]
