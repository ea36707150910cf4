"""Random pods close to the limits of the Pod Security Standards, for a comparison with a real API server."""

from __future__ import annotations

import copy
import random
from typing import Any

from policies.rules.workloads.pods import HARDENED

Body = dict[str, Any]
LEFT_OUT = object()
TYPES = ("RuntimeDefault", "Localhost", "Unconfined")
ANNOTATIONS = ("unconfined", "runtime/default", "localhost/web", "", "other")
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
CAPABILITIES = ("CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN", "SETPCAP", "MKNOD", "ALL", "chown", "CAP_CHOWN")
SYSCTLS = (
    "kernel.msgmax",
    "kernel.shm_rmid_forced",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
    "net/ipv4/tcp_syncookies",
)
SOURCES: tuple[Body, ...] = (
    {"hostPath": {"path": "/"}},
    {"nfs": {"server": "s", "path": "/"}},
    {"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.org.example:d", "lun": 0}},
    {"fc": {"targetWWNs": ["5"], "lun": 0}},
    {"gitRepo": {"repository": "r"}},
    {"awsElasticBlockStore": {"volumeID": "v"}},
    {"emptyDir": {}},
    {"configMap": {"name": "c"}},
    {"secret": {"secretName": "s"}},
    {"persistentVolumeClaim": {"claimName": "c"}},
    {"csi": {"driver": "d.example.org"}},
    {"downwardAPI": {"items": []}},
    {"projected": {"sources": []}},
    {"image": {"reference": "i"}},
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
            }
        }
    },
)
PROBES: tuple[Body, ...] = (
    {"httpGet": {"port": 80}},
    {"httpGet": {"port": 80, "host": "10.0.0.1"}},
    {"httpGet": {"port": 80, "host": "localhost"}},
    {"tcpSocket": {"port": 80, "host": "127.0.0.1"}},
    {"tcpSocket": {"port": 80}},
    {"exec": {"command": ["true"]}},
)
SELINUX: tuple[Body, ...] = (
    *(
        {"type": one}
        for one in ("spc_t", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "")
    ),
    {"user": "u"},
    {"user": ""},
    {"role": "r"},
    {"level": "s0:c1"},
)


def _profile(kind: str) -> Body:
    return {"type": kind, **({"localhostProfile": "web"} if kind == "Localhost" else {})}


CONTEXT: dict[str, tuple[Any, ...]] = {
    "runAsNonRoot": (True, False, LEFT_OUT),
    "runAsUser": (0, 1000, LEFT_OUT),
    "seLinuxOptions": SELINUX,
    "seccompProfile": (*map(_profile, TYPES), LEFT_OUT),
    "appArmorProfile": (*map(_profile, TYPES), LEFT_OUT),
    "windowsOptions": ({"hostProcess": True}, {"hostProcess": False}, {}),
}
"""What pods and containers may say alike."""
OF_POD: dict[str, tuple[Any, ...]] = {
    "hostNetwork": (True, False),
    "hostPID": (True, False),
    "hostIPC": (True, False),
    "hostUsers": (False, False, True),
    "os": ({"name": "windows"}, {"name": "linux"}),
    "volumes": tuple([{"name": "v", **source}] for source in SOURCES),
    "securityContext": ({}, LEFT_OUT),
}
OF_CONTAINER: dict[str, tuple[Any, ...]] = {
    "ports": ([{"containerPort": 80, "hostPort": 80}], [{"containerPort": 80, "hostPort": 0}], []),
    "lifecycle": tuple({hook: probe} for hook in ("preStop", "postStart") for probe in PROBES),
    **dict.fromkeys(("livenessProbe", "readinessProbe", "startupProbe"), PROBES),
    "securityContext": ({}, LEFT_OUT),
}
OF_CONTAINER_CONTEXT: dict[str, tuple[Any, ...]] = {
    "privileged": (True, False),
    "allowPrivilegeEscalation": (True, False, LEFT_OUT),
    "procMount": ("Default", "Unmasked"),
    "capabilities": (
        LEFT_OUT,
        *({"drop": ["ALL"], "add": [capability]} for capability in CAPABILITIES),
        *({"drop": [one]} for one in ("ALL", "all", "NET_RAW")),
    ),
}


def _set(chance: random.Random, holder: Body, fields: dict[str, tuple[Any, ...]]) -> None:
    name = chance.choice(sorted(fields))
    value = chance.choice(fields[name])
    if value is LEFT_OUT:
        holder.pop(name, None)
    else:
        holder[name] = copy.deepcopy(value)


def pod(chance: random.Random) -> Body:
    """A hardened pod with a few changes, some of which the server may reject as malformed."""
    spec = copy.deepcopy(HARDENED)
    spec["serviceAccountName"] = "default"
    annotations = {}
    if chance.random() < 1 / 3:
        spec["initContainers"] = [{**copy.deepcopy(spec["containers"][0]), "name": "first"}]
        spec["initContainers"][0].pop("ports", None)
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4))):
        container = chance.choice([one for key in ("containers", "initContainers") for one in spec.get(key, [])])
        kind = chance.random()
        if kind < 0.25:
            _set(chance, spec, OF_POD)
        elif kind < 0.45:
            _set(chance, container, OF_CONTAINER)
        elif kind < 0.65:
            _set(chance, container.setdefault("securityContext", {}), OF_CONTAINER_CONTEXT)
        elif kind < 0.78:
            _set(chance, container.setdefault("securityContext", {}), CONTEXT)
        elif kind < 0.9:
            _set(chance, spec.setdefault("securityContext", {}), CONTEXT)
        elif kind < 0.95:
            sysctl = {"name": chance.choice(SYSCTLS), "value": "1"}
            spec.setdefault("securityContext", {})["sysctls"] = [sysctl]
        else:
            annotations[APP_ARMOR + container["name"]] = chance.choice(ANNOTATIONS)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod", "annotations": annotations}, "spec": spec}
