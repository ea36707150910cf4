"""The two webhooks of the sandbox's API server: authentication of tokens, and authorization by EKS's access policies.

EKS's own are closed source. Known facts: the response to a token is that of aws-iam-authenticator v0.7.18
(pkg/server/server.go); entries are found by the principal's unique ID (aws/containers-roadmap#185), and audit logs of
real clusters contain that ID as the user whose request an access policy allows. So the second webhook uses the ID as
well, which impersonation does not carry over: as the user guide says, impersonated users have no access policies.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

from sandbox.emulator import API_SERVER_VARIABLE, AUTHENTICATE, AUTHORIZE
from sandbox.emulator.access.callers import Caller, StsError
from sandbox.emulator.access.tokens import FormatError, verify
from sandbox.emulator.services.eks.access_policies import allows
from sandbox.emulator.services.eks.catalogue import RESERVED_PREFIXES
from sandbox.emulator.store import LOCK, Record, shelves

PRINCIPAL = "sigs.k8s.io/aws-iam-authenticator/principalId"
UID_PREFIX = "aws-iam-authenticator:"
Json = dict[str, Any]
Answer = tuple[int, dict[str, str], str]
log = logging.getLogger("sandbox.emulator.access")


def answer(path: str, body: bytes, endpoint: str) -> Answer | None:
    """The response to a request of the API server; None for other paths.

    Args:
        path: path of the request.
        body: a TokenReview or a SubjectAccessReview of version v1.
        endpoint: the URL of this emulated AWS, which is the STS of the tokens.
    """
    handler = {AUTHENTICATE: _authenticate, AUTHORIZE: _authorize}.get(path)
    if handler is None:
        return None
    review = json.loads(body)
    with LOCK:
        status, result = handler(review["spec"], endpoint)
    kinds = {"apiVersion": review["apiVersion"], "kind": review["kind"]}
    return status, {"Content-Type": "application/json"}, json.dumps({**kinds, "status": result})


def _authenticate(spec: Json, endpoint: str) -> tuple[int, Json]:
    try:
        user = authenticate(spec["token"], endpoint)
    except (FormatError, StsError, PermissionError) as refusal:
        log.warning("access denied: %s", refusal)
        return 403, {"authenticated": False}
    log.info("access granted: %s", user["username"])
    return 200, {"authenticated": True, "user": user}


def authenticate(token: str, endpoint: str) -> Json:
    """The Kubernetes user of a token.

    Raises:
        FormatError, StsError: see `tokens.verify`.
        PermissionError: the signer has no access entry in this API server's cluster.
    """
    cluster, entries = _served()
    caller = verify(token, cluster, endpoint)
    entry = _entry(entries, caller.principal_id)
    if entry is None:
        raise PermissionError(f"{caller.arn} has no access entry")
    username = _username(entry["username"], caller)
    # Including nodes: the sandbox's nodes are kwok's and use certificates.
    if username.startswith(RESERVED_PREFIXES):
        raise PermissionError(f"invalid username {username!r}")
    extra = {
        "arn": caller.arn,
        "canonicalArn": _canonical(caller),
        "sessionName": caller.session,
        "accessKeyId": caller.access_key_id,
        "principalId": caller.principal_id,
        PRINCIPAL: caller.principal_id,
    }
    return {
        "username": username,
        "uid": f"{UID_PREFIX}{caller.account}:{caller.principal_id}",
        "groups": list(entry["kubernetesGroups"]),
        "extra": {name: [value] for name, value in extra.items()},
    }


def _authorize(spec: Json, _: str) -> tuple[int, Json]:
    reason = authorize(spec)
    return 200, {"allowed": bool(reason), "reason": reason}


def authorize(spec: Mapping[str, Any]) -> str:
    """The reason why an access policy allows a SubjectAccessReview; empty if none does, which denies nothing."""
    principal = ((spec.get("extra") or {}).get(PRINCIPAL) or [""])[0]
    if not principal or not str(spec.get("uid")).startswith(UID_PREFIX):
        return ""
    try:
        _, entries = _served()
    except PermissionError:
        return ""
    entry = _entry(entries, principal) or {"policies": {}}
    for arn, association in entry["policies"].items():
        if allows(arn.rpartition("/")[2], association["accessScope"], spec):
            bound = "ClusterRole" if association["accessScope"]["type"] == "cluster" else "Role"
            name = f"{entry['principalArn']}+{arn}"
            return f'EKS Access Policy: allowed by {bound}Binding "{name}" of ClusterRole "{arn}" to User "{principal}"'
    return ""


def _served() -> tuple[str, Mapping[str, Record]]:
    """Name and access entries of the cluster to which this machine's API server belongs.

    Raises:
        PermissionError: there is no such cluster.
    """
    server = os.environ.get(API_SERVER_VARIABLE)
    for regions in list(shelves("eks").values()):
        for shelf in list(regions.values()):
            for name, cluster in shelf.tables["clusters"].items():
                if cluster["endpoint"] == server and cluster["accessConfig"]["authenticationMode"] != "CONFIG_MAP":
                    return name, shelf.tables[f"access/{name}"]
    raise PermissionError("no cluster of EKS has this API server and access entries")


def _entry(entries: Mapping[str, Record], principal: str) -> Record | None:
    return next((entry for entry in entries.values() if entry["principalId"] == principal), None)


def _username(template: str, caller: Caller) -> str:
    values = {
        "{{AccountID}}": caller.account,
        "{{SessionName}}": caller.session.replace("@", "-"),
        "{{SessionNameRaw}}": caller.session,
        "{{AccessKeyID}}": caller.access_key_id,
    }
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    return template


def _canonical(caller: Caller) -> str:
    """The role's ARN for a session; a user's own ARN."""
    if not caller.session:
        return caller.arn
    role = caller.arn.rpartition("/")[0].replace(":sts:", ":iam:", 1)
    return role.replace(":assumed-role/", ":role/", 1)
