"""Shared parts of all Deis pods: hardening, secrets by reference, spreading, and order (INH-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.images import NODE_LABEL
from policies.guidelines.deis import NAMESPACE

core = k8s.core.v1

SKIP_AWAIT: Final = {"pulumi.com/skipAwait": "true"}
"""For Services: they come before their pods, and the provider would wait for pods."""
NOBODY: Final = 65534
CRON_DEADLINE_SECONDS: Final = 300
EPHEMERAL: Final = "ephemeral-storage"
STORAGE_REQUEST: Final = "64Mi"


def labels(app: str) -> dict[str, str]:
    """Labels of an object in a part of Deis; the part's pods are selected by `app`."""
    return {"app": app, "heritage": "deis"}


def meta(
    name: str, app: str | None = None, annotations: Mapping[str, pulumi.Input[str]] | None = None, **extra: str
) -> k8s.meta.v1.ObjectMetaArgs:
    """Metadata of an object in the namespace; `extra` are further labels, with `__` for `/`."""
    return k8s.meta.v1.ObjectMetaArgs(
        name=name,
        namespace=NAMESPACE,
        labels={**(labels(app) if app else {"heritage": "deis"}), **extra},
        annotations=annotations,
    )


def selector(app: str) -> k8s.meta.v1.LabelSelectorArgs:
    """Select the pods of a part."""
    return k8s.meta.v1.LabelSelectorArgs(match_labels={"app": app})


def value(name: str, text: pulumi.Input[str]) -> k8s.core.v1.EnvVarArgs:
    """A variable in plain text."""
    return core.EnvVarArgs(name=name, value=text)


def secret(name: str, secret_name: str, key: str) -> k8s.core.v1.EnvVarArgs:
    """A variable that refers to a Secret; its value is in no pod template."""
    reference = core.SecretKeySelectorArgs(name=secret_name, key=key)
    return core.EnvVarArgs(name=name, value_from=core.EnvVarSourceArgs(secret_key_ref=reference))


def config(name: str, config_map: str, key: str) -> k8s.core.v1.EnvVarArgs:
    """A variable that refers to a ConfigMap."""
    reference = core.ConfigMapKeySelectorArgs(name=config_map, key=key)
    return core.EnvVarArgs(name=name, value_from=core.EnvVarSourceArgs(config_map_key_ref=reference))


def own_namespace(name: str) -> k8s.core.v1.EnvVarArgs:
    """A variable with the pod's own namespace."""
    reference = core.ObjectFieldSelectorArgs(field_path="metadata.namespace")
    return core.EnvVarArgs(name=name, value_from=core.EnvVarSourceArgs(field_ref=reference))


def resources(
    cpu: str, memory: str, *, memory_limit: str | None = None, storage_limit: str = "256Mi"
) -> k8s.core.v1.ResourceRequirementsArgs:
    """Requests, and limits of memory and ephemeral storage.

    CPU has no limit but the node's: throttling would fail probes. The kubelet counts logs, what is written on the root
    file system and empty directories as ephemeral storage, and evicts a pod that exceeds its limit.
    """
    return core.ResourceRequirementsArgs(
        requests={"cpu": cpu, "memory": memory, EPHEMERAL: STORAGE_REQUEST},
        limits={"memory": memory_limit or memory, EPHEMERAL: storage_limit},
    )


def container_security(
    *, read_only: bool, uid: int | None = None, root: bool = False, capabilities: Sequence[str] = ()
) -> k8s.core.v1.SecurityContextArgs:
    """Security context, as strict as the image allows.

    Args:
        read_only: whether the root file system is read-only.
        uid: numeric user ID; None: the image's own.
        root: whether the image's own user is root.
        capabilities: dropped capabilities to add back.
    """
    return core.SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=core.CapabilitiesArgs(drop=["ALL"], add=[*capabilities] or None),
        privileged=False,
        read_only_root_filesystem=read_only,
        # The kubelet cannot check a user known by name only, and then refuses to start the container.
        run_as_non_root=True if uid is not None and not root else None,
        run_as_user=uid,
        run_as_group=uid,
        seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
    )


