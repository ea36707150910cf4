"""The baseline level of the Pod Security Standards: settings that allow container breakout (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines import pod_security as standard
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, MEDIUM, Policy, Severity
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.levels import setting, within
from policies.rules.workloads.pods import Check, Pod, each_pod, of_containers, of_contexts
from policies.rules.workloads.versions import SETTING, minor_of

PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS: Final = ("postStart", "preStop")


def baseline(name: str, severity: Severity, description: str, fix: str, check: Check) -> Policy:
    """The record of a control of the baseline level."""
    return Policy(
        id=f"pod-security-baseline-{name}",
        requirement="INH-4",
        types=WORKLOADS,
        level=MANDATORY,
        severity=severity,
        description=description,
        fix=fix,
        rule=within("baseline", each_pod(check)),
        settings={**setting("restricted"), **SETTING},
    )


def _must_not(value: Value) -> Iterator[Violation]:
    if value.flag():
        yield violation(value, "true", "false")


def _privileged(context: Value) -> Iterator[Violation]:
    yield from _must_not(context["privileged"])


PRIVILEGED = baseline(
    "privileged",
    CRITICAL,
    "No container is privileged.",
    "leave securityContext.privileged out, and add the one capability that is needed",
    of_contexts(_privileged),
)


def _host_process(context: Value) -> Iterator[Violation]:
    yield from _must_not(context.along("windowsOptions", "hostProcess"))


HOST_PROCESS = baseline(
    "host-process",
    CRITICAL,
    "No Windows pod runs as a process of its host.",
    "leave securityContext.windowsOptions.hostProcess out",
    of_contexts(_host_process),
)


def _host_namespaces(pod: Pod) -> Iterator[Violation]:
    yield from pod.resource.each((pod.spec[name] for name in standard.HOST_NAMESPACES), _must_not)


HOST_NAMESPACE = baseline(
    "host-namespaces",
    CRITICAL,
    "No pod shares its node's network, processes or IPC.",
    f"leave {', '.join(standard.HOST_NAMESPACES)} out",
    _host_namespaces,
)


def _capabilities(context: Value) -> Iterator[Violation]:
    for capability in context.along("capabilities", "add").items():
        if capability.text() not in standard.CAPABILITIES:
            yield violation(capability, f"{capability.text()}", f"one of {', '.join(sorted(standard.CAPABILITIES))}")


CAPABILITIES = baseline(
    "capabilities",
    HIGH,
    "No container adds capabilities beyond those that runtimes give by default.",
    "take the capability out of securityContext.capabilities.add",
    of_contexts(_capabilities),
)


def _host_path(pod: Pod) -> Iterator[Violation]:
    for volume in pod.spec["volumes"].items():
        with pod.resource.isolate():
            # Its path may be unknown yet; it is certain that there is one.
            if not volume["hostPath"].missing:
                yield violation(volume["hostPath"], "a path of the node", "another type of volume")


HOST_PATH = baseline(
    "host-path",
    CRITICAL,
    "No pod mounts a path of its node.",
    "use emptyDir, a persistent volume claim, a config map or a secret",
    _host_path,
)


def _host_ports(container: Value) -> Iterator[Violation]:
    for port in container["ports"].items():
        if port["hostPort"].number():
            yield violation(port["hostPort"], f"{port['hostPort'].text()}", "none")


HOST_PORTS = baseline(
    "host-ports",
    HIGH,
    "No container listens on a port of its node.",
    "leave hostPort out, and put a Service in front",
    of_containers(_host_ports),
)


def _probe_hosts(pod: Pod) -> Iterator[Violation]:
    if minor_of(pod.resource.settings) >= standard.PROBE_HOSTS_SINCE:
        yield from pod.resource.each(pod.containers(), _hosts_of_probes)


def _hosts_of_probes(container: Value) -> Iterator[Violation]:
    handlers = [container[name] for name in PROBES] + [container["lifecycle"][name] for name in HOOKS]
    for handler in handlers:
        for kind in ("httpGet", "tcpSocket"):
            host = handler[kind]["host"]
            if host.text():
                yield violation(host, f"{host.text()}", "none: the pod itself is asked")


PROBE_HOSTS = baseline(
    "host-probes",
    MEDIUM,
    "No probe or hook makes the node's kubelet call another host.",
    "leave host out of probes and lifecycle hooks",
    _probe_hosts,
)


def _app_armor(pod: Pod) -> Iterator[Violation]:
    def profile(context: Value) -> Iterator[Violation]:
        kind = context.along("appArmorProfile", "type")
        if kind.text() not in {None, *standard.APPARMOR_TYPES}:
            yield violation(kind, f"{kind.text()}", " or ".join(sorted(standard.APPARMOR_TYPES)))

    yield from pod.resource.each(pod.contexts(), profile)
    for name, value in pod.metadata["annotations"].fields().items():
        with pod.resource.isolate():
            if name.startswith(standard.APPARMOR_ANNOTATION):
                text = value.text() or ""
                if text not in ("", "runtime/default") and not text.startswith("localhost/"):
                    yield violation(value, text, "runtime/default, or localhost/ and a profile")


APP_ARMOR = baseline(
    "app-armor",
    HIGH,
    "No pod switches AppArmor off.",
    "leave appArmorProfile out, or set its type to RuntimeDefault",
    _app_armor,
)


def _selinux(pod: Pod) -> Iterator[Violation]:
    types = standard.since(standard.SELINUX_TYPES_SINCE, minor_of(pod.resource.settings))

    def check(context: Value) -> Iterator[Violation]:
        options = context["seLinuxOptions"]
        kind = options["type"]
        if (kind.text() or "") not in types:
            yield violation(kind, f"{kind.text()}", f"one of {', '.join(sorted(filter(None, types)))}")
        for name in ("user", "role"):
            if options[name].text():
                yield violation(options[name], f"{options[name].text()}", "none")

    yield from pod.resource.each(pod.contexts(), check)


SELINUX = baseline(
    "selinux",
    HIGH,
    "No pod chooses a SELinux type beyond those for containers, nor a user or a role.",
    "leave seLinuxOptions out",
    _selinux,
)


def masked(context: Value) -> Iterator[Violation]:
    """Whether a security context keeps the runtime's default view of /proc."""
    mount = context["procMount"]
    if mount.text() not in (None, "", standard.PROC_MOUNT):
        yield violation(mount, f"{mount.text()}", standard.PROC_MOUNT)


