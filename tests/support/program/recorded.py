"""Registers a component in process and keeps every registration, dependencies and options included.

The mocks of the SDK forget parents, dependencies, protection and ignored changes; those are what deletion order and
replacement depend on. This monitor keeps them. Nothing is emulated: outputs are invented here, per type.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.mocks import test as in_stack

from components.context import AwsContext
from components.people import Person
from components.tags import Tags

CONTEXT = AwsContext(account_id="123456789012", region="eu-central-1", partition="aws")
TAGS = Tags(owner="platform", environment="sandbox", stack="test")


def ssh_key(name: str) -> str:
    """A person's public key, always the same."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def person(name: str, role: Any) -> Person:
    """A person of the list."""
    return Person(
        name=name,
        email=f"{name}@example.org",
        role=role,
        iam_principal=f"arn:aws:iam::123456789012:role/{name}",
        ssh_key=ssh_key(name),
    )


@dataclass(frozen=True)
class Registered:
    """One registration as the engine would get it."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    component: bool
    depends_on: frozenset[str]
    """URNs that it waits for, whether named or through its inputs."""
    protect: bool
    ignored: tuple[str, ...]
    hooks: tuple[str, ...]
    """Names of the hooks that run before a creation or an update."""
    retained: bool
    """Whether it stays in AWS when it leaves the stack."""
    update_timeout: str


@dataclass
class Graph:
    """All registrations of a run."""

    resources: list[Registered] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def of(self, type_: str) -> dict[str, Registered]:
        """Registrations of a type, such as ec2/subnet:Subnet, by name."""
        return {one.name: one for one in self.resources if one.type == f"aws:{type_}"}

    def one(self, type_: str, name: str) -> Registered:
        """The registration of that type and name."""
        return self.of(type_)[name]

    def waits(self, later: Registered, earlier: Registered) -> bool:
        """Whether `later` is created after `earlier` and deleted before it, directly or through others."""
        by_urn = {one.urn: one for one in self.resources}
        seen: set[str] = set()
        queue = [later.urn]
        while queue:
            urn = queue.pop()
            if urn == earlier.urn:
                return later.urn != earlier.urn
            if urn not in seen and urn in by_urn:
                seen.add(urn)
                queue += by_urn[urn].depends_on
        return False


INVENTED: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "aws:ec2/vpc:Vpc": lambda name, _: {"defaultRouteTableId": f"rtb-default-{name}"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda name, _: {"latestVersion": 7},
    "aws:ec2/eip:Eip": lambda name, _: {"publicIp": "203.0.113.7", "allocationId": f"eipalloc-{name}"},
    "aws:iam/role:Role": lambda name, _: {"name": f"id-{name}"},
    "aws:eks/cluster:Cluster": lambda name, inputs: {
        "endpoint": "https://0123.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0E="},
        "identities": [{"oidcs": [{"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/0123"}]}],
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-made-by-eks"},
    },
    "aws:eks/nodeGroup:NodeGroup": lambda name, _: {"resources": [{"autoscalingGroups": [{"name": f"eks-{name}"}]}]},
}
"""Type -> outputs that cannot be told from the inputs."""


class _Inventing(Mocks):
    def __init__(self, *, known: bool) -> None:
        self.known = known

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not self.known:
            return "", dict(args.inputs)
        invented = INVENTED.get(args.typ, lambda *_: {})(args.name, args.inputs)
        return f"id-{args.name}", {"arn": f"arn:aws:mock:::{args.name}", **args.inputs, **invented}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Every zone and every endpoint service there is; sandbox/emulator knows which regions lack some."""
        if args.token == "aws:index/getAvailabilityZones:getAvailabilityZones":
            region = args.args["region"]
            return {
                "names": [f"{region}{zone}" for zone in "abcdef"],
                "zoneIds": [f"id-{zone}" for zone in "abcdef"],
            }, []
        if args.token == "aws:ec2/getVpcEndpointService:getVpcEndpointService":
            return {"serviceName": args.args["serviceName"], "availabilityZones": []}, []
        raise AssertionError(f"{args.token}: these components ask AWS nothing else while they are described")


class _Recording(MockMonitor):
    def __init__(self, mocks: Mocks, graph: Graph) -> None:
        super().__init__(mocks)
        self.graph = graph

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.graph.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    inputs=rpc.deserialize_properties(request.object, keep_unknowns=True),
                    component=not request.custom,
                    depends_on=frozenset(request.dependencies),
                    protect=request.protect,
                    ignored=tuple(request.ignoreChanges),
                    hooks=(*request.hooks.before_create, *request.hooks.before_update),
                    retained=request.retainOnDelete,
                    update_timeout=request.customTimeouts.update,
                )
            )
        return response


def record(program: Callable[[], Any], *, known: bool = True) -> Graph:
    """Runs the program and returns what it registered.

    Args:
        program: makes components; an Output that it returns is awaited.
        known: False: a preview on an empty state, in which nothing that AWS decides is known.
    """
    graph = Graph()
    mocks = _Inventing(known=known)
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        # Whoever ran a program with a loop of its own before left none behind.
        asyncio.set_event_loop(asyncio.new_event_loop())
    set_mocks(mocks, project="palisade", stack="test", preview=not known, monitor=_Recording(mocks, graph))
    warn = pulumi.log.warn
    pulumi.log.warn = lambda message, *_, **__: graph.warnings.append(message)  # type: ignore[assignment]
    try:
        in_stack(program)()
    finally:
        pulumi.log.warn = warn
    return graph