def probe(path: str, port: int, *, delay: int, timeout: int, period: int = 10) -> k8s.core.v1.ProbeArgs:
    """An HTTP probe."""
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=port),
        initial_delay_seconds=delay,
        timeout_seconds=timeout,
        period_seconds=period,
    )


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume and its mount path."""

    name: str
    path: str
    secret: str | None = None
    config_map: str | None = None
    """Neither: an empty directory of `size`."""
    key: str | None = None
    """Mount this key of it alone, as the file `path`."""
    size: str = "64Mi"
    optional: bool = False
    """Whether the pod starts without the Secret."""

    def mount(self) -> k8s.core.v1.VolumeMountArgs:
        """The container's volume mount."""
        fixed = bool(self.secret or self.config_map)
        return core.VolumeMountArgs(name=self.name, mount_path=self.path, sub_path=self.key, read_only=fixed or None)

    def source(self) -> k8s.core.v1.VolumeArgs:
        """The pod's volume."""
        if self.secret:
            source = core.SecretVolumeSourceArgs(secret_name=self.secret, optional=self.optional or None)
            return core.VolumeArgs(name=self.name, secret=source)
        if self.config_map:
            return core.VolumeArgs(name=self.name, config_map=core.ConfigMapVolumeSourceArgs(name=self.config_map))
        return core.VolumeArgs(name=self.name, empty_dir=core.EmptyDirVolumeSourceArgs(size_limit=self.size))


def pod(
    app: str,
    container: k8s.core.v1.ContainerArgs,
    *,
    volumes: Sequence[Volume] = (),
    service_account: str,
    token: bool,
    service_links: bool = True,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
    **spec: Any,
) -> k8s.core.v1.PodTemplateSpecArgs:
    """The template of a part's pods, of one container.

    Args:
        app: the part.
        container: its only container.
        volumes: all volumes of the pod.
        service_account: account of the pod.
        token: whether the pod gets a token for the Kubernetes API.
        service_links: whether the pod finds other parts by DEIS_*_SERVICE_HOST.
        annotations: a change of any annotation makes new pods.
        spec: further fields of the pod.
    """
    return core.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels(app), annotations=annotations),
        spec=core.PodSpecArgs(
            automount_service_account_token=token,
            containers=[container],
            enable_service_links=service_links,
            # Every pod of Deis runs one of Hephy's images.
            node_selector=dict([NODE_LABEL]),
            security_context=core.PodSecurityContextArgs(
                seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault")
            ),
            service_account_name=service_account,
            volumes=[volume.source() for volume in volumes] or None,
            **spec,
        ),
    )


def cron_job(
    name: str,
    app: str,
    container: k8s.core.v1.ContainerArgs,
    *,
    schedule: str,
    token: bool,
    volumes: Sequence[Volume] = (),
    opts: pulumi.ResourceOptions,
) -> k8s.batch.v1.CronJob:
    """A small Job on a schedule (UTC), one at a time, under the account of the same name as `app`."""
    template = pod(
        app,
        container,
        volumes=volumes,
        service_account=app,
        token=token,
        service_links=False,
        restart_policy="Never",
    )
    return k8s.batch.v1.CronJob(
        name,
        metadata=meta(app, app),
        spec=k8s.batch.v1.CronJobSpecArgs(
            schedule=schedule,
            time_zone="Etc/UTC",
            concurrency_policy="Forbid",
            starting_deadline_seconds=3600,
            successful_jobs_history_limit=1,
            failed_jobs_history_limit=3,
            job_template=k8s.batch.v1.JobTemplateSpecArgs(
                spec=k8s.batch.v1.JobSpecArgs(
                    active_deadline_seconds=CRON_DEADLINE_SECONDS, backoff_limit=3, template=template
                )
            ),
        ),
        opts=opts,
    )


def spread(app: str) -> list[k8s.core.v1.TopologySpreadConstraintArgs]:
    """Pods of a part prefer different zones, then different nodes."""
    return [
        core.TopologySpreadConstraintArgs(
            max_skew=1, topology_key=key, when_unsatisfiable="ScheduleAnyway", label_selector=selector(app)
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def disruption_budget(
    name: str, app: str, replicas: int, opts: pulumi.ResourceOptions
) -> k8s.policy.v1.PodDisruptionBudget | None:
    """Draining evicts one pod at a time. None for a single pod, whose budget would block every drain."""
    if replicas < 2:  # noqa: PLR2004
        return None
    return k8s.policy.v1.PodDisruptionBudget(
        f"{name}-budget",
        metadata=meta(app, app),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=selector(app)),
        opts=opts,
    )
