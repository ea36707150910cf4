"""Access to the cluster: a kubeconfig without secrets, and a clear error when the API is unreachable (VPN-MFA)."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pulumi
import yaml

CONNECT_SECONDS = 5.0


class ApiUnreachableError(pulumi.RunError):
    """The Kubernetes API does not answer from here."""


def kubeconfig(name: str, region: str, endpoint: str, certificate_authority: str) -> str:
    """A kubeconfig (as JSON, which every client reads) whose token the AWS CLI fetches for the current user.

    Args:
        name: name of the cluster.
        region: region of the cluster.
        endpoint: https URL of the API.
        certificate_authority: base64 PEM, as EKS gives it.
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority}}
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": [
                                "eks",
                                "get-token",
                                "--cluster-name",
                                name,
                                "--region",
                                region,
                                "--output",
                                "json",
                            ],
                            "interactiveMode": "IfAvailable",
                            "installHint": "Install the AWS CLI, version 2, and log in.",
                        }
                    },
                }
            ],
        }
    )


def server_of(text: str) -> str | None:
    """The API server of a kubeconfig's current context; None if it has none.

    Args:
        text: the kubeconfig itself, or the path of one.

    Raises:
        ApiUnreachableError: there is no such file.
    """
    if not text.lstrip().startswith(("{", "apiVersion", "---", "kind", "clusters")):
        try:
            text = Path(text).expanduser().read_text()
        except OSError as fault:
            raise ApiUnreachableError(
                f"palisade:kubeconfig: {text} cannot be read ({fault.strerror}); give the path of a kubeconfig, or"
                " leave it out to use the cluster's own (VPN-MFA)"
            ) from None
    told = yaml.safe_load(text) or {}
    contexts = {context["name"]: context["context"] for context in told.get("contexts") or []}
    cluster = (contexts.get(told.get("current-context")) or {}).get("cluster")
    return next((each["cluster"]["server"] for each in told.get("clusters") or [] if each["name"] == cluster), None)


def reachable(text: str) -> str:
    """Read a kubeconfig, and check that its API accepts connections, before anything is registered.

    Args:
        text: the kubeconfig itself, or the path of one.

    Raises:
        ApiUnreachableError: the API accepts no connection, or the file does not exist.
    """
    if server := server_of(text):
        require_reachable(server)
    return text


def require_reachable(endpoint: str, timeout: float = CONNECT_SECONDS) -> None:
    """Return when the API accepts a connection.

    Args:
        endpoint: https URL of the API.
        timeout: seconds to wait for the connection.

    Raises:
        ApiUnreachableError: it does not; the message has the remedy.
    """
    parts = urlsplit(endpoint)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=timeout):
            return
    except OSError as fault:
        raise ApiUnreachableError(
            f"the Kubernetes API at {endpoint} cannot be reached from here ({fault}). It is private: connect the VPN "
            "with your profile and your second factor, or run from inside the network, and try again. "
            "Nothing in Kubernetes was changed (VPN-MFA)"
        ) from None
