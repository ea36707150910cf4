"""A recorded Deis in a network with a cluster, for its tests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi.runtime import rpc

from components.cluster import Cluster, ClusterArgs
from components.deis import Deis, DeisArgs
from components.network import Network, NetworkArgs
from policies.guidelines.deis import BUILDER, CONTROLLER, ROUTER
from sandbox.providers.mocks import Registered, Run
from tests.support.program import cluster_of, recorded
from tests.support.program.recorded import CONTEXT, TAGS, record

WHITELIST = ("203.0.113.0/24", "198.51.100.7/32")
PASSWORD = "Zq7Rk2Vx9LmT"
"""Start of every generated password, by which a test finds it where it must not be."""

INVENTED: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "random:index/randomPassword:RandomPassword": lambda name, _: {
        "result": PASSWORD + hashlib.sha256(name.encode()).hexdigest()
    },
    "tls:index/privateKey:PrivateKey": lambda name, _: {"privateKeyPem": f"{PASSWORD}{name}"},
    "tls:index/selfSignedCert:SelfSignedCert": lambda name, _: {"certPem": f"certificate {name}\n"},
    "tls:index/certRequest:CertRequest": lambda name, _: {"certRequestPem": f"request {name}"},
    "tls:index/locallySignedCert:LocallySignedCert": lambda name, _: {
        "certPem": f"certificate {name}\n",
        "validityEndTime": "2027-02-22T00:00:00Z",
    },
    "aws:iam/accessKey:AccessKey": lambda name, _: {"secret": f"{PASSWORD}{name}", "status": "Active"},
    "aws:rds/instance:Instance": lambda name, inputs: {
        "address": f"{inputs['identifier']}.abc.eu-central-1.rds.amazonaws.com",
        "endpoint": f"{inputs['identifier']}.abc.eu-central-1.rds.amazonaws.com:5432",
    },
    "aws:lb/loadBalancer:LoadBalancer": lambda name, _: {
        "dnsName": f"{name}.elb.eu-central-1.amazonaws.com",
        "arnSuffix": f"net/{name}/0",
    },
    "aws:lb/targetGroup:TargetGroup": lambda name, _: {"arnSuffix": f"targetgroup/{name}/0"},
}


JOB = ("Job", "deis-bootstrap")
WITH_PODS = [("Deployment", CONTROLLER), ("Deployment", BUILDER), ("Deployment", ROUTER), JOB]


def arguments(network: Network, cluster: Cluster, **changes: Any) -> DeisArgs:
    """The arguments with which __main__ creates Deis on a cluster."""
    return arguments_without(
        **{
            "vpc_id": network.vpc_id,
            "vpc_cidr": network.vpc_cidr,
            "database_subnet_ids": network.private_subnet_ids,
            "database_subnet_cidrs": network.private_subnet_cidrs,
            "balancer_subnet_ids": network.public_subnet_ids,
            "balancer_subnet_cidrs": network.public_subnet_cidrs,
            "api_cidrs": tuple(network.intra_subnet_cidrs.values()),
            "node_security_group_id": cluster.node_security_group_id,
            "autoscaling_group_names": cluster.autoscaling_group_names,
            "kubernetes_after": [cluster],
            **changes,
        }
    )


def arguments_without(**changes: Any) -> DeisArgs:
    """Arguments without a real network or cluster, for checks before anything is registered."""
    zones = "abc"
    given: dict[str, Any] = {
        "context": CONTEXT,
        "tags": TAGS,
        "domain": "apps.example.org",
        "administrator_email": "ada@example.org",
        "whitelist": WHITELIST,
        "vpc_id": "vpc-1",
        "vpc_cidr": "10.40.0.0/16",
        "database_subnet_ids": {zone: f"subnet-private-{zone}" for zone in zones},
        "database_subnet_cidrs": {zone: f"10.40.{64 + at}.0/24" for at, zone in enumerate(zones)},
        "balancer_subnet_ids": {zone: f"subnet-public-{zone}" for zone in zones},
        "balancer_subnet_cidrs": {zone: f"10.40.{at}.0/24" for at, zone in enumerate(zones)},
        "api_cidrs": ["10.40.250.0/24"],
        "node_security_group_id": "sg-nodes",
        "autoscaling_group_names": {"general": "eks-general"},
    }
    return DeisArgs(**{**given, **changes})


def of_deis(
    use: Callable[[Deis], Any] = lambda deis: None,
    *,
    known: bool = True,
    later: Callable[[Network, Cluster], Mapping[str, Any]] = lambda network, cluster: {},
    **changes: Any,
) -> Run:
    """All resources of a network, a cluster and a Deis; `later` returns arguments made of the first two."""

    def program() -> Any:
        network = Network("net", NetworkArgs(context=CONTEXT, tags=TAGS))
        cluster = Cluster("pal", ClusterArgs(**vars(cluster_of.arguments(network))))
        provider = k8s.Provider("kubernetes", kubeconfig=cluster.kubeconfig)
        args = arguments(network, cluster, **{**later(network, cluster), **changes})
        return use(Deis("deis", args, pulumi.ResourceOptions(providers=[provider])))

    return record(program, known=known, invented={**recorded.INVENTED, **INVENTED})


def objects(graph: Run) -> dict[tuple[str, str], Registered]:
    """(kind, name) -> the Kubernetes object."""
    return {
        (resource.type.rsplit(":", 1)[-1], resource.inputs["metadata"]["name"]): resource
        for resource in graph.resources
        if resource.type.startswith("kubernetes:")
    }


def is_secret(value: Any) -> bool:
    """Whether a marked input is entirely secret."""
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def annotations_of(one: Registered) -> dict[str, str]:
    """Annotations of an object."""
    return one.inputs["metadata"]["annotations"]


def pod_of(one: Registered) -> dict[str, Any]:
    """Pod spec of a workload."""
    return one.inputs["spec"]["template"]["spec"]


def environment_of(one: Registered) -> dict[str, Any]:
    """Variables of a workload's only container, by name."""
    return {variable["name"]: variable for variable in pod_of(one)["containers"][0]["env"]}
