"""The pack's Pod Security Standards against those of a real API server: what one refuses, the other does."""

from __future__ import annotations

import copy
import random
from http import HTTPStatus
from typing import Any

import pytest

from policies.kernel.cases import OMITTED, Item, changed
from policies.registry import POLICIES
from policies.rules.workloads.pods import HARDENED
from sandbox.providers.kubernetes.api import Api, ApiError
from tests.control_plane.conftest import eventually
from tests.support.control_plane import near_pods
from tests.support.policies.sdk_harness import outcome

VERSIONS = ("1.30", "1.33", "1.34", "1.35")
"""Each side of a change of the standards, as far as EKS goes back, and one further."""
LEVELS = {
    "baseline": ("pod-security-baseline-",),
    "restricted": ("pod-security-baseline-", "pod-security-restricted-"),
}
POD, ONE = "securityContext", "containers.0.securityContext"
HOSTED = {"httpGet": {"host": "10.0.0.1", "port": 80}}
OWN_USERS = {"hostUsers": False}
PODS: dict[str, dict[str, Any]] = {
    "hardened": {},
    "host network": {"hostNetwork": True},
    "host processes": {"hostPID": True},
    "host path": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]},
    "nfs": {"volumes": [{"name": "v", "nfs": {"server": "s", "path": "/"}}]},
    "privileged": {f"{ONE}.privileged": True, f"{ONE}.allowPrivilegeEscalation": OMITTED},
    "admin": {f"{ONE}.capabilities.add": ["SYS_ADMIN"]},
    "chown": {f"{ONE}.capabilities.add": ["CHOWN"]},
    "low port": {f"{ONE}.capabilities.add": ["NET_BIND_SERVICE"]},
    "keeps capabilities": {f"{ONE}.capabilities": OMITTED},
    "host port": {"containers.0.ports.0.hostPort": 8080},
    "probe elsewhere": {"containers.0.livenessProbe": HOSTED},
    "hook elsewhere": {"containers.0.lifecycle.preStop": HOSTED},
    "armor off": {f"{ONE}.appArmorProfile": {"type": "Unconfined"}},
    "armor on": {f"{ONE}.appArmorProfile": {"type": "RuntimeDefault"}},
    "selinux off": {f"{POD}.seLinuxOptions": {"type": "spc_t"}},
    "selinux engine": {f"{POD}.seLinuxOptions": {"type": "container_engine_t"}},
    "selinux user": {f"{ONE}.seLinuxOptions": {"user": "u"}},
    "seccomp off": {f"{POD}.seccompProfile.type": "Unconfined"},
    "seccomp omitted": {f"{POD}.seccompProfile": OMITTED},
    "sysctl of the kernel": {f"{POD}.sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
    "sysctl since 1.32": {f"{POD}.sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1 2 3"}]},
    "may be root": {f"{POD}.runAsNonRoot": OMITTED},
    "pod may be root": {f"{POD}.runAsNonRoot": False, f"{ONE}.runAsNonRoot": True},
    "container may be root": {f"{ONE}.runAsNonRoot": False},
    "is root": {f"{POD}.runAsUser": 0},
    "is root of its own users": {**OWN_USERS, f"{POD}.runAsUser": 0, f"{POD}.runAsNonRoot": OMITTED},
    "sees proc of its own users": {**OWN_USERS, f"{ONE}.procMount": "Unmasked"},
    "escalates": {f"{ONE}.allowPrivilegeEscalation": OMITTED},
    "windows": {"os": {"name": "windows"}, POD: {"runAsNonRoot": True}, ONE: OMITTED},
    "init container": {"initContainers": [{"name": "i", "image": "i"}]},
}


def namespace_of(level: str, version: str) -> str:
    return f"{level}-{version.replace('.', '-')}"


@pytest.fixture(scope="module")
def held(api: Api) -> Api:
    """The API with a namespace for each level and version."""
    names = {namespace_of(level, version): (level, version) for level in LEVELS for version in VERSIONS}
    for name, (level, version) in names.items():
        enforced = "pod-security.kubernetes.io/enforce"
        labels = {enforced: level, f"{enforced}-version": f"v{version}"}
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    for name in names:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
        eventually(lambda account=account: api.get(account))
    return api


def refused_by_server(api: Api, body: dict[str, Any]) -> bool:
    try:
        api.apply(body, dry_run=True)
    except ApiError as error:
        if error.status == HTTPStatus.FORBIDDEN and "violates PodSecurity" in str(error):
            return True
        raise
    return False


def refused_by_pack(body: dict[str, Any], level: str, version: str) -> bool:
    item = Item(type="kubernetes:core/v1:Pod", props=body)
    said = [
        outcome(policy, (item,), {"kubernetesVersion": version})
        for policy in POLICIES
        if policy.id.startswith(LEVELS[level])
    ]
    return any(one.violations for one in said)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_pack_refuses_what_the_server_refuses(held: Api, version: str, level: str) -> None:
    differing = {}
    refused = 0
    for name, changes in PODS.items():
        spec = changed(HARDENED, {"serviceAccountName": "default", **changes})
        metadata = {"name": "pod", "namespace": namespace_of(level, version)}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        by_server, by_pack = refused_by_server(held, body), refused_by_pack(body, level, version)
        refused += by_server
        if by_server is not by_pack:
            differing[name] = f"the server {'refuses' if by_server else 'admits'} it, the pack does not"
    assert not differing
    assert 0 < refused < len(PODS)


SEED, PODS_EACH = 1, 60


def said_by_server(api: Api, body: dict[str, Any]) -> bool | None:
    """Whether Pod Security refuses it; None: it is malformed, and was never shown to Pod Security."""
    try:
        return refused_by_server(api, copy.deepcopy(body))
    except ApiError as error:
        if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return None
        raise


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_neither_refuses_what_the_other_admits_of_pods_at_random(held: Api, version: str, level: str) -> None:
    chance = random.Random(f"{SEED} {version} {level}")  # noqa: S311 - the same pods each time
    said: list[bool] = []
    for _ in range(PODS_EACH):
        body = near_pods.pod(chance)
        body["metadata"]["namespace"] = namespace_of(level, version)
        by_server = said_by_server(held, body)
        if by_server is None:
            continue
        assert refused_by_pack(body, level, version) is by_server, body
        said.append(by_server)
    assert len(said) > PODS_EACH / 2
    assert PODS_EACH / 10 < sum(said) < len(said)
