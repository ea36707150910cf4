"""Deis's service accounts as its pods use them: with a token and nothing else."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import yaml

from components.deis.api_script import ACCOUNT_FOLDER, ASK
from policies.guidelines.deis import NAMESPACE
from sandbox.providers.kubernetes.api import Api


class Account:
    """A pod's view of the API: its token, the API's authority and address."""

    def __init__(self, api: Api, kubeconfig: Path, name: str, folder: Path) -> None:
        self.folder = folder
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{name}/token"
        token = api.request("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"})
        (folder / "token").write_text(token["status"]["token"])
        (folder / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
        address = urlsplit(cluster["server"])
        self.environment = {
            "KUBERNETES_SERVICE_HOST": str(address.hostname),
            "KUBERNETES_SERVICE_PORT": str(address.port),
        }

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert ACCOUNT_FOLDER in script
        return subprocess.run(
            [sys.executable, "-c", script.replace(ACCOUNT_FOLDER, str(self.folder)), *arguments],
            env={"PATH": os.environ["PATH"], **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The API's response to the account, requested as Deis's scripts do.

        Raises:
            urllib.error.HTTPError: the API refuses.
        """
        defined: dict[str, Any] = {}
        with mock.patch.dict(os.environ, self.environment):
            exec(ASK.replace(ACCOUNT_FOLDER, str(self.folder)), defined)  # noqa: S102
        return defined["ask"](method, path, body)


ADMINISTRATOR_GROUP = "test:administrators"


def bind_administrators(api: Api) -> None:
    """Give a group the rights of AmazonEKSClusterAdminPolicy: everything, without being in system:masters."""
    group = "rbac.authorization.k8s.io"
    body = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": ADMINISTRATOR_GROUP},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": ADMINISTRATOR_GROUP}],
    }
    api.apply(body)


class Impersonated(Api):
    """A client of the API that impersonates another user.

    Args:
        kubeconfig: a kubeconfig that may impersonate.
        user: the impersonated user; the server itself adds the groups of a service account.
        group: a group of the user.
    """

    def __init__(self, kubeconfig: Path, user: str, group: str = "") -> None:
        super().__init__(str(kubeconfig))
        own = self._connection.headers
        taken = {"Impersonate-User": user} | ({"Impersonate-Group": group} if group else {})
        self._connection.headers = lambda: {**own(), **taken}  # type: ignore[method-assign]


def administrator(api: Api, kubeconfig: Path) -> Impersonated:
    """A person in the list who administers the cluster, as EKS authenticates them."""
    bind_administrators(api)
    return Impersonated(kubeconfig, "arn:aws:sts::123456789012:assumed-role/ada/session", ADMINISTRATOR_GROUP)


def deis_account(kubeconfig: Path, name: str) -> Impersonated:
    """A service account of Deis, with a stolen token."""
    return Impersonated(kubeconfig, f"system:serviceaccount:{NAMESPACE}:{name}")
