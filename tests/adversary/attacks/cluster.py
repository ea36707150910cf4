"""Attacks that somebody may send to the API server without Pulumi: the cluster refuses them as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

RBAC: Final = "rbac.authorization.k8s.io/v1"
GROUP: Final = "rbac.authorization.k8s.io"
IMAGE: Final = f"registry.k8s.io/pause:3.10@sha256:{'0' * 64}"


def _attack(
    name: str, why: str, kind: str, props: Mapping[str, Any], blocked_by: str, *, requirement: str = "INH-4"
) -> Attack:
    item = Item(type=f"kubernetes:{kind}", props=props)
    return Attack(name=name, why=why, items=(item,), blocked_by=blocked_by, requirement=requirement, admission=True)


def _role(name: str, why: str, *, blocked_by: str = "rbac-no-escalation", **rule: Any) -> Attack:
    rules = [{"apiGroups": [""], "verbs": ["get"], **rule}]
    return _attack(name, why, f"{RBAC}:ClusterRole", {"metadata": {"name": name}, "rules": rules}, blocked_by)


def _binding(name: str, why: str, role: str, subject: Mapping[str, str], blocked_by: str) -> Attack:
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role}
    props = {"metadata": {"name": name}, "roleRef": reference, "subjects": [dict(subject)]}
    return _attack(name, why, f"{RBAC}:ClusterRoleBinding", props, blocked_by)


def _pods(
    name: str,
    why: str,
    kind: str,
    blocked_by: str,
    container: Mapping[str, Any] | None = None,
    *,
    requirement: str = "INH-4",
    **spec: Any,
) -> Attack:
    pod: dict[str, Any] = {"containers": [{"name": "web", "image": IMAGE, **(container or {})}], **spec}
    props: dict[str, Any] = {"spec": pod}
    if kind != "core/v1:Pod":
        props = {"spec": {"template": props}}
    if kind.endswith("CronJob"):
        props = {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": props}}
    return _attack(name, why, kind, {"metadata": {"name": "web"}, **props}, blocked_by, requirement=requirement)


def _service(
    name: str, why: str, blocked_by: str = "service-exposure", requirement: str = "AWS-SG", **props: Any
) -> Attack:
    metadata = {"name": "web", **props.pop("metadata", {})}
    spec = {"ports": [{"port": 80}], **props}
    return _attack(
        name, why, "core/v1:Service", {"metadata": metadata, "spec": spec}, blocked_by, requirement=requirement
    )


SHOP: Final = {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}
ATTACKS: Final = (
    _role("role_of_everything", "Its holders may do all there is.", resources=["*"], verbs=["*"], apiGroups=["*"]),
    _role("role_that_escalates", "Its holders write roles greater than their own.",
          apiGroups=[GROUP], resources=["clusterroles"], verbs=["update", "escalate"]),
    _role("role_that_binds", "Its holders bind themselves to any role.",
          apiGroups=[GROUP], resources=["clusterroles"], verbs=["bind"]),
    _role("role_that_impersonates", "Its holders act as anybody.", resources=["users"], verbs=["impersonate"]),
    _role("role_of_tokens", "Its holders act as any service account.",
          resources=["serviceaccounts/token"], verbs=["create"]),
    _role("role_of_kubelets", "Its holders run commands in every pod, past admission and audit.",
          resources=["nodes/proxy"]),
    _role("role_that_lifts_rules", "Its holders delete what refuses them.",
          apiGroups=["admissionregistration.k8s.io"], resources=["validatingadmissionpolicybindings"],
          verbs=["delete"]),
    _role("role_that_signs_names", "Its holders make themselves certificates of any name.",
          apiGroups=["certificates.k8s.io"], resources=["certificatesigningrequests/approval"], verbs=["update"]),
    _binding("bind_to_a_controllers_role", "The aggregation controller's role makes any role greater.",
             "system:controller:clusterrole-aggregation-controller", SHOP, "rbac-no-cluster-admin-binding"),
    _binding("bind_everybody_to_view", "Anybody who reaches the API can read the cluster.", "view",
             {"kind": "Group", "name": "system:unauthenticated"}, "rbac-named-subjects"),
    _binding("bind_the_default_account", "Every pod that names no account gets the rights.", "view",
             {"kind": "ServiceAccount", "name": "default", "namespace": "shop"}, "rbac-named-subjects"),
    _binding("bind_accounts_of_a_namespace", "Every pod of the namespace gets the rights.", "view",
             {"kind": "Group", "name": "system:serviceaccounts:shop"}, "rbac-named-subjects"),
    _pods("privileged_job", "It is root on its node for as long as it runs.", "batch/v1:Job",
          "pod-security-baseline-privileged", {"securityContext": {"privileged": True}}),
    _pods("root_of_the_node_each_night", "It reads every pod's secrets from the node's disk.", "batch/v1:CronJob",
          "pod-security-baseline-host-path", volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
    _pods("host_network_on_every_node", "It listens on the node's addresses, and reaches its metadata.",
          "apps/v1:DaemonSet", "pod-security-baseline-host-namespaces", hostNetwork=True),
    _pods("capability_by_init", "It loads kernel modules before anybody looks.", "apps/v1:StatefulSet",
          "pod-security-baseline-capabilities",
          initContainers=[{"name": "init", "image": IMAGE, "securityContext": {"capabilities": {"add": ["ALL"]}}}]),
    _pods("moving_image", "Another program runs tomorrow.", "core/v1:Pod", "image-pinned-and-registry-allowlist",
          {"image": "docker.io/library/nginx:latest"}),
    _pods("open_registration", "Anybody makes an account.", "apps/v1:Deployment", "registration-not-open",
          {"env": [{"name": "REGISTRATION_MODE", "value": "enabled"}]}, requirement="DEIS-REG"),
    _service("node_port_by_hand", "It is reached past every load balancer.", type="NodePort"),
    _service("foreign_address", "Traffic to somebody else's address comes to its pods.",
             externalIPs=["198.51.100.9"]),
    _service("balancer_for_everyone", "Everyone on the internet reaches it.", type="LoadBalancer"),
    _service("whitelist_of_everyone", "The router lets everyone in.", "whitelist-not-everyone", "DEIS-WL",
             metadata={"annotations": {"router.deis.io/whitelist": "0.0.0.0/0"}}),
    _service("name_of_the_controller", "Passwords of Deis's users come to its pods.", "deis-routes", "DEIS-WL",
             metadata={"annotations": {"router.deis.io/domains": "deis"}}),
    _attack("namespace_without_a_level", "Privileged pods run in it.", "core/v1:Namespace",
            {"metadata": {"name": "free", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
            "namespace-pod-security-labels"),
    _attack("volumes_in_plain_text", "Who has a snapshot reads them.", "storage.k8s.io/v1:StorageClass",
            {"metadata": {"name": "plain"}, "provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "false"}},
            "storage-class-encrypted"),
)  # fmt: skip
