"""An AWS provider that creates nothing and invents IDs and ARNs, for runs of the whole program in seconds.

The stand-in provider on the emulated AWS takes ten times as long; a test compares both. A function that is not listed
is an error, as is a type without an ARN from which a policy takes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.providers.base import CheckFailure, Diff, Provider, ProviderError
from tests.needs.regions import endpoint_service, zones

ACCOUNT: Final = "123456789012"
ARNS: Final[Mapping[str, str]] = {
    "certificate": "acm:{region}:{account}:certificate/{id}",
    "cluster": "eks:{region}:{account}:cluster/{name}",
    "detector": "guardduty:{region}:{account}:detector/{id}",
    "eip": "ec2:{region}:{account}:elastic-ip/{id}",
    "eventRule": "events:{region}:{account}:rule/{name}",
    "group": "iam::{account}:group/{name}",
    "instance": "rds:{region}:{account}:db:{identifier}",
    "instanceProfile": "iam::{account}:instance-profile/{name}",
    "key": "kms:{region}:{account}:key/{id}",
    "loadBalancer": "elasticloadbalancing:{region}:{account}:loadbalancer/net/{name}/0",
    "logGroup": "logs:{region}:{account}:log-group:{name}",
    "openIdConnectProvider": "iam::{account}:oidc-provider/oidc.eks.{region}.amazonaws.com/id/0123",
    "policy": "iam::{account}:policy/{name}",
    "role": "iam::{account}:role/{name}",
    "secret": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "targetGroup": "elasticloadbalancing:{region}:{account}:targetgroup/{name}/0",
    "topic": "sns:{region}:{account}:{name}",
    "trail": "cloudtrail:{region}:{account}:trail/{name}",
    "user": "iam::{account}:user{path}{name}",
}
"""Last part of the type -> its ARN after `arn:aws:`. Buckets have none of account and region, see `_arn`."""


def _cluster(region: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "endpoint": f"https://0123.gr7.{region}.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0E="},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/0123"}]}],
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-made-by-eks"},
    }


MORE: Final[Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]]] = {
    "accessKey": lambda *_: {"secret": "invented", "id": "AKIAINVENTED"},
    "cluster": _cluster,
    "eip": lambda *_: {"publicIp": "203.0.113.7", "allocationId": "eipalloc-0123456789abcdef0"},
    "instance": lambda region, inputs: {
        "address": f"{inputs['identifier']}.0123.{region}.rds.amazonaws.com",
        "endpoint": f"{inputs['identifier']}.0123.{region}.rds.amazonaws.com:5432",
    },
    "launchTemplate": lambda *_: {"latestVersion": 7},
    "loadBalancer": lambda region, _: {
        "dnsName": f"balancer.elb.{region}.amazonaws.com",
        "arnSuffix": "net/balancer/0",
        "zoneId": "Z0123",
    },
    "nodeGroup": lambda *_: {"resources": [{"autoscalingGroups": [{"name": "eks-nodes"}]}]},
    "targetGroup": lambda *_: {"arnSuffix": "targetgroup/invented/0"},
    "vpc": lambda *_: {"defaultRouteTableId": "rtb-default"},
}
"""Last part of the type -> outputs that neither inputs nor ID and ARN give."""


class InventedAws(Provider):
    """Every type, and the functions that ask for account, region, partition and what a region offers."""

    name, version = "aws", "0.0.0"

    def __init__(self, region: str) -> None:
        self.region = region

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        """Accepts everything: the stand-in provider's tests check inputs."""
        return news, []

    def diff(self, *_: Any, **__: Any) -> Diff:
        """Nothing changes."""
        return Diff()

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        """Invents ID, name, ARN and the outputs of `MORE`."""
        kind = type_.rsplit(":", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]
        name = urn.rsplit("::", maxsplit=1)[-1]
        id_ = f"{kind}-{hashlib.sha256(urn.encode()).hexdigest()[:17]}"
        outputs = {"name": name, "path": "/", **inputs, **MORE.get(kind, lambda *_: {})(self.region, inputs)}
        if kind == "bucket":
            id_, outputs["arn"] = inputs["bucket"], f"arn:aws:s3:::{inputs['bucket']}"
        elif kind in ARNS:
            outputs["arn"] = "arn:aws:" + ARNS[kind].format(
                **outputs | {"id": id_}, region=self.region, account=ACCOUNT
            )
        outputs.setdefault("keyId", id_)
        return outputs.get("id", id_), outputs

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """There is nothing to read."""
        return None

    def update(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Nothing is updated."""
        raise ProviderError("an invented resource is never updated")

    def delete(self, *_: Any, **__: Any) -> None:
        """Nothing is deleted."""
        raise ProviderError("an invented resource is never deleted")

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """The answer of a function.

        Raises:
            ProviderError: the function is not listed.
        """
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": lambda: {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session",
                "id": ACCOUNT,
                "userId": "AROA:session",
            },
            "aws:index/getRegion:getRegion": lambda: {"region": self.region, "name": self.region, "id": self.region},
            "aws:index/getPartition:getPartition": lambda: {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
            },
            "aws:index/getAvailabilityZones:getAvailabilityZones": lambda: zones(self.region),
            "aws:ec2/getVpcEndpointService:getVpcEndpointService": lambda: endpoint_service(
                self.region, args["serviceName"]
            ),
            # Nothing is there yet that the program could take over.
            "aws:cloudwatch/getLogGroups:getLogGroups": lambda: {"id": "", "arns": [], "logGroupNames": []},
            "aws:ssm/getParametersByPath:getParametersByPath": lambda: {
                "id": "",
                "arns": [],
                "names": [],
                "values": [],
            },
            "aws:resourcegroupstaggingapi/getResources:getResources": lambda: {"id": "", "resourceTagMappingLists": []},
        }
        if token not in answers:
            raise ProviderError(f"{token}: add an answer to tests/needs/invented.py")
        return answers[token]()
