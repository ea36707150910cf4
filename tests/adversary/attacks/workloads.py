"""Attacks by Kubernetes objects that policies might overlook."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack


def pod(**spec: Any) -> dict[str, Any]:
    """The spec of a pod that breaks no rule, with changes of the pod or, as `container`, of its container."""
    container = {
        "name": "web",
        "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web@sha256:" + "0" * 64,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
        **spec.pop("container", {}),
    }
    return {
        "serviceAccountName": "web",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        **spec,
    }


def made(type_: str, spec: Any, namespace: str = "shop", **metadata: Any) -> Item:
    """An object of a type, such as apps/v1:Deployment."""
    props = {"metadata": {"name": "web", "namespace": namespace, **metadata}, "spec": spec}
    return Item(type=f"kubernetes:{type_}", props=props)


def serves(spec: Any) -> dict[str, Any]:
    """The spec of a Deployment of such pods."""
    labels = {"app": "web"}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}


def _attack(name: str, why: str, item: Item, blocked_by: str, *, admission: bool = True) -> Attack:
    return Attack(name=name, requirement="INH-4", why=why, items=(item,), blocked_by=blocked_by, admission=admission)


_ROOT: Final = {"securityContext": {"runAsNonRoot": False, "seccompProfile": {"type": "RuntimeDefault"}}}
_PRIVILEGED: Final = {"container": {"securityContext": {"privileged": True}}}

ATTACKS: Final = (
    _attack(
        "namespace_made_by_a_patch",
        "Server-side apply makes the namespace, without any level of Pod Security.",
        Item(type="kubernetes:core/v1:NamespacePatch", props={"metadata": {"name": "open"}}),
        "namespace-pod-security-labels",
        admission=False,
    ),
    _attack(
        "deployment_made_by_a_patch",
        "Server-side apply makes the Deployment, whose containers say nothing about escalation.",
        made("apps/v1:DeploymentPatch", serves(pod(container={"securityContext": {}}))),
        "pod-security-restricted-privilege-escalation",
        admission=False,
    ),
    _attack(
        "privileged_in_a_custom_resource",
        "An operator makes the pods, privileged.",
        made("operators.example.org/v1:Server", {"template": {"spec": pod(**_PRIVILEGED)}}),
        "pod-security-baseline-privileged",
        admission=False,
    ),
    _attack(
        "privileged_in_a_cron_job",
        "Root on the node every night.",
        made(
            "batch/v1:CronJob",
            {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": pod(**_PRIVILEGED)}}}},
        ),
        "pod-security-baseline-privileged",
    ),
    _attack(
        "node_s_files_in_a_job",
        "The kubelet's credentials are files of the node.",
        made(
            "batch/v1:Job",
            {"template": {"spec": pod(volumes=[{"name": "n", "hostPath": {"path": "/var/lib/kubelet"}}])}},
        ),
        "pod-security-baseline-host-path",
    ),
    _attack(
        "node_s_network",
        "The pod sees the metadata service of the node.",
        made("core/v1:Pod", pod(hostNetwork=True)),
        "pod-security-baseline-host-namespaces",
    ),
    _attack(
        "node_s_processes_in_a_replica_set",
        "The pod reads the environment of every process of the node.",
        made("apps/v1:ReplicaSet", serves(pod(hostPID=True))),
        "pod-security-baseline-host-namespaces",
    ),
    _attack(
        "system_administrator_in_an_init_container",
        "CAP_SYS_ADMIN mounts the node's disks.",
        made(
            "apps/v1:StatefulSet",
            serves(
                pod(
                    initContainers=[
                        {"name": "i", "image": "i", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}
                    ]
                )
            ),
        ),
        "pod-security-baseline-capabilities",
    ),
    _attack(
        "root_beside_a_hardened_container",
        "The second container is root.",
        made("apps/v1:Deployment", serves(pod(**_ROOT))),
        "pod-security-restricted-run-as-non-root",
        admission=False,
    ),
    _attack(
        "port_of_every_node",
        "A port of every node leads past the load balancer.",
        made("core/v1:Service", {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]}),
        "service-exposure",
    ),
    _attack(
        "address_of_another",
        "Traffic to somebody else's address goes to the pod (CVE-2020-8554).",
        made(
            "core/v1:Service",
            {"selector": {"app": "web"}, "ports": [{"port": 443}], "externalIPs": ["203.0.113.7"]},
        ),
        "service-exposure",
    ),
    _attack(
        "image_of_anybody",
        "The owner of the name at the registry runs code in the cluster.",
        made("apps/v1:Deployment", serves(pod(container={"image": "web"}))),
        "image-pinned-and-registry-allowlist",
    ),
    _attack(
        "image_as_a_volume_of_anybody",
        "An image that is mounted is not what a scanner of containers reads.",
        made(
            "apps/v1:DaemonSet",
            serves(pod(volumes=[{"name": "v", "image": {"reference": "docker.io/somebody/tools:latest"}}])),
        ),
        "image-pinned-and-registry-allowlist",
        admission=False,
    ),
    _attack(
        "disks_in_plain_text",
        "Every volume of the class is readable in a snapshot.",
        Item(
            type="kubernetes:storage.k8s.io/v1:StorageClass",
            props={"metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "false"}},
        ),
        "storage-class-encrypted",
        admission=False,
    ),
)
