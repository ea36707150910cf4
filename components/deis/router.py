"""The router: the only entry to controller, builder and applications (DEIS-WL, TLS-CFG).

It reads its configuration from the annotations of its own Deployment. Its Service opens node ports that respond from
local pods only: so the router sees the load balancer's own address, and trusts its PROXY header, while the addresses of
all other clients stay as they are. Port 9090, health and status, is on no Service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.args import DeisArgs
from components.deis.workload import (
    SKIP_AWAIT,
    Volume,
    container_security,
    disruption_budget,
    meta,
    own_namespace,
    pod,
    probe,
    resources,
    selector,
    spread,
)
from policies.guidelines.deis import PLATFORM_CERTIFICATE_NAME, ROUTER, ROUTER_HEALTH_PORT, ROUTER_PUBLIC_PORTS

core = k8s.core.v1

VOLUMES: Final = (Volume(name="certificate", path="/etc/deis/certificate", secret=PLATFORM_CERTIFICATE_NAME),)
"""The router reads the Secret by the API. Mounted, it keeps pods from starting before it exists: without it, nginx
would answer with a certificate for no name, and by old protocols."""
PORT_NAMES: Final[Mapping[int, str]] = {80: "http", 443: "https", 2222: "builder"}


def make_router_service(name: str, args: DeisArgs, opts: pulumi.ResourceOptions) -> k8s.core.v1.Service:
    """The node ports."""
    return core.Service(
        f"{name}-router-service",
        metadata=meta(ROUTER, ROUTER, SKIP_AWAIT),
        spec=core.ServiceSpecArgs(
            type="NodePort",
            # With Cluster, nodes would forward connections under their own address, which is not trusted.
            external_traffic_policy="Local",
            selector={"app": ROUTER},
            ports=[
                core.ServicePortArgs(
                    name=PORT_NAMES[port], port=port, target_port=target, node_port=args.node_ports[port]
                )
                for port, target in ROUTER_PUBLIC_PORTS.items()
            ],
        ),
        opts=opts,
    )


def make_router(
    name: str,
    args: DeisArgs,
    *,
    annotations: Mapping[str, pulumi.Input[str]],
    revision: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> k8s.apps.v1.Deployment:
    """The Deployment; the annotations are on its own metadata, where the router reads them."""
    disruption_budget(
        f"{name}-router", ROUTER, args.router_replicas, pulumi.ResourceOptions(parent=parent, depends_on=[after[0]])
    )
    container = core.ContainerArgs(
        name=ROUTER,
        image=args.images.reference("router"),
        image_pull_policy="IfNotPresent",
        env=[own_namespace("POD_NAMESPACE")],
        ports=[
            *(
                core.ContainerPortArgs(name=PORT_NAMES[port], container_port=target)
                for port, target in ROUTER_PUBLIC_PORTS.items()
            ),
            core.ContainerPortArgs(name="health", container_port=ROUTER_HEALTH_PORT),
        ],
        liveness_probe=probe("/healthz", ROUTER_HEALTH_PORT, delay=10, timeout=5),
        readiness_probe=probe("/healthz", ROUTER_HEALTH_PORT, delay=5, timeout=5, period=5),
        # nginx writes bodies that are larger than its buffers to files.
        resources=resources("250m", "256Mi", memory_limit="1Gi", storage_limit="4Gi"),
        # It writes configuration and keys next to files of its image, under a user ID that only the image knows.
        security_context=container_security(read_only=False, uid=args.router_uid),
        volume_mounts=[volume.mount() for volume in VOLUMES],
    )
    return k8s.apps.v1.Deployment(
        f"{name}-router",
        metadata=meta(ROUTER, ROUTER, annotations),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=args.router_replicas,
            selector=selector(ROUTER),
            strategy=k8s.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
            ),
            template=pod(
                ROUTER,
                container,
                volumes=VOLUMES,
                service_account=ROUTER,
                token=True,
                annotations={"palisade/revision": revision},
                topology_spread_constraints=spread(ROUTER),
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after]),
    )
