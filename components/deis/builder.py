"""The builder: receives `git push` and builds slugs (DEIS-WL, SSH-USER).

Its image runs as root, and no source documents another user; with a single capability, root is close to an ordinary
user, so its writable paths are volumes of its own. Repositories are a cache, restored by the next push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis import secrets
from components.deis.args import DeisArgs
from components.deis.controller import LOCALHOST, registry_location
from components.deis.images import NODE_LABEL
from components.deis.workload import (
    SKIP_AWAIT,
    Volume,
    config,
    container_security,
    meta,
    own_namespace,
    pod,
    probe,
    resources,
    selector,
    value,
)
from policies.guidelines.deis import BUILDER, BUILDER_ANNOTATIONS, BUILDER_HEALTH_PORT, BUILDER_PORT, GIT_PORT

core = k8s.core.v1

GIT_CONFIG: Final = "deis-builder-git"
GIT_CONFIG_KEY: Final = "gitconfig"
GIT_CONFIG_TEXT: Final = """\
[uploadpack]
\tpackObjectsHook = "echo 'Deis builds what is pushed and hands out no source' >&2; exit 1; :"
"""
"""System configuration of git, by which it serves no fetch.

The builder lets every user with a key fetch from every repository: the controller answers with all applications
(v2.22.0, rootfs/api/views.py, KeyHookViewSet), and no hook runs before a fetch (v2.13.7, pkg/sshd/server.go,
runReceive; both read 2026-11-28). For a fetch git runs this command in place of `git pack-objects`; pushes,
`git archive` and `git gc` do not use it. Git ignores the setting in a repository's own configuration.
"""
VOLUMES: Final = (
    Volume(name="git", path="/etc/gitconfig", config_map=GIT_CONFIG, key=GIT_CONFIG_KEY),
    Volume(name="builder-key-auth", path="/var/run/secrets/api/auth", secret=secrets.BUILDER_KEY),
    Volume(name="ssh-host-keys", path="/var/run/secrets/deis/builder/ssh", secret=secrets.SSH_HOST_KEYS),
    Volume(name="objectstore", path="/var/run/secrets/deis/objectstore/creds", secret=secrets.OBJECT_STORAGE),
    Volume(name="repositories", path="/home/git", size="8Gi"),
    Volume(name="tmp", path="/tmp", size="4Gi"),  # noqa: S108 (a volume of the pod's own)
)
CAPABILITIES: Final = ("DAC_OVERRIDE",)
"""The builder makes the folder in which it unpacks a push without any permission, and works in it all the same."""
BUILD_IMAGES: Final = ("slugbuilder", "slugrunner", "dockerbuilder")


def make_image_configs(name: str, args: DeisArgs, opts: pulumi.ResourceOptions) -> list[k8s.core.v1.ConfigMap]:
    """Images that controller and builder start; `dockerbuilder` needs Docker's socket and is not allowed."""
    return [
        core.ConfigMap(
            f"{name}-{image}-config",
            metadata=meta(f"{image}-config"),
            data={"image": args.images.reference(image), "pullpolicy": "IfNotPresent"},
            opts=opts,
        )
        for image in BUILD_IMAGES
    ]


def make_git_config(name: str, opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    """Create the configuration with which git answers no fetch."""
    return core.ConfigMap(
        f"{name}-builder-git", metadata=meta(GIT_CONFIG), data={GIT_CONFIG_KEY: GIT_CONFIG_TEXT}, opts=opts
    )


def make_builder_service(name: str, opts: pulumi.ResourceOptions) -> k8s.core.v1.Service:
    """The Service to which the router forwards port 2222."""
    return core.Service(
        f"{name}-builder-service",
        metadata=meta(BUILDER, BUILDER, {**BUILDER_ANNOTATIONS, **SKIP_AWAIT}),
        spec=core.ServiceSpecArgs(
            type="ClusterIP",
            selector={"app": BUILDER},
            ports=[core.ServicePortArgs(name="ssh", port=GIT_PORT, target_port=BUILDER_PORT)],
        ),
        opts=opts,
    )


def make_builder(
    name: str,
    args: DeisArgs,
    *,
    revision: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> k8s.apps.v1.Deployment:
    """The Deployment: a single pod, since it keeps the locks on repositories in memory."""
    container = core.ContainerArgs(
        name=BUILDER,
        image=args.images.reference("builder"),
        image_pull_policy="IfNotPresent",
        env=[
            value("BUILDER_POD_NODE_SELECTOR", ":".join(NODE_LABEL)),
            value("BUILDER_STORAGE", "s3"),
            value("DEIS_REGISTRY_LOCATION", registry_location(args)),
            value("DEIS_REGISTRY_SECRET_PREFIX", "private-registry"),
            value("DEIS_REGISTRY_SERVICE_HOST", LOCALHOST),
            value("DEIS_REGISTRY_SERVICE_PORT", "5555"),
            config("DOCKERBUILDER_IMAGE_NAME", "dockerbuilder-config", "image"),
            config("DOCKER_BUILDER_IMAGE_PULL_POLICY", "dockerbuilder-config", "pullpolicy"),
            value("GIT_LOCK_TIMEOUT", "10"),
            value("HEALTH_SERVER_PORT", str(BUILDER_HEALTH_PORT)),
            config("SLUGBUILDER_IMAGE_NAME", "slugbuilder-config", "image"),
            config("SLUG_BUILDER_IMAGE_PULL_POLICY", "slugbuilder-config", "pullpolicy"),
            own_namespace("POD_NAMESPACE"),
        ],
        ports=[
            core.ContainerPortArgs(name="ssh", container_port=BUILDER_PORT),
            core.ContainerPortArgs(name="health", container_port=BUILDER_HEALTH_PORT),
        ],
        liveness_probe=probe("/healthz", BUILDER_HEALTH_PORT, delay=30, timeout=5),
        readiness_probe=probe("/readiness", BUILDER_HEALTH_PORT, delay=10, timeout=5),
        # The image's empty directories, and the files it writes beside them.
        resources=resources("250m", "512Mi", memory_limit="2Gi", storage_limit="14Gi"),
        # Other paths that the image writes are unknown, so its root file system stays writable.
        security_context=container_security(read_only=False, root=True, capabilities=CAPABILITIES),
        volume_mounts=[volume.mount() for volume in VOLUMES],
    )
    return k8s.apps.v1.Deployment(
        f"{name}-builder",
        metadata=meta(BUILDER, BUILDER),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=1,
            selector=selector(BUILDER),
            # Two pods would each have their own copy of a repository.
            strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
            template=pod(
                BUILDER,
                container,
                volumes=VOLUMES,
                service_account=BUILDER,
                token=True,
                annotations={"palisade/revision": revision},
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after]),
    )
