"""The controller: Deis's API. The bootstrap Job uses the same environment (DEIS-REG, DEIS-WL).

Differences from the chart: gunicorn is started directly, because the image's boot script looks for the socket of Docker
and migrates at every start; the Job runs the migrations. There is no Docker, so images cannot be built or published
here; buildpacks work. The user is unprivileged, the root file system read-only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis import secrets
from components.deis.args import DeisArgs
from components.deis.images import NODE_LABEL
from components.deis.workload import (
    NOBODY,
    SKIP_AWAIT,
    Volume,
    config,
    container_security,
    disruption_budget,
    meta,
    own_namespace,
    pod,
    probe,
    resources,
    secret,
    selector,
    spread,
    value,
)
from policies.guidelines.deis import (
    COMPONENTS,
    CONTROLLER,
    CONTROLLER_PORT,
    CONTROLLER_SERVICE_PORT,
    K8S_TLS_VARIABLE,
    NAMESPACE,
    REGISTRATION_VARIABLE,
    ROUTABLE_LABEL,
)
from policies.guidelines.eks import RESERVED_NAMESPACES

core = k8s.core.v1

DATABASE_CA: Final = "deis-database-ca"
DATABASE_CA_KEY: Final = "roots.pem"
VOLUMES: Final = (
    Volume(name="database-ca", path="/etc/deis/database", config_map=DATABASE_CA),
    Volume(name="tmp", path="/tmp"),  # noqa: S108 (a volume of the pod's own)
)
RESERVED_NAMES: Final = (*COMPONENTS, NAMESPACE, "grafana", *RESERVED_NAMESPACES)
"""Applications are namespaces: these names are taken."""
WORKERS: Final = 5
LOCALHOST: Final = "127.0.0.1"


def registry_location(args: DeisArgs) -> str:
    """Deis's name of the registry type. `ecr` needs no secret: nodes pull with their own role."""
    return "ecr" if args.registry is None else "off-cluster"


def database_environment() -> list[k8s.core.v1.EnvVarArgs]:
    """The controller's connection to its database: TLS, verified including the host name, or no connection."""
    of = {"NAME": "name", "SERVICE_HOST": "host", "SERVICE_PORT": "port", "USER": "user", "PASSWORD": "password"}
    return [
        *(secret(f"DEIS_DATABASE_{variable}", secrets.DATABASE, key) for variable, key in of.items()),
        value("PGSSLMODE", "verify-full"),
        value("PGSSLROOTCERT", f"{VOLUMES[0].path}/{DATABASE_CA_KEY}"),
    ]


def environment(args: DeisArgs) -> list[k8s.core.v1.EnvVarArgs]:
    """The controller's whole environment. Omitted variables fall back to open or public defaults."""
    return [
        value(REGISTRATION_VARIABLE, args.registration_mode),
        secret("DEIS_SECRET_KEY", secrets.DJANGO, "secret-key"),
        secret("DEIS_BUILDER_KEY", secrets.BUILDER_KEY, "builder-key"),
        *database_environment(),
        value(K8S_TLS_VARIABLE, "true"),
        value("APP_STORAGE", "s3"),
        # Applications without tags of their own (`deis tags:set`) run where slugrunner can.
        value("DEIS_DEFAULT_CONFIG_TAGS", json.dumps(dict([NODE_LABEL]))),
        value("DEIS_REGISTRY_LOCATION", registry_location(args)),
        value("DEIS_REGISTRY_SECRET_PREFIX", "private-registry"),
        value("DEIS_REGISTRY_SERVICE_HOST", LOCALHOST),
        value("DEIS_REGISTRY_SERVICE_PORT", "5555"),
        # The controller asks the router whether a new application responds. The router accepts traffic from the load
        # balancer only, so let the request fail at once instead of timing out; it only logs a warning.
        value("DEIS_ROUTER_SERVICE_HOST", LOCALHOST),
        value("DEIS_ROUTER_SERVICE_PORT", "80"),
        value("GUNICORN_WORKERS", str(WORKERS)),
        value("IMAGE_PULL_POLICY", "IfNotPresent"),
        value("PYTHONDONTWRITEBYTECODE", "1"),
        value("RESERVED_NAMES", ", ".join(sorted({*RESERVED_NAMES, *args.reserved_names}))),
        config("SLUGRUNNER_IMAGE_NAME", "slugrunner-config", "image"),
        value("TZ", "UTC"),
        own_namespace("WORKFLOW_NAMESPACE"),
    ]


def make_database_ca(name: str, pem: str, opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    """The CA roots with which the controller verifies its database."""
    return core.ConfigMap(f"{name}-database-ca", metadata=meta(DATABASE_CA), data={DATABASE_CA_KEY: pem}, opts=opts)


def make_controller_service(
    name: str, annotations: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> k8s.core.v1.Service:
    """The Service, routable and whitelisted from its creation; `opts` makes it wait for the bootstrap Job."""
    return core.Service(
        f"{name}-controller-service",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=CONTROLLER,
            namespace=meta(CONTROLLER).namespace,
            labels={"app": CONTROLLER, "heritage": "deis", ROUTABLE_LABEL: "true"},
            annotations={**annotations, **SKIP_AWAIT},
        ),
        spec=core.ServiceSpecArgs(
            type="ClusterIP",
            selector={"app": CONTROLLER},
            ports=[core.ServicePortArgs(name="http", port=CONTROLLER_SERVICE_PORT, target_port=CONTROLLER_PORT)],
        ),
        opts=opts,
    )


def make_controller(
    name: str,
    args: DeisArgs,
    *,
    revision: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> k8s.apps.v1.Deployment:
    """The Deployment; a new `revision` (of its secrets) rolls its pods."""
    disruption_budget(
        f"{name}-controller",
        CONTROLLER,
        args.controller_replicas,
        pulumi.ResourceOptions(parent=parent, depends_on=[after[0]]),
    )
    container = core.ContainerArgs(
        name=CONTROLLER,
        image=args.images.reference("controller"),
        image_pull_policy="IfNotPresent",
        command=["gunicorn", "-c", "/app/deis/gunicorn/config.py", "api.wsgi"],
        working_dir="/app",
        env=environment(args),
        ports=[core.ContainerPortArgs(name="http", container_port=CONTROLLER_PORT)],
        liveness_probe=probe("/healthz", CONTROLLER_PORT, delay=30, timeout=10),
        readiness_probe=probe("/readiness", CONTROLLER_PORT, delay=10, timeout=10, period=5),
        resources=resources("250m", "512Mi", memory_limit="1Gi"),
        security_context=container_security(read_only=True, uid=NOBODY),
        volume_mounts=[volume.mount() for volume in VOLUMES],
    )
    return k8s.apps.v1.Deployment(
        f"{name}-controller",
        metadata=meta(CONTROLLER, CONTROLLER),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=args.controller_replicas,
            selector=selector(CONTROLLER),
            strategy=k8s.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
            ),
            template=pod(
                CONTROLLER,
                container,
                volumes=VOLUMES,
                service_account=CONTROLLER,
                token=True,
                annotations={"palisade/revision": revision},
                topology_spread_constraints=spread(CONTROLLER),
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after]),
    )
