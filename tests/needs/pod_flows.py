"""Which pods may talk to whom, by network policies: every pair of ends and every port that something listens on."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.guidelines.deis import APPLICATION_LABEL, NAMESPACE
from sandbox.providers.mocks import Registered
from tests.needs.account import Account
from tests.needs.network import Way
from tests.needs.network_policies import Link, Network, Pod, let_through

End = Pod | Network
METADATA: Final = "169.254.169.254"
INTERNET: Final = "198.51.100.9"
SYSTEM: Final = "kube-system"
PORTS: Final = (22, 53, 80, 443, 2222, 2223, 5000, 5432, 6443, 8000, 8080, 9090, 9443, 10250)
LINKS: Final = tuple((port, protocol) for port in PORTS for protocol in ("tcp", "udp"))
TEAM: Final = "shop"
"""The namespace of a team in Pulumi.sandbox.yaml."""


def _namespace_labels(name: str) -> dict[str, str]:
    own = dict([APPLICATION_LABEL]) if name in ("orchid", "garden") else {}
    return {"kubernetes.io/metadata.name": name, **own}


def _pod_labels(workload: Registered) -> Mapping[str, str]:
    spec = workload.inputs.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    return template.get("metadata", {}).get("labels", {})


def ends(account: Account) -> Mapping[str, End]:
    """Name -> a pod with an address of the nodes' subnets, or an address of what is no pod."""
    subnets = {one.id: Network(one.inputs["cidrBlock"]) for one in account.of("subnet")}

    def address(kind: str, key: str, at: int) -> ipaddress.IPv4Address:
        (first, *_) = [one for one in account.of(kind) if not one.type.startswith("aws:iam/")]
        inputs = {**first.inputs, **first.inputs.get("vpcConfig", {})}
        return subnets[inputs[key][0]][at]

    def pod(at: int, namespace: str, labels: Mapping[str, str]) -> Pod:
        own = address("nodeGroup", "subnetIds", 20 + at)
        return Pod(namespace=namespace, labels=labels, namespace_labels=_namespace_labels(namespace), address=own)

    deis = [
        labels
        for one in account.run.resources
        if one.inputs.get("metadata", {}).get("namespace") == NAMESPACE and (labels := _pod_labels(one))
    ]
    pods = {
        **{labels["app"].removeprefix("deis-"): (NAMESPACE, labels) for labels in deis},
        # The builder's own pods have no other label (builder v2.13.7, pkg/gitreceive/k8s_util.go).
        "builds": (NAMESPACE, {"heritage": "slugbuild-orchid-0123abcd-1"}),
        "stray pod of Deis": (NAMESPACE, {"app": "stray"}),
        "application": ("orchid", {"app": "orchid", "type": "web", "heritage": "deis"}),
        "other application": ("garden", {"app": "garden", "type": "web", "heritage": "deis"}),
        "team": (TEAM, {"app": "web"}),
        "default namespace": ("default", {"app": "web"}),
        "CoreDNS": (SYSTEM, {"k8s-app": "kube-dns"}),
        "pod of the system": (SYSTEM, {"app": "other"}),
    }
    outside = {
        "balancer": address("loadBalancer", "subnets", 9),
        "api": address("cluster", "subnetIds", 9),
        "database": address("subnetGroup", "subnetIds", 9),
        "node": address("nodeGroup", "subnetIds", 8),
        "internet": INTERNET,
        "metadata": METADATA,
    }
    return {
        **{name: pod(at, namespace, labels) for at, (name, (namespace, labels)) in enumerate(pods.items())},
        **{name: Network(f"{one}/32") for name, one in outside.items()},
    }


def policies_of(account: Account) -> list[Registered]:
    """All network policies of a configuration."""
    return [one for one in account.run.resources if one.type.endswith(":NetworkPolicy")]


def allowed(policies: Sequence[Registered], between: Mapping[str, End]) -> Iterator[str]:
    """`source > target protocol/port` of each link that the policies let through; one end at least is a pod."""
    for (source, first), (target, second) in pairs(between):
        for port, protocol in LINKS:
            way = Way()
            let_through(policies, link(first, second, port, protocol), way)
            if not way.faults:
                yield f"{source} > {target} {protocol}/{port}"


def pairs(between: Mapping[str, End]) -> Iterator[tuple[tuple[str, End], tuple[str, End]]]:
    """Every ordered pair of different ends of which one is a pod."""
    for source in between.items():
        for target in between.items():
            if source[0] != target[0] and (isinstance(source[1], Pod) or isinstance(target[1], Pod)):
                yield source, target


def link(source: End, target: End, port: int, protocol: str) -> Link:
    """The connection between two ends."""
    return Link(
        port=port,
        protocol=protocol,
        source=source if isinstance(source, Pod) else None,
        target=target if isinstance(target, Pod) else None,
        source_networks=() if isinstance(source, Pod) else (source,),
        target_networks=() if isinstance(target, Pod) else (target,),
    )


def summary(links: Sequence[str]) -> list[str]:
    """`source > target: ports`, `every port` where all that are tried are open."""
    found: dict[str, list[str]] = {}
    for one in links:
        between, _, port = one.rpartition(" ")
        found.setdefault(between, []).append(port)
    return sorted(
        f"{between}: {' '.join(ports) if len(ports) < len(LINKS) else 'every port'}" for between, ports in found.items()
    )
