"""Network policies of Deis: all traffic is denied except the flows listed here (DEIS-WL, AWS-SG).

The router trusts the PROXY header of connections from the load balancer's subnets. So no pod may reach it: a pod could
claim a whitelisted address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.args import DeisArgs
from components.deis.workload import meta, selector
from components.namespace import DEFAULT_DENY, closed_network
from policies.guidelines.deis import (
    APPLICATION_LABEL,
    BUILDER,
    BUILDER_PORT,
    CONTROLLER,
    CONTROLLER_PORT,
    NAMESPACE,
    RESTART,
    ROUTER,
    ROUTER_PUBLIC_PORTS,
)

net = k8s.networking.v1

BOOTSTRAP: Final = "deis-bootstrap"
KEY_COPIES: Final = "deis-key-copies"
DATABASE_PORT: Final = 5432
HTTPS: Final = 443
METADATA: Final = "169.254.0.0/16"
"""Instance metadata and what else AWS answers on a link: never for a pod of Deis."""


def _ports(*ports: int) -> list[k8s.networking.v1.NetworkPolicyPortArgs]:
    return [net.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]


def _pods(app: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return net.NetworkPolicyPeerArgs(pod_selector=selector(app))


def _range(cidr: str, *without: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return net.NetworkPolicyPeerArgs(ip_block=net.IPBlockArgs(cidr=cidr, except_=[*without] or None))


def _to(
    peers: Sequence[k8s.networking.v1.NetworkPolicyPeerArgs], *ports: int
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    return net.NetworkPolicyEgressRuleArgs(to=[*peers], ports=_ports(*ports))


def _from(
    peers: Sequence[k8s.networking.v1.NetworkPolicyPeerArgs], *ports: int
) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    return net.NetworkPolicyIngressRuleArgs(from_=[*peers], ports=_ports(*ports))


def kubernetes_api(args: DeisArgs) -> list[str]:
    """API ranges for pods: the control plane's, and the address of its Service, the first of the Service range."""
    first = ipaddress.IPv4Network(args.service_cidr)[1]
    return [*args.api_cidrs, f"{first}/32"]


def make_network_policies(
    name: str, args: DeisArgs, *, opts: pulumi.ResourceOptions
) -> list[k8s.networking.v1.NetworkPolicy]:
    """Make all policies; pods wait for them."""
    applications = net.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict([APPLICATION_LABEL]))
    )
    api = _to([_range(cidr) for cidr in kubernetes_api(args)], HTTPS)
    database = _to([_range(cidr) for cidr in args.database_subnet_cidrs.values()], DATABASE_PORT)
    # S3 and registries have public addresses. Private ranges and the metadata service are excluded.
    world = _to([_range("0.0.0.0/0", args.vpc_cidr, args.service_cidr, METADATA)], HTTPS)
    balancer = [_range(cidr) for cidr in args.balancer_subnet_cidrs.values()]
    builds = k8s.meta.v1.LabelSelectorArgs(
        # The builder labels build pods with `heritage` alone.
        match_expressions=[
            k8s.meta.v1.LabelSelectorRequirementArgs(key="app", operator="DoesNotExist"),
            k8s.meta.v1.LabelSelectorRequirementArgs(key="heritage", operator="Exists"),
        ]
    )
    specs = {
        **closed_network(),
        CONTROLLER: net.NetworkPolicySpecArgs(
            pod_selector=selector(CONTROLLER),
            policy_types=["Ingress", "Egress"],
            ingress=[_from([_pods(ROUTER), _pods(BUILDER)], CONTROLLER_PORT)],
            egress=[api, database],
        ),
        BUILDER: net.NetworkPolicySpecArgs(
            pod_selector=selector(BUILDER),
            policy_types=["Ingress", "Egress"],
            ingress=[_from([_pods(ROUTER)], BUILDER_PORT)],
            egress=[api, _to([_pods(CONTROLLER)], CONTROLLER_PORT), world],
        ),
        ROUTER: net.NetworkPolicySpecArgs(
            pod_selector=selector(ROUTER),
            policy_types=["Ingress", "Egress"],
            ingress=[_from(balancer, *ROUTER_PUBLIC_PORTS.values())],
            egress=[
                api,
                _to([_pods(CONTROLLER)], CONTROLLER_PORT),
                _to([_pods(BUILDER)], BUILDER_PORT),
                _to([applications], *args.application_ports),
            ],
        ),
        "builds": net.NetworkPolicySpecArgs(pod_selector=builds, policy_types=["Egress"], egress=[world]),
        BOOTSTRAP: net.NetworkPolicySpecArgs(
            pod_selector=selector(BOOTSTRAP), policy_types=["Egress"], egress=[database]
        ),
        **{
            app: net.NetworkPolicySpecArgs(pod_selector=selector(app), policy_types=["Egress"], egress=[api])
            for app in (RESTART, KEY_COPIES)
        },
    }
    return [
        net.NetworkPolicy(
            f"{name}-allow-{key.removeprefix(f'{NAMESPACE}-')}" if key != DEFAULT_DENY else f"{name}-default-deny",
            metadata=meta(key),
            spec=spec,
            opts=opts,
        )
        for key, spec in specs.items()
    ]
