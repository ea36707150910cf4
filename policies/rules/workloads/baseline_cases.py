"""Cases of the baseline level."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads import baseline
from policies.rules.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, deployment, pod_spec, workload

_CONTEXT, _POD = f"{CONTAINER}.securityContext", f"{SPEC}.securityContext"
_PRIVILEGED = {"securityContext": {"privileged": True}}
_SIDE = {"name": "side", "image": "side"}


def _of_container(field: str, value: Any) -> Item:
    return deployment({f"containers.0.securityContext.{field}": value})


def _of_pod(field: str, value: Any) -> Item:
    return deployment({f"securityContext.{field}": value})


def _mounting(volume: dict[str, Any]) -> Item:
    return deployment({"volumes": [{"name": "v", **volume}]})


def _unmasked(host_users: Any) -> Item:
    return deployment({"hostUsers": host_users, "containers.0.securityContext.procMount": "Unmasked"})


def _annotated(value: str) -> Item:
    annotations = {"container.apparmor.security.beta.kubernetes.io/web": value}
    return deployment(metadata={"annotations": annotations})


_LISTED = Item(
    type=f"{DEPLOYMENT}List",
    props={"items": [deployment().props, deployment({"initContainers": [{**_SIDE, **_PRIVILEGED}]}).props]},
)
_MIXED = Item(
    type="kubernetes:core/v1:List",
    props={
        "items": [{"apiVersion": "v1", "kind": "Pod", "spec": pod_spec({"containers": [{**_SIDE, **_PRIVILEGED}]})}]
    },
)
_ROLLOUT = "kubernetes:argoproj.io/v1alpha1:Rollout"


def _custom(changes: dict[str, Any], wrapper: str = "") -> Item:
    return Item(type=f"{_ROLLOUT}{wrapper}", props=workload("apps/v1:Deployment", changes).props)


_SCALED = ("jobTargetRef", "template", "spec", "containers")
_HELD_IN_LISTS = frozenset({"containers", "steps", "tasks", "templates"})


def _elsewhere(kind: str, path: tuple[str, ...], changes: dict[str, Any] | None = None) -> Item:
    """A custom resource with a container at a path of its spec."""
    inner: Any = {"name": "x", "image": "x", **(changes or {})}
    for key in reversed(path):
        inner = {key: [inner] if key in _HELD_IN_LISTS else inner}
    return Item(type=f"kubernetes:{kind}", props={"metadata": {"name": "x", "namespace": "shop"}, "spec": inner})


_RECEIVING = {"name": "net.ipv4.tcp_rmem", "value": "4096 131072 6291456"}
_WAITING = {"name": "net.ipv4.tcp_notsent_lowat", "value": "16384"}
_ELSEWHERE = {"httpGet": {"host": "169.254.169.254", "port": 80}}
_FLAG = "securityContext.privileged"

CASES: dict[str, tuple[Case, ...]] = {
    baseline.PRIVILEGED.id: (
        ok("unprivileged", deployment()),
        ok("said_so", _of_container("privileged", False)),
        ok(
            "where_everything_is_allowed",
            _of_container("privileged", True),
            settings={"namespaces": {"shop": "privileged"}},
        ),
        fail(
            "where_baseline_is_asked_for",
            _of_container("privileged", True),
            at=f"{_CONTEXT}.privileged",
            settings={"namespaces": {"*": "baseline", "kube-*": "privileged"}},
        ),
        fail("container", _of_container("privileged", True), at=f"{_CONTEXT}.privileged"),
        fail(
            "init_container",
            deployment({"initContainers": [{**_SIDE, **_PRIVILEGED}]}),
            at=f"{SPEC}.initContainers[0].{_FLAG}",
        ),
        fail(
            "ephemeral_container",
            workload("core/v1:Pod", {"ephemeralContainers": [{**_SIDE, **_PRIVILEGED}]}),
            at=f"spec.ephemeralContainers[0].{_FLAG}",
        ),
        fail(
            "cron_job",
            workload("batch/v1:CronJob", {"containers": [_PRIVILEGED]}),
            at=f"spec.jobTemplate.spec.template.spec.containers[0].{_FLAG}",
        ),
        fail(
            "pod_template",
            workload("core/v1:PodTemplate", {"containers": [_PRIVILEGED]}),
            at=f"template.spec.containers[0].{_FLAG}",
        ),
        fail(
            "patch", deployment({"containers": [_PRIVILEGED]}, type_=f"{DEPLOYMENT}Patch"), at=f"{_CONTEXT}.privileged"
        ),
        fail(
            "old_api",
            workload("extensions/v1beta1:DaemonSet", {"containers": [_PRIVILEGED]}),
            at=f"{_CONTEXT}.privileged",
        ),
        fail("rollout_of_argo", _custom({"containers": [_PRIVILEGED]}), at=f"{_CONTEXT}.privileged"),
        fail("rollout_that_is_patched", _custom({"containers": [_PRIVILEGED]}, "Patch"), at=f"{_CONTEXT}.privileged"),
        ok("custom_resource_with_a_pod_elsewhere", _elsewhere("keda.sh/v1alpha1:ScaledJob", _SCALED)),
        fail(
            "pod_elsewhere",
            _elsewhere("keda.sh/v1alpha1:ScaledJob", _SCALED, _PRIVILEGED),
            at="spec.jobTargetRef.template.spec.containers[0].securityContext.privileged",
        ),
        fail(
            "container_alone",
            _elsewhere("argoproj.io/v1alpha1:Workflow", ("templates", "container"), _PRIVILEGED),
            at="spec.templates[0].container.securityContext.privileged",
        ),
        fail(
            "step_of_a_task",
            _elsewhere("tekton.dev/v1:Pipeline", ("tasks", "taskSpec", "steps"), _PRIVILEGED),
            at="spec.tasks[0].taskSpec.steps[0].securityContext.privileged",
        ),
        ok("custom_resource_without_pods", Item(type=_ROLLOUT, props={"spec": {"template": "{{ .name }}"}})),
        unknown("custom_resource_decided_later", Item(type=_ROLLOUT, props={"spec": UNKNOWN})),
        fail("second_of_a_list", _LISTED, at=f"items[1].{SPEC}.initContainers[0].{_FLAG}"),
        fail("list_of_anything", _MIXED, at=f"items[0].spec.containers[0].{_FLAG}"),
        fail(
            "beside_an_unknown_one",
            deployment({"containers": [UNKNOWN, _PRIVILEGED]}),
            at=f"{SPEC}.containers[1].{_FLAG}",
        ),
        fail("flag_that_is_none", _of_container("privileged", "yes"), at=f"{_CONTEXT}.privileged"),
        unknown("decided_later", _of_container("privileged", UNKNOWN)),
    ),
    baseline.HOST_PROCESS.id: (
        ok("none", deployment()),
        fail(
            "container",
            _of_container("windowsOptions", {"hostProcess": True}),
            at=f"{_CONTEXT}.windowsOptions.hostProcess",
        ),
        fail("pod", _of_pod("windowsOptions", {"hostProcess": True}), at=f"{_POD}.windowsOptions.hostProcess"),
        unknown("decided_later", _of_pod("windowsOptions", UNKNOWN)),
    ),
    baseline.HOST_NAMESPACE.id: (
        ok("none", deployment()),
        fail("network", deployment({"hostNetwork": True}), at=f"{SPEC}.hostNetwork"),
        fail("processes", workload("apps/v1:DaemonSet", {"hostPID": True}), at=f"{SPEC}.hostPID"),
        fail("ipc_and_network_unknown", deployment({"hostNetwork": UNKNOWN, "hostIPC": True}), at=f"{SPEC}.hostIPC"),
        unknown("decided_later", deployment({"hostNetwork": UNKNOWN})),
    ),
    baseline.CAPABILITIES.id: (
        ok("default_ones", _of_container("capabilities", {"drop": ["ALL"], "add": ["CHOWN", "NET_BIND_SERVICE"]})),
        fail(
            "admin",
            _of_container("capabilities", {"add": ["CHOWN", "SYS_ADMIN"]}),
            at=f"{_CONTEXT}.capabilities.add[1]",
        ),
        fail("all", _of_container("capabilities", {"add": ["ALL"]}), at=f"{_CONTEXT}.capabilities.add[0]"),
        unknown("decided_later", _of_container("capabilities", {"add": UNKNOWN})),
    ),
    baseline.HOST_PATH.id: (
        ok("empty_dir", _mounting({"emptyDir": {}})),
        fail(
            "docker_socket", _mounting({"hostPath": {"path": "/var/run/docker.sock"}}), at=f"{SPEC}.volumes[0].hostPath"
        ),
        fail("path_decided_later", _mounting({"hostPath": UNKNOWN}), at=f"{SPEC}.volumes[0].hostPath"),
        unknown("volumes_decided_later", deployment({"volumes": UNKNOWN})),
    ),
    baseline.HOST_PORTS.id: (
        ok("container_port", deployment()),
        fail("host_port", deployment({"containers.0.ports.0.hostPort": 80}), at=f"{CONTAINER}.ports[0].hostPort"),
        unknown("decided_later", deployment({"containers.0.ports.0.hostPort": UNKNOWN})),
    ),
    baseline.PROBE_HOSTS.id: (
        ok(
            "not_looked_at_in_1_33",
            deployment({"containers.0.livenessProbe": _ELSEWHERE}),
            settings={"kubernetesVersion": "1.33"},
        ),
        ok("itself", deployment({"containers.0.livenessProbe": {"httpGet": {"path": "/", "port": 8080}}})),
        fail(
            "probe",
            deployment({"containers.0.livenessProbe": _ELSEWHERE}),
            at=f"{CONTAINER}.livenessProbe.httpGet.host",
        ),
        fail(
            "hook",
            deployment({"containers.0.lifecycle.preStop": _ELSEWHERE}),
            at=f"{CONTAINER}.lifecycle.preStop.httpGet.host",
        ),
        unknown("decided_later", deployment({"containers.0.livenessProbe": UNKNOWN})),
    ),
    baseline.APP_ARMOR.id: (
        ok("runtime_default", _of_pod("appArmorProfile", {"type": "RuntimeDefault"})),
        ok("local_profile_by_annotation", _annotated("localhost/web")),
        fail(
            "unconfined",
            _of_container("appArmorProfile", {"type": "Unconfined"}),
            at=f"{_CONTEXT}.appArmorProfile.type",
        ),
        fail(
            "unconfined_by_annotation",
            _annotated("unconfined"),
            at='spec.template.metadata.annotations["container.apparmor.security.beta.kubernetes.io/web"]',
        ),
        unknown("decided_later", _of_pod("appArmorProfile", UNKNOWN)),
    ),
    baseline.SELINUX.id: (
        ok("container", _of_pod("seLinuxOptions", {"type": "container_t", "level": "s0"})),
        ok("engine_since_1_31", _of_pod("seLinuxOptions", {"type": "container_engine_t"})),
        fail(
            "engine_in_1_30",
            _of_pod("seLinuxOptions", {"type": "container_engine_t"}),
            at=f"{_POD}.seLinuxOptions.type",
            settings={"kubernetesVersion": "1.30"},
        ),
        fail("privileged_container", _of_pod("seLinuxOptions", {"type": "spc_t"}), at=f"{_POD}.seLinuxOptions.type"),
        fail("user", _of_container("seLinuxOptions", {"user": "root"}), at=f"{_CONTEXT}.seLinuxOptions.user"),
        unknown("decided_later", _of_pod("seLinuxOptions", UNKNOWN)),
    ),
    baseline.PROC_MOUNT.id: (
        ok("default", _of_container("procMount", "Default")),
        ok("unmasked_in_a_user_namespace", _unmasked(False)),
        fail("unmasked", _of_container("procMount", "Unmasked"), at=f"{_CONTEXT}.procMount"),
        fail(
            "unmasked_in_a_user_namespace_before_1_35",
            _unmasked(False),
            at=f"{_CONTEXT}.procMount",
            settings={"kubernetesVersion": "1.34"},
        ),
        unknown("user_namespace_decided_later", _unmasked(UNKNOWN)),
        unknown("decided_later", _of_container("procMount", UNKNOWN)),
    ),
    baseline.SECCOMP.id: (
        ok("runtime_default", deployment()),
        fail(
            "unconfined_container",
            _of_container("seccompProfile", {"type": "Unconfined"}),
            at=f"{_CONTEXT}.seccompProfile.type",
        ),
        unknown("decided_later", _of_pod("seccompProfile", UNKNOWN)),
    ),
    baseline.SYSCTLS.id: (
        ok("safe_one", _of_pod("sysctls", [{"name": "net.ipv4.tcp_syncookies", "value": "1"}])),
        ok("safe_since_1_32", _of_pod("sysctls", [_RECEIVING])),
        fail(
            "not_yet_safe_in_1_31",
            _of_pod("sysctls", [_RECEIVING]),
            at=f"{_POD}.sysctls[0].name",
            settings={"kubernetesVersion": "1.31"},
        ),
        ok("safe_since_1_37", _of_pod("sysctls", [_WAITING]), settings={"kubernetesVersion": "1.37"}),
        fail(
            "not_yet_safe_in_1_36",
            _of_pod("sysctls", [_WAITING]),
            at=f"{_POD}.sysctls[0].name",
            settings={"kubernetesVersion": "1.36"},
        ),
        fail("kernel", _of_pod("sysctls", [{"name": "kernel.msgmax", "value": "1"}]), at=f"{_POD}.sysctls[0].name"),
        unknown("decided_later", _of_pod("sysctls", UNKNOWN)),
    ),
}
