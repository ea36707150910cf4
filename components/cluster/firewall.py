"""Traffic between the control plane's interfaces, the nodes, and explicitly allowed groups (AWS-SG).

There are two groups, each rule a resource of its own with a port, a peer and a description; there is no all-ports rule,
not even from a group to itself.

- `api`, on the control plane's interfaces: 443 from the nodes, the VPN and groups allowed by `Cluster.allow_api_from`.
- `nodes`, on every node, and so on every pod.

EKS makes a third group, the cluster security group, which AWS restores when it is changed: everything from its own
members, everything out. It cannot be removed, so none of our resources joins it: launch templates with their own groups
keep nodes out, which leaves the control plane's interfaces, all AWS's, as the only members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.security_group_rules import RuleMaker
from components.tags import Tags

API_PORT: Final = 443
KUBELET_PORT: Final = 10250
DNS_PORT: Final = 53

CONTROL_PLANE_TO_NODES: Final[Mapping[int, str]] = {
    KUBELET_PORT: "Kubelet: logs, exec, port-forward",
    10251: "API of metrics-server",
    9443: "Admission webhook of the CloudWatch add-on",
}
"""What the API server calls on nodes and pods."""

POD_PORTS: Final[Mapping[int, str]] = {
    2223: "Deis builder: git",
    5000: "Applications deployed with Deis",
    8000: "Deis controller",
}
"""What pods of one node call on pods of another in a cluster with Deis.

The router's own ports are not among them: its Service keeps traffic on the node that the load balancer chose, and
kubelets probe their own node's pods.
"""


@dataclass(frozen=True, kw_only=True)
class Firewall:
    """The two groups, and the rules that nodes need in order to join."""

    api: aws.ec2.SecurityGroup
    nodes: aws.ec2.SecurityGroup
    rules: tuple[pulumi.Resource, ...]


def make_firewall(
    name: str,
    *,
    tags: Tags,
    vpc_id: pulumi.Input[str],
    pod_ports: Mapping[int, str],
    egress_ports: Mapping[int, str],
    parent: pulumi.Resource,
) -> Firewall:
    """Make both groups and their rules."""
    opts = pulumi.ResourceOptions(parent=parent)
    api = aws.ec2.SecurityGroup(
        f"{name}-api",
        description=f"Interfaces of the control plane of {name}",
        vpc_id=vpc_id,
        tags=tags.named(f"{name}-api"),
        opts=opts,
    )
    nodes = aws.ec2.SecurityGroup(
        f"{name}-nodes",
        description=f"Nodes and pods of {name}",
        vpc_id=vpc_id,
        # By this tag, load balancer controllers find the single group of a node to which they may add rules.
        tags=tags.named(f"{name}-nodes", **{f"kubernetes.io/cluster/{name}": "owned"}),
        opts=opts,
    )
    rule = RuleMaker(prefix=name, tags=tags, opts=opts)
    rules = rule.between(
        "nodes-api", source=nodes.id, target=api.id, port=API_PORT, description="Nodes and pods: the Kubernetes API"
    )
    for port, what in CONTROL_PLANE_TO_NODES.items():
        rules += rule.between(f"api-nodes-{port}", source=api.id, target=nodes.id, port=port, description=what)
    for protocol in ("tcp", "udp"):
        rules += rule.between(
            f"nodes-dns-{protocol}",
            source=nodes.id,
            target=nodes.id,
            port=DNS_PORT,
            protocol=protocol,
            description="Pods: CoreDNS",
        )
    for port, what in {KUBELET_PORT: "metrics-server: kubelets", **pod_ports}.items():
        rules += rule.between(f"nodes-nodes-{port}", source=nodes.id, target=nodes.id, port=port, description=what)
    for port, what in egress_ports.items():
        rules.append(rule.out(f"nodes-world-{port}", source=nodes.id, port=port, description=what))
    return Firewall(api=api, nodes=nodes, rules=tuple(rules))