def _proc_mount(pod: Pod) -> Iterator[Violation]:
    relaxed = minor_of(pod.resource.settings) >= standard.USER_NAMESPACES_SINCE
    for context in pod.contexts():
        with pod.resource.isolate():
            # In a user namespace of its own, it reveals nothing of the node; checked last, because it may be unknown.
            if (found := list(masked(context))) and not (relaxed and pod.own_users):
                yield from found


PROC_MOUNT = baseline(
    "proc-mount",
    HIGH,
    "No container sees the parts of /proc that runtimes hide.",
    "leave securityContext.procMount out",
    _proc_mount,
)


def _seccomp(context: Value) -> Iterator[Violation]:
    kind = context.along("seccompProfile", "type")
    if kind.text() not in {None, *standard.SECCOMP_TYPES}:
        yield violation(kind, f"{kind.text()}", " or ".join(sorted(standard.SECCOMP_TYPES)))


SECCOMP = baseline(
    "seccomp",
    HIGH,
    "No pod switches seccomp off.",
    "set securityContext.seccompProfile.type to RuntimeDefault",
    of_contexts(_seccomp),
)


def _sysctls(pod: Pod) -> Iterator[Violation]:
    allowed = standard.since(standard.SYSCTLS_SINCE, minor_of(pod.resource.settings))
    for sysctl in pod.spec.along("securityContext", "sysctls").items():
        with pod.resource.isolate():
            if sysctl["name"].text() not in allowed:
                yield violation(
                    sysctl["name"], f"{sysctl['name'].text()}", "one of those that reach no further than the pod"
                )


SYSCTLS = baseline(
    "sysctls",
    HIGH,
    "No pod sets a sysctl that reaches beyond itself.",
    "set it on the node group, or use one of the safe ones",
    _sysctls,
)

POLICIES = (
    PRIVILEGED,
    HOST_PROCESS,
    HOST_NAMESPACE,
    CAPABILITIES,
    HOST_PATH,
    HOST_PORTS,
    PROBE_HOSTS,
    APP_ARMOR,
    SELINUX,
    PROC_MOUNT,
    SECCOMP,
    SYSCTLS,
)
