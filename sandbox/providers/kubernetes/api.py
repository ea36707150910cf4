"""The API server for the provider: all kinds by generic paths, server-side apply, clear errors."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.kubeconfig import Connection

FIELD_MANAGER = "pulumi-kubernetes"
UNAUTHORIZED, NOT_FOUND = 401, 404
UNAUTHORIZED_WORDS = (
    "unable to load schema information from the API server: the server has asked for the client to provide credentials"
)
"""What the real provider (provider/pkg/provider/provider.go of 4.34) makes of the answer 401."""
REQUEST_TIMEOUT_SECONDS = 30
UNREACHABLE, NO_MATCH = "Unreachable", "NoMatch"
"""Codes of errors that are not the API server's: it does not answer, or it does not serve the kind."""
ALREADY_EXISTS, FORBIDDEN, CONFLICT = "AlreadyExists", "Forbidden", "Conflict"
HASTE = 10
"""The stand-in's fixed waits are upstream's, divided by this."""
RETRY_SECONDS = tuple(seconds / HASTE for seconds in (1, 2, 4, 8, 16))
Answer = TypeVar("Answer")


class ApiError(ProviderError):
    """The API server refused; `status` is the HTTP status, `code` Kubernetes's reason, `about` the error's kind."""

    def __init__(self, message: str, status: int, reason: str, about: str = "") -> None:
        super().__init__(message, reason)
        self.status, self.about = status, about


def retried(ask: Callable[[], Answer]) -> Answer:
    """Retry, five times, while the namespace or the kind does not exist: it may be about to be created."""
    for pause in RETRY_SECONDS:
        try:
            return ask()
        except ProviderError as fault:
            if fault.code not in ("NotFound", NO_MATCH):
                raise
            time.sleep(pause)
    return ask()


class Api:
    """A cluster's API server.

    Args:
        kubeconfig: the file's content, or its path.
        context: a context other than the current one.
        namespace: namespace of objects without one; by default the context's own.
    """

    def __init__(self, kubeconfig: str, context: str | None = None, *, namespace: str | None = None) -> None:
        self._connection = Connection(kubeconfig, context)
        self.namespace = namespace or self._connection.namespace

    def request(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """Send a request; return the response as plain JSON.

        Raises:
            ApiError: the server refused.
            ProviderError: the server cannot be reached.
        """
        url = self._connection.server + path + (f"?{urlencode(query)}" if query else "")
        credentials = self._connection.headers()
        try:
            response = self._connection.pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type, "Accept": "application/json", **credentials},
                timeout=REQUEST_TIMEOUT_SECONDS,
                retries=False,
            )
        except HTTPError as fault:
            raise ProviderError(
                f"the Kubernetes API at {self._connection.server} cannot be reached ({type(fault).__name__});"
                " connect to the VPN, or correct the kubeconfig",
                UNREACHABLE,
            ) from None
        if response.status == UNAUTHORIZED:
            self._connection.refused(credentials)
            raise ApiError(UNAUTHORIZED_WORDS, response.status, "Unauthorized")
        answer = json.loads(response.data) if response.data[:1] == b"{" else {}
        if response.status >= 400:  # noqa: PLR2004 - the first HTTP status that is an error
            reason = answer.get("reason") or f"HTTP {response.status}"
            message = answer.get("message") or response.data.decode(errors="replace")
            raise ApiError(message, response.status, reason, (answer.get("details") or {}).get("kind", ""))
        return answer

    @functools.cache  # noqa: B019 - an Api lives as long as its plugin
    def resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """(path with a `{namespace}` to fill, namespaced) of a kind. Missing kinds are not cached.

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

    def collection(self, body: Mapping[str, Any]) -> str:
        """The path of the collection of the body's object."""
        template, namespaced = self.resource(body["apiVersion"], body["kind"])
        place = f"namespaces/{body['metadata'].get('namespace') or self.namespace}/" if namespaced else ""
        return template.replace("{namespace}", place)

    def path(self, body: Mapping[str, Any]) -> str:
        """The path of the body's object."""
        return f"{self.collection(body)}/{body['metadata']['name']}"

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The live object of the body; None if there is none."""
        try:
            return self.request("GET", self.path(body))
        except ApiError as fault:
            if fault.status == NOT_FOUND:
                return None
            raise

    def create(self, body: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Create the object, or, in a dry run, return it. An existing object is an error."""
        query = {"fieldManager": FIELD_MANAGER, **_dry(dry_run)}
        return self.request("POST", self.collection(body), body, query)

    def replace(self, body: Mapping[str, Any], *, dry_run: bool = False, field_manager: str) -> dict[str, Any]:
        """Replace the whole object."""
        return self.request("PUT", self.path(body), body, {"fieldManager": field_manager, **_dry(dry_run)})

    def apply(
        self,
        body: Mapping[str, Any],
        *,
        dry_run: bool = False,
        field_manager: str = FIELD_MANAGER,
        force: bool = False,
    ) -> dict[str, Any]:
        """Server-side apply: create or update. `force` takes over fields from their managers.

        Returns:
            The object after the operation, also in a dry run.
        """
        query = {"fieldManager": field_manager, "force": str(force).lower(), **_dry(dry_run)}
        return self.request("PATCH", self.path(body), body, query, "application/apply-patch+yaml")

    def delete(self, body: Mapping[str, Any], propagation: str = "Foreground") -> None:
        """Delete the object, by default dependents first. A missing object is not an error."""
        try:
            self.request("DELETE", self.path(body), query={"propagationPolicy": propagation})
        except ApiError as fault:
            if fault.status != NOT_FOUND:
                raise

    def patch_status(self, body: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
        """Set the object's status, as its controller would."""
        return self.request(
            "PATCH", f"{self.path(body)}/status", {"status": status}, content_type="application/merge-patch+json"
        )

    def list(self, api_version: str, kind: str, namespace: str, label_selector: str) -> list[dict[str, Any]]:
        """The objects of a kind in a namespace with the labels."""
        template, _ = self.resource(api_version, kind)
        path = template.replace("{namespace}", f"namespaces/{namespace}/")
        return self.request("GET", path, query={"labelSelector": label_selector})["items"]


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
