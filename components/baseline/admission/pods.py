"""The baseline level of the Pod Security Standards in every namespace, labelled or not (INH-4).

Pod Security admission enforces the level of a namespace's labels, and rejects pods only. This rule also holds in
unlabelled namespaces (such as those of Deis's applications), and rejects the Deployment itself instead of, silently and
later, its pods.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import (
    POD_RESOURCES,
    POD_VARIABLES,
    Check,
    Rule,
    literal,
    of_template,
    read_spec,
)
from components.baseline.admission.writers import in_system_by_system
from policies.guidelines import pod_security as standard

MINOR: Final = int(standard.VERSION.removeprefix("v1."))
"""Of the standards, the same as in the labels."""
_SELINUX_TYPES: Final = standard.since(standard.SELINUX_TYPES_SINCE, MINOR)
_SYSCTLS: Final = standard.since(standard.SYSCTLS_SINCE, MINOR)
_HANDLERS: Final = (
    "[c.?livenessProbe, c.?readinessProbe, c.?startupProbe, c.?lifecycle.?postStart, c.?lifecycle.?preStop]"
)


def _contexts(holds: str) -> str:
    return f"variables.contexts.all(c, {holds})"


def _containers(holds: str) -> str:
    return f"variables.containers.all(c, {holds})"


def _one_of(value: str, default: str, allowed: frozenset[str]) -> str:
    return f"{value}.orValue({literal(default)}) in {literal(sorted({default, *allowed}))}"


def _read_annotations(it: str) -> str:
    return of_template(it, "metadata", "annotations")


CONTROLS: Final = {
    "privileged": ("no container is privileged", _contexts("!c.?privileged.orValue(false)")),
    "host-process": (
        "no Windows pod runs as a process of its host",
        _contexts("!c.?windowsOptions.?hostProcess.orValue(false)"),
    ),
    "host-namespaces": (
        f"no pod shares its node's network, processes or IPC ({', '.join(standard.HOST_NAMESPACES)})",
        " && ".join(f"!variables.spec.?{name}.orValue(false)" for name in standard.HOST_NAMESPACES),
    ),
    "capabilities": (
        "no container adds capabilities beyond those that runtimes give by default",
        _contexts(f"c.?capabilities.?add.orValue([]).all(a, a in {literal(sorted(standard.CAPABILITIES))})"),
    ),
    "host-path": (
        "no pod mounts a path of its node (hostPath)",
        "variables.spec.?volumes.orValue([]).all(v, !has(v.hostPath))",
    ),
    "host-ports": (
        "no container listens on a port of its node (hostPort)",
        _containers("c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)"),
    ),
    "host-probes": (
        "no probe or hook makes the node's kubelet call another host",
        _containers(f"{_HANDLERS}.all(h, h.?httpGet.?host.orValue('') == '' && h.?tcpSocket.?host.orValue('') == '')"),
    ),
    "app-armor": (
        "no pod switches AppArmor off",
        _contexts(_one_of("c.?appArmorProfile.?type", "RuntimeDefault", standard.APPARMOR_TYPES))
        + " && variables.annotations.all(k, !k.startsWith("
        + literal(standard.APPARMOR_ANNOTATION)
        + ") || variables.annotations[k] in ['', 'runtime/default']"
        + " || variables.annotations[k].startsWith('localhost/'))",
    ),
    "selinux": (
        "no pod chooses a SELinux type beyond those for containers, nor a user or a role",
        _contexts(
            _one_of("c.?seLinuxOptions.?type", "", _SELINUX_TYPES)
            + " && c.?seLinuxOptions.?user.orValue('') == '' && c.?seLinuxOptions.?role.orValue('') == ''"
        ),
    ),
    "proc-mount": (
        "no container sees the parts of /proc that runtimes hide, unless in a user namespace of its own",
        "!variables.spec.?hostUsers.orValue(true) || "
        + _contexts(_one_of("c.?procMount", "", frozenset({standard.PROC_MOUNT}))),
    ),
    "seccomp": (
        "no pod switches seccomp off",
        _contexts(_one_of("c.?seccompProfile.?type", "RuntimeDefault", standard.SECCOMP_TYPES)),
    ),
    "sysctls": (
        "no pod sets a sysctl that reaches beyond itself",
        f"variables.spec.?securityContext.?sysctls.orValue([]).all(s, s.name in {literal(sorted(_SYSCTLS))})",
    ),
}
"""Control, as the pack's policies call it -> what must be so, in words and in CEL."""

POD_SECURITY: Final = Rule(
    id="pod-security",
    requirement="INH-4",
    policies=tuple(f"pod-security-baseline-{control}" for control in CONTROLS),
    resources=POD_RESOURCES,
    reads=(read_spec, _read_annotations),
    variables={
        **POD_VARIABLES,
        "contexts": "[variables.spec.?securityContext.orValue({})]"
        " + variables.containers.map(c, c.?securityContext.orValue({}))",
        "annotations": f"{_read_annotations('object')}.orValue({{}})",
    },
    checks=tuple(Check(holds=holds, message=message) for message, holds in CONTROLS.values()),
    # The CNI, kube-proxy, storage drivers, and the log and GuardDuty agents are parts of the node.
    unless={"system": in_system_by_system("request.namespace")},
)
