"""How to reach the cluster: a kubeconfig without a secret, and a clear word when it cannot be reached (VPN-MFA)."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pulumi

CONNECT_SECONDS = 5.0


class ApiUnreachableError(pulumi.RunError):
    """The Kubernetes API does not answer from here."""


def kubeconfig(name: str, region: str, endpoint: str, certificate_authority: str) -> str:
    """A kubeconfig (as JSON, which every client reads) whose token the AWS CLI fetches for whoever uses it.

    Args:
        name: the cluster's.
        region: the cluster's.
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


def require_reachable(endpoint: str, timeout: float = CONNECT_SECONDS) -> None:
    """Returns when the API takes a connection.

    Args:
        endpoint: https URL of the API.
        timeout: seconds to wait for the connection.

    Raises:
        ApiUnreachableError: it does not, with what to do about it.
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
