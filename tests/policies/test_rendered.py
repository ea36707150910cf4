"""YAML is judged as it is rendered: what the SDK registers for a ConfigGroup and a ConfigFile, object by object."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.mocks import test as in_stack
from pulumi_kubernetes.yaml import ConfigFile, ConfigGroup

from policies.kernel.cases import Item
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from sandbox.providers.kubernetes.provider import KubernetesProvider
from tests.support.policies.sdk_harness import outcome

TEXT = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: NodePort, ports: [{port: 80}]}}
---
apiVersion: extensions/v1beta1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {template: {spec: {hostNetwork: true, containers: [{name: agent, image: nginx}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: web, image: "nginx:1.29", securityContext: {privileged: true}}]}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: [{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}]
"""
REFUSED = {
    ("Namespace", "namespace-pod-security-labels"),
    ("Service", "service-exposure"),
    ("DaemonSet", "pod-security-baseline-host-namespaces"),
    ("DaemonSet", "image-pinned-and-registry-allowlist"),
    ("Rollout", "pod-security-baseline-privileged"),
    ("ClusterRole", "rbac-no-escalation"),
}


class Rendering(Mocks):
    """Keeps what is registered; the stand-in provider answers what a text holds."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.items.append(Item(type=args.typ, name=args.name, props=dict(args.inputs), component=not args.custom))
        return f"id-{args.name}", dict(args.inputs)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return KubernetesProvider(offline=True).invoke(args.token, args.args), []


def rendered(program: Callable[[], pulumi.Resource]) -> list[Item]:
    mocks = Rendering()
    asyncio.set_event_loop(asyncio.new_event_loop())
    set_mocks(mocks, project="shop", stack="test", preview=False)
    in_stack(lambda: program() and None)()
    return mocks.items


@pytest.mark.parametrize("made_of", ["text", "file"])
def test_every_object_is_judged(made_of: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(TEXT)
    programs: dict[str, Callable[[], pulumi.Resource]] = {
        "text": lambda: ConfigGroup("shop", yaml=[TEXT]),
        "file": lambda: ConfigFile("shop", file=str(path)),
    }
    found = {
        (item.type.rpartition(":")[2], policy.id)
        for item in rendered(programs[made_of])
        for policy in POLICIES
        if policy.rule and policy.level is not ADVISORY and item.type in policy.types
        if outcome(policy, (item,)).violations
    }
    assert found == REFUSED
