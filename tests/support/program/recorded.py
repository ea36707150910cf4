"""Record the resources of a component, without emulating AWS: outputs are made up here, per type."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pulumi.runtime.mocks import MockCallArgs

from components.context import AwsContext
from components.people import Person
from components.tags import Tags
from sandbox.providers.mocks import ProviderMocks, Run, run_program

Invention = Callable[[str, Mapping[str, Any]], dict[str, Any]]

CONTEXT = AwsContext(account_id="123456789012", region="eu-central-1", partition="aws")
TAGS = Tags(owner="platform", environment="sandbox", stack="test")


def ssh_key(name: str) -> str:
    """A person's public key, always the same."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def person(name: str, role: Any) -> Person:
    """A person in the list."""
    return Person(
        name=name,
        email=f"{name}@example.org",
        role=role,
        iam_principal=f"arn:aws:iam::123456789012:role/{name}",
        ssh_key=ssh_key(name),
    )


INVENTED: Mapping[str, Invention] = {
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
"""Type -> outputs that do not follow from the inputs."""


class InventedOutputs(ProviderMocks):
    """Mocks without validation and emulation: a resource's outputs are its inputs and the made-up ones of its type.

    Args:
        invented: type -> a function of name and inputs.
    """

    def __init__(self, invented: Mapping[str, Invention]) -> None:
        super().__init__({})
        self._invented = invented

    def make(
        self, urn: str, type_: str, inputs: dict[str, Any], *, preview: bool
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(ID, inputs, outputs) of a new resource; in a preview nothing is made up."""
        if preview:
            return "", inputs, inputs
        name = urn.rsplit("::", maxsplit=1)[-1]
        invented = self._invented.get(type_, lambda *_: {})(name, inputs)
        return f"id-{name}", inputs, {"arn": f"arn:aws:mock:::{name}", **inputs, **invented}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Zones a to f in every region, and all endpoint services; sandbox/emulator knows which regions lack some."""
        if args.token == "aws:index/getAvailabilityZones:getAvailabilityZones":
            region = args.args["region"]
            return {
                "names": [f"{region}{zone}" for zone in "abcdef"],
                "zoneIds": [f"id-{zone}" for zone in "abcdef"],
            }, []
        if args.token == "aws:ec2/getVpcEndpointService:getVpcEndpointService":
            return {"serviceName": args.args["serviceName"], "availabilityZones": []}, []
        raise AssertionError(f"{args.token}: these components call no other function")


def record(program: Callable[[], Any], *, known: bool = True, invented: Mapping[str, Invention] = INVENTED) -> Run:
    """The resources of a program, with made-up outputs.

    Args:
        program: creates components.
        known: False: a preview on an empty state, in which the outputs are unknown.
        invented: type -> outputs that do not follow from the inputs.
    """
    return run_program(program, InventedOutputs(invented), preview=not known)
