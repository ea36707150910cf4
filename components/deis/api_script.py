"""Kubernetes API client for scripts in the controller's image: Python's standard library, the pod's own account."""

from __future__ import annotations

from typing import Final

ACCOUNT_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its token and the API's authority."""
MERGE: Final = "application/merge-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"

ASK: Final = f"""\
import json, os, ssl, urllib.error, urllib.request

account = "{ACCOUNT_FOLDER}"
host = "https://" + os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
with open(account + "/token") as file:
    token = file.read()
trust = ssl.create_default_context(cafile=account + "/ca.crt")


def ask(method, path, body=None, kind="application/json"):
    request = urllib.request.Request(
        host + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={{"Authorization": "Bearer " + token, "Content-Type": kind}},
        method=method,
    )
    with urllib.request.urlopen(request, context=trust, timeout=30) as answer:
        return json.load(answer)
"""
"""Defines `ask`; the scripts that follow it use it."""
