"""The Pod Security Standards as data, by the Kubernetes version in which they changed, up to 1.37 (INH-4).

What the baseline and the restricted level allow; https://kubernetes.io/docs/concepts/security/pod-security-standards/.
Compared with k8s.io/pod-security-admission v0.37.2, policy/check_*.go, on 2026-11-28: 1.36 changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Level = Literal["privileged", "baseline", "restricted"]
LEVELS: Final[tuple[Level, ...]] = ("privileged", "baseline", "restricted")
"""From the laxest to the strictest."""
LABEL_PREFIX: Final = "pod-security.kubernetes.io/"
ENFORCE_LABEL: Final = f"{LABEL_PREFIX}enforce"
MODES: Final = ("enforce", "audit", "warn")
VERSION: Final = "v1.35"
"""Of the standards: pinned, so that an upgrade of the cluster does not change what is admitted. An older cluster takes
it for its newest."""
VERSION_LABEL: Final = f"{ENFORCE_LABEL}-version"
NEWEST_MINOR: Final = 37
"""The last minor version whose standards are known here; one that is newer is refused, not taken for this one."""
MINORS: Final = r"2[5-9]|3[0-7]"
VERSIONS: Final = rf"latest|v1\.(?:{MINORS})"
"""Of the standards that may be enforced: those before asked for less, restricted without seccomp and capabilities. In
RE2's syntax and Python's alike."""
SAFE_LEVELS: Final[tuple[Level, ...]] = ("baseline", "restricted")


def labels(*, enforce: Level | None = None, report: Level) -> dict[str, str]:
    """A namespace's labels: what is enforced there, if anything, and what is audited and warned of."""
    levels = dict(zip(MODES, (enforce, report, report), strict=True))
    made = {}
    for mode, level in levels.items():
        if level is not None:
            made |= {f"{LABEL_PREFIX}{mode}": level, f"{LABEL_PREFIX}{mode}-version": VERSION}
    return made


def since(facts: Mapping[int, frozenset[str]], minor: int) -> frozenset[str]:
    """What a minor version allows, of a table by the version that brought it."""
    return frozenset().union(*(names for first, names in facts.items() if first <= minor))


# Baseline.

HOST_NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")

CAPABILITIES: Final = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
"""What a container may add: no more than what the runtimes give anyway."""
SELINUX_TYPES_SINCE: Final[Mapping[int, frozenset[str]]] = {
    0: frozenset({"", "container_t", "container_init_t", "container_kvm_t"}),
    31: frozenset({"container_engine_t"}),
}
"""Minor version -> the types that it allows beside those of the versions before."""
PROBE_HOSTS_SINCE: Final = 34
"""The first minor version that looks at the hosts of probes and hooks."""
USER_NAMESPACES_SINCE: Final = 35
"""The first minor version that lets a pod in a user namespace of its own (hostUsers: false) be root and see /proc."""
APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
APPARMOR_TYPES: Final = frozenset({"RuntimeDefault", "Localhost"})
SECCOMP_TYPES: Final = frozenset({"RuntimeDefault", "Localhost"})
SYSCTLS_SINCE: Final[Mapping[int, frozenset[str]]] = {
    0: frozenset(
        {
            "kernel.shm_rmid_forced",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ping_group_range",
            "net.ipv4.tcp_syncookies",
        }
    ),
    27: frozenset({"net.ipv4.ip_local_reserved_ports"}),
    29: frozenset(
        {
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
            "net.ipv4.tcp_keepalive_time",
        }
    ),
    32: frozenset({"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}),
    37: frozenset({"net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_slow_start_after_idle"}),
}
"""Minor version -> the sysctls that it allows beside those of the versions before."""
PROC_MOUNT: Final = "Default"

# Restricted.

VOLUME_TYPES: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
RESTRICTED_CAPABILITIES: Final = frozenset({"NET_BIND_SERVICE"})
DROP: Final = "ALL"
