"""A kubeconfig as an HTTP client, without the `kubernetes` package, which takes two seconds to import."""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import urllib3
import yaml

from sandbox.providers.base import ProviderError

CONNECTIONS = 32
EXEC_TIMEOUT_SECONDS = 60
EXEC_INFO = "KUBERNETES_EXEC_INFO"
"""Environment variable: what a plugin is asked for."""
UNSUPPORTED = {"cluster": ("proxy-url",), "user": ("auth-provider", "tokenFile", "as", "username")}


class Connection:
    """The API server's location, and the client's credentials.

    Args:
        kubeconfig: the file's content, or its path.
        context: a context other than the current one.

    Raises:
        ProviderError: the kubeconfig cannot be read, is incomplete, or uses unsupported features.
    """

    def __init__(self, kubeconfig: str, context: str | None = None) -> None:
        document = _document(kubeconfig)
        chosen = _entry(document, "context", context or document.get("current-context"))
        cluster = _entry(document, "cluster", chosen.get("cluster"))
        user = _entry(document, "user", chosen.get("user"))
        for part, entry in (("cluster", cluster), ("user", user)):
            if strange := [key for key in UNSUPPORTED[part] if entry.get(key)]:
                raise ProviderError(f"kubeconfig: {part}.{strange[0]} is not supported by the stand-in provider")
        self.server: str = cluster["server"].rstrip("/")
        self.namespace: str = chosen.get("namespace") or "default"
        self._token: str | None = user.get("token")
        self._exec: Mapping[str, Any] | None = user.get("exec")
        self._ends = 0.0
        self._lock = threading.Lock()
        self.pool = urllib3.PoolManager(maxsize=CONNECTIONS, block=True, retries=False, ssl_context=_tls(cluster, user))

    def headers(self) -> dict[str, str]:
        """The authentication headers. As in client-go, a plugin runs once, and again when its token has expired.

        Raises:
            ProviderError: the plugin returns no token.
        """
        with self._lock:
            if self._exec is not None and time.time() > self._ends:
                self._token, self._ends = _run_plugin(self._exec)
            return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def refused(self, headers: Mapping[str, str]) -> None:
        """Make the next request use another token, as client-go does after the response 401.

        Args:
            headers: headers of the refused request.
        """
        with self._lock:
            if headers.get("Authorization") == f"Bearer {self._token}":
                self._ends = 0.0


def _document(kubeconfig: str) -> dict[str, Any]:
    inline = "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
    try:
        document = yaml.safe_load(kubeconfig if inline else Path(kubeconfig).expanduser().read_text())
    except OSError as fault:
        raise ProviderError(f"kubeconfig {kubeconfig}: {fault.strerror}; give its path or its content") from None
    except yaml.YAMLError:
        # The parser's message would quote the content, which contains credentials.
        raise ProviderError("kubeconfig: neither YAML nor JSON") from None
    if not isinstance(document, dict):
        raise ProviderError("kubeconfig: neither YAML nor JSON")
    return document


def _entry(document: Mapping[str, Any], kind: str, name: str | None) -> dict[str, Any]:
    for entry in document.get(f"{kind}s") or []:
        if entry.get("name") == name:
            return entry.get(kind) or {}
    raise ProviderError(f"kubeconfig: no {kind} named {name!r}")


def active_cluster(kubeconfig: str, context: str | None, cluster: str | None) -> dict[str, Any] | None:
    """The cluster's entry of a kubeconfig; None if there is none.

    Args:
        kubeconfig: the file's content, or its path.
        context: a context other than the current one.
        cluster: a cluster other than the context's.
    """
    try:
        document = _document(kubeconfig)
        chosen = _entry(document, "context", context or document.get("current-context"))
        return _entry(document, "cluster", cluster or chosen.get("cluster"))
    except ProviderError:
        return None


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    authority, file = cluster.get("certificate-authority-data"), cluster.get("certificate-authority")
    try:
        context = ssl.create_default_context(
            cafile=file, cadata=base64.b64decode(authority).decode() if authority else None
        )
        if cluster.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        _load_client(context, user)
    except (OSError, ValueError, binascii.Error) as fault:
        raise ProviderError(f"kubeconfig: the certificates cannot be read ({type(fault).__name__})") from None
    return context


def _load_client(context: ssl.SSLContext, user: Mapping[str, Any]) -> None:
    """Load the client's certificate. Inline certificates are written to a private file: ssl reads only files."""
    if user.get("client-certificate-data"):
        with tempfile.TemporaryDirectory() as folder:
            pair = Path(folder) / "pair.pem"
            pair.touch(mode=0o600)
            parts = (user["client-certificate-data"], user["client-key-data"])
            pair.write_bytes(b"\n".join(base64.b64decode(part) for part in parts))
            context.load_cert_chain(pair)
    elif user.get("client-certificate"):
        context.load_cert_chain(user["client-certificate"], user.get("client-key"))


def _run_plugin(plugin: Mapping[str, Any]) -> tuple[str, float]:
    """(token, its expiry) from a credential plugin, such as `aws eks get-token`.

    Same as client-go 0.35: plugin/pkg/client/auth/exec/exec.go.
    """
    command, version = [plugin["command"], *(plugin.get("args") or [])], plugin.get("apiVersion")
    asked = {"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": False}}
    environment = {**os.environ, **{item["name"]: item["value"] for item in plugin.get("env") or []}}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**environment, EXEC_INFO: json.dumps(asked)},
            timeout=EXEC_TIMEOUT_SECONDS,
            check=True,
        )
        answer = json.loads(done.stdout)
        token, end = answer["status"]["token"], answer["status"].get("expirationTimestamp")
    except subprocess.CalledProcessError as fault:
        raise _without(f"`{' '.join(command)}` failed: {fault.stderr.strip()[-500:]}") from None
    except FileNotFoundError:
        raise _without(f"exec: executable {command[0]} not found. {plugin.get('installHint') or ''}".strip()) from None
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as fault:
        raise _without(f"`{' '.join(command)}` gave no token ({type(fault).__name__})") from None
    if answer.get("apiVersion") != version:
        raise _without(f"`{command[0]}` answers in {answer.get('apiVersion')}, the kubeconfig asks for {version}")
    return token, datetime.fromisoformat(end).timestamp() if end else float("inf")


def _without(reason: str) -> ProviderError:
    return ProviderError(f"getting credentials: {reason}")
