"""Attacks by fields of pods that reach the node or its kernel, in whatever makes the pods."""

from __future__ import annotations

from typing import Any, Final

from tests.adversary.attack import Attack
from tests.adversary.attacks.workloads import made, pod, serves


def _attack(name: str, why: str, control: str, *, type_: str = "apps/v1:Deployment", **spec: Any) -> Attack:
    wrapped = serves(pod(**spec)) if type_.startswith("apps/") else pod(**spec)
    return Attack(
        name=name,
        requirement="INH-4",
        why=why,
        items=(made(type_, wrapped),),
        blocked_by=f"pod-security-{control}",
    )


def _context(**changes: Any) -> dict[str, Any]:
    """A container with other keys of its security context."""
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, **changes}
    return {"container": {"securityContext": context}}


ATTACKS: Final = (
    _attack(
        "process_of_the_host_on_windows",
        "The container is a process of the node.",
        "baseline-host-process",
        securityContext={"windowsOptions": {"hostProcess": True}},
    ),
    _attack(
        "port_of_the_node",
        "The pod takes traffic that is meant for the node.",
        "baseline-host-ports",
        type_="apps/v1:DaemonSet",
        container={"ports": [{"containerPort": 10250, "hostPort": 10250}]},
    ),
    _attack(
        "probe_of_another_host",
        "The kubelet asks any address in the pod's name: a metadata service, too.",
        "baseline-host-probes",
        container={"livenessProbe": {"httpGet": {"host": "169.254.169.254", "port": 80, "path": "/"}}},
    ),
    _attack(
        "hook_that_asks_another_host",
        "The kubelet asks any address when the container starts.",
        "baseline-host-probes",
        type_="core/v1:Pod",
        container={"lifecycle": {"postStart": {"httpGet": {"host": "10.0.0.2", "port": 443}}}},
    ),
    _attack(
        "without_app_armor",
        "The container may write where AppArmor lets none write.",
        "baseline-app-armor",
        securityContext={"appArmorProfile": {"type": "Unconfined"}},
    ),
    _attack(
        "type_of_selinux_of_the_host",
        "SELinux takes the container for a part of the node.",
        "baseline-selinux",
        **_context(seLinuxOptions={"type": "spc_t"}),
    ),
    _attack(
        "whole_proc",
        "The container sees and writes the kernel's settings.",
        "baseline-proc-mount",
        **_context(procMount="Unmasked"),
    ),
    _attack(
        "every_system_call",
        "Every system call is one way more out of the container.",
        "baseline-seccomp",
        type_="apps/v1:StatefulSet",
        **_context(seccompProfile={"type": "Unconfined"}),
    ),
    _attack(
        "setting_of_the_kernel",
        "The setting is the whole node's.",
        "baseline-sysctls",
        securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]},
    ),
    _attack(
        "root_by_number",
        "The user is root, though it says that it is not.",
        "restricted-run-as-user",
        **_context(runAsUser=0, runAsNonRoot=True),
    ),
    _attack(
        "capabilities_that_stay",
        "What runtimes give by default forges packets.",
        "restricted-capabilities",
        **_context(capabilities={"drop": ["NET_ADMIN"]}),
    ),
    _attack(
        "seccomp_of_nobody",
        "Without a profile every system call is allowed.",
        "restricted-seccomp",
        securityContext={"runAsNonRoot": True},
    ),
    _attack(
        "files_of_another_server",
        "The NFS server has whatever the pod writes.",
        "restricted-volume-types",
        volumes=[{"name": "v", "nfs": {"server": "files.example.org", "path": "/"}}],
    ),
)
