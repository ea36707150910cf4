"""Kubernetes network policies, as the API defines them.

Source: kubernetes.io/docs/concepts/services-networking/network-policies, read 2026-11-28.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.providers.mocks import Registered

if TYPE_CHECKING:
    from tests.needs.network import Way

Network = ipaddress.IPv4Network


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod without the host's network."""

    namespace: str
    labels: Mapping[str, str]
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    address: ipaddress.IPv4Address | None = None
    """With the VPC CNI, an address of the VPC, which ranges match as well; none: ranges are for what is no pod."""

    @classmethod
    def parse(cls, text: str) -> Pod:
        """`deis/app=deis-router,heritage=deis`, or with labels of the namespace: `shop[team=a]/app=web`."""
        where, _, labels = text.partition("/") if "[" not in text else _bracketed(text)
        namespace, _, own = where.partition("[")
        named = {"kubernetes.io/metadata.name": namespace, **_pairs(own.rstrip("]"))}
        return cls(namespace=namespace, labels=_pairs(labels), namespace_labels=named)


def _bracketed(text: str) -> tuple[str, str, str]:
    where, _, labels = text.partition("]/")
    return where, "/", labels


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(",") if pair)


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects; an empty one selects everything.

    Raises:
        NotImplementedError: an operator that Kubernetes does not have.
    """
    selector = selector or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for one in selector.get("matchExpressions") or []:
        value, operator, values = labels.get(one["key"]), one["operator"], one.get("values") or []
        tests = {
            "Exists": value is not None,
            "DoesNotExist": value is None,
            "In": value in values,
            "NotIn": value not in values,
        }
        if operator not in tests:
            raise NotImplementedError(operator)
        if not tests[operator]:
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Link:
    """A connection between two ends, each a pod or a range of addresses."""

    port: int
    protocol: str
    source: Pod | None = None
    target: Pod | None = None
    source_networks: Sequence[Network] = ()
    target_networks: Sequence[Network] = ()


def let_through(policies: Sequence[Registered], link: Link, way: Way) -> None:
    """Adds to `way` what the policies of both pods say; an end that is no pod is selected by no policy."""
    if link.source is not None:
        _direction(Side("Egress", "to", link.source, link.target, link.target_networks), policies, link, way)
    if link.target is not None:
        _direction(Side("Ingress", "from", link.target, link.source, link.source_networks), policies, link, way)


@dataclass(frozen=True)
class Side:
    """One side's view of a connection."""

    kind: str
    peers: str
    pod: Pod
    peer: Pod | None
    networks: Sequence[Network]


def _direction(side: Side, policies: Sequence[Registered], link: Link, way: Way) -> None:
    applying = [
        one
        for one in policies
        if one.inputs["metadata"]["namespace"] == side.pod.namespace
        and side.kind in one.inputs["spec"]["policyTypes"]
        and selects(one.inputs["spec"].get("podSelector"), side.pod.labels)
    ]
    if not applying:
        return
    key, open_to_pod, open_to = side.kind.lower(), False, set[Network]()
    for policy in applying:
        for index, rule in enumerate(policy.inputs["spec"].get(key) or []):
            if not _port(rule.get("ports"), link.port, link.protocol):
                continue
            for place, peer in enumerate(rule.get(side.peers) or [{}]):
                matched = side.peer is not None and _selects_pod(peer, side.pod.namespace, side.peer)
                covered = () if side.peer is not None else [one for one in side.networks if _covers(peer, one)]
                if matched or covered:
                    way.used.add(f"policy {policy.name} {key}[{index}].{side.peers}[{place}]")
                open_to_pod = open_to_pod or matched
                open_to.update(covered)
    if not open_to_pod and (side.peer is not None or not open_to.issuperset(side.networks)):
        way.faults.append(f"no network policy of {side.pod.namespace} lets {link.protocol}/{link.port} through: {key}")


def _port(ports: Sequence[Mapping[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(one.get("protocol", "TCP").lower() == protocol and _covers_port(one, port) for one in ports)


def _covers_port(one: Mapping[str, Any], port: int) -> bool:
    first = one.get("port")
    if isinstance(first, str):
        raise NotImplementedError(f"port {first}: tests/needs/network_policies.py does not evaluate named ports")
    return first is None or first <= port <= one.get("endPort", first)


def _covers(peer: Mapping[str, Any], network: Network) -> bool:
    """Whether a peer is a range with all of the network, which for the whole world is the world outside the VPC."""
    block = peer.get("ipBlock")
    if not block:
        return not peer
    cidr, excluded = ipaddress.IPv4Network(block["cidr"]), block.get("except") or []
    if network.prefixlen == 0:
        return cidr.prefixlen == 0
    return network.subnet_of(cidr) and not any(network.overlaps(ipaddress.IPv4Network(text)) for text in excluded)


def _selects_pod(peer: Mapping[str, Any], namespace: str, pod: Pod) -> bool:
    """Whether a peer selects a pod."""
    if not peer:
        return True
    if "ipBlock" in peer:
        return pod.address is not None and _covers(peer, Network(f"{pod.address}/32"))
    if "namespaceSelector" in peer:
        return selects(peer["namespaceSelector"], pod.namespace_labels) and selects(peer.get("podSelector"), pod.labels)
    return pod.namespace == namespace and selects(peer.get("podSelector"), pod.labels)
