"""The API server as the provider needs it: any kind by one path, server-side apply, clear errors."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Literal

import yaml
from kubernetes import client, config
from urllib3.exceptions import HTTPError

from sandbox.providers.base import ProviderError

FIELD_MANAGER = "pulumi-kubernetes"
NOT_FOUND, CONFLICT = 404, 409
REQUEST_TIMEOUT_SECONDS = 30


class ApiError(ProviderError):
    """The API server refused; `status` is the HTTP status, `code` Kubernetes's reason."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message, reason)
        self.status = status


class Api:
    """A cluster's API server.

    Args:
        kubeconfig: the file's content, or its path.
    """

    def __init__(self, kubeconfig: str, context: str | None = None) -> None:
        content = (
            kubeconfig if "\n" in kubeconfig or kubeconfig.lstrip().startswith("{") else Path(kubeconfig).read_text()
        )
        self._client: client.ApiClient = config.new_client_from_config_dict(yaml.safe_load(content), context)

    def request(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        body: Any = None,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """One request, its answer as plain JSON.

        Raises:
            ApiError: the server refused.
            ProviderError: the server cannot be reached.
        """
        url = self._client.configuration.host + path
        if query:
            url += "?" + "&".join(f"{key}={value}" for key, value in query.items())
        try:
            response = self._client.rest_client.pool_manager.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type, "Accept": "application/json"},
                timeout=REQUEST_TIMEOUT_SECONDS,
                retries=False,
            )
        except HTTPError as fault:
            raise ProviderError(
                f"the Kubernetes API at {self._client.configuration.host} cannot be reached ({type(fault).__name__});"
                " connect to the VPN or correct palisade:kubeconfig",
                "Unreachable",
            ) from None
        answer = json.loads(response.data or b"{}")
        if response.status >= 400:  # noqa: PLR2004 - the first HTTP status that is an error
            raise ApiError(answer.get("message", f"HTTP {response.status}"), response.status, answer.get("reason", ""))
        return answer

    @functools.cache  # noqa: B019 - an Api lives as long as its plugin
    def resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """(path segment, namespaced) of a kind.

        Raises:
            ProviderError: the server does not serve it.
        """
        base = _base(api_version)
        try:
            listed = self.request("GET", base)
        except ApiError:
            listed = {"resources": []}
        for resource in listed["resources"]:
            if resource["kind"] == kind and "/" not in resource["name"]:
                return f"{base}/{{namespace}}{resource['name']}", resource["namespaced"]
        raise ProviderError(f"the cluster serves no {kind} in {api_version}; see `kubectl api-resources`", "NoMatch")

    def path(self, body: dict[str, Any]) -> str:
        """The path of the object that the body names."""
        template, namespaced = self.resource(body["apiVersion"], body["kind"])
        metadata = body.get("metadata") or {}
        place = f"namespaces/{metadata.get('namespace') or 'default'}/" if namespaced else ""
        return f"{template.replace('{namespace}', place)}/{metadata['name']}"

    def get(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The live object that the body names; None where there is none."""
        try:
            return self.request("GET", self.path(body))
        except ApiError as fault:
            if fault.status == NOT_FOUND:
                return None
            raise

    def apply(self, body: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply; the object as it is, or would be, afterwards."""
        query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
        return self.request("PATCH", self.path(body), body, query, "application/apply-patch+yaml")

    def delete(self, body: dict[str, Any]) -> None:
        """Asks for deletion, dependents first. Gone already is no error."""
        try:
            self.request("DELETE", self.path(body), {"propagationPolicy": "Foreground"})
        except ApiError as fault:
            if fault.status != NOT_FOUND:
                raise

    def patch_status(self, body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        """Sets the object's status, as its controller would."""
        return self.request(
            "PATCH", f"{self.path(body)}/status", {"status": status}, content_type="application/merge-patch+json"
        )

    def list(self, api_version: str, kind: str, namespace: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """The objects of a kind in a namespace."""
        template, _ = self.resource(api_version, kind)
        return self.request("GET", template.replace("{namespace}", f"namespaces/{namespace}/"), query=query)["items"]


def _base(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
