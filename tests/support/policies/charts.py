"""Twenty more charts, reduced to the fields that policies evaluate: kinds, contexts, mounts and rights.

The rules of Argo CD's controller, Karpenter, KEDA, external-secrets and Vault's injector were read upstream on
2026-11-28; those of the others were not looked up.
"""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import Item
from tests.support.policies.operators import (
    ADMISSION,
    CONTEXT,
    READ,
    WEBHOOKS,
    WRITE,
    bound,
    mounts,
    object_,
    role,
    rule,
    runs,
)

PRIVILEGED: Final = {"securityContext": {"privileged": True}}
KUBELET: Final = mounts(pods="/var/lib/kubelet/pods", plugins="/var/lib/kubelet/plugins", dev="/dev")


def _with(*capabilities: str) -> dict[str, object]:
    return {"securityContext": {**CONTEXT, "capabilities": {"drop": ["ALL"], "add": list(capabilities)}}}


def _hook(kind: str, name: str, service: str, namespace: str) -> Item:
    config = {"service": {"name": service, "namespace": namespace}}
    return object_(f"{ADMISSION}/v1", kind, name, webhooks=[{"name": f"{name}.example.org", "clientConfig": config}])


CHARTS: Final[dict[str, tuple[Item, ...]]] = {
    "argo-cd": (
        runs("argocd-application-controller", "argocd", "quay.io/argoproj/argocd:v3.2.0", "StatefulSet"),
        runs("argocd-repo-server", "argocd", "quay.io/argoproj/argocd:v3.2.0"),
        runs("argocd-applicationset-controller", "argocd", "quay.io/argoproj/argocd:v3.2.0"),
        role(
            "argocd-application-controller",
            rule("*", "*", ["*"]),
            {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ),
        bound("argocd-application-controller", "argocd-application-controller", "argocd"),
        role("argocd-server", rule("*", "*", ["delete", "get", "patch"]), rule("", "pods pods/log", ["get"])),
        role("argocd-repo-server", rule("", "secrets configmaps", READ), namespace="argocd"),
    ),
    "argo-rollouts": (
        runs("argo-rollouts", "argo-rollouts", "quay.io/argoproj/argo-rollouts:v1.8.3"),
        role(
            "argo-rollouts",
            rule("argoproj.io", "rollouts rollouts/status analysisruns experiments", [*READ, "update", "patch"]),
            rule("apps", "replicasets", [*READ, *WRITE]),
            rule("", "services", [*READ, "patch"]),
            rule("", "secrets configmaps", READ),
            rule("", "pods/eviction", ["create"]),
            rule("networking.k8s.io", "ingresses", [*READ, "create", "update", "patch"]),
            rule("batch", "jobs", [*READ, *WRITE]),
        ),
        bound("argo-rollouts", "argo-rollouts", "argo-rollouts"),
    ),
    "aws-ebs-csi-driver": (
        runs(
            "ebs-csi-node",
            "kube-system",
            "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.53.0",
            "DaemonSet",
            PRIVILEGED,
            volumes=KUBELET,
        ),
        runs("ebs-csi-controller", "kube-system", "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.53.0"),
        role(
            "ebs-external-provisioner-role",
            rule("", "persistentvolumes", [*READ, "create", "patch", "delete"]),
            rule("", "persistentvolumeclaims", [*READ, "update"]),
            rule("storage.k8s.io", "storageclasses csinodes volumeattachments", READ),
        ),
    ),
    "cluster-autoscaler": (
        runs("cluster-autoscaler", "kube-system", "registry.k8s.io/autoscaling/cluster-autoscaler:v1.35.0"),
        role(
            "cluster-autoscaler",
            rule("", "events endpoints", ["create", "patch"]),
            rule("", "pods/eviction", ["create"]),
            rule("", "pods/status", ["update"]),
            rule("", "nodes", [*READ, "update"]),
            rule("", "pods services replicationcontrollers persistentvolumeclaims namespaces", READ),
            rule("coordination.k8s.io", "leases", ["get", "update"], resourceNames=["cluster-autoscaler"]),
        ),
    ),
    "datadog": (
        runs(
            "datadog",
            "datadog",
            "gcr.io/datadoghq/agent:7.72.1",
            "DaemonSet",
            volumes=mounts(proc="/proc", cgroups="/sys/fs/cgroup", runtime="/var/run", logs="/var/log/pods"),
        ),
        runs("datadog-cluster-agent", "datadog", "gcr.io/datadoghq/cluster-agent:7.72.1"),
        role("datadog", rule("", "nodes/metrics nodes/spec nodes/stats nodes/proxy", ["get"])),
        role(
            "datadog-cluster-agent",
            rule("", "services endpoints pods nodes namespaces componentstatuses", READ),
            rule(ADMISSION, WEBHOOKS, [*READ, "create", "update"]),
        ),
    ),
    "external-dns": (
        runs("external-dns", "external-dns", "registry.k8s.io/external-dns/external-dns:v0.20.0"),
        role("external-dns", rule("", "services nodes pods", READ), rule("networking.k8s.io", "ingresses", READ)),
        bound("external-dns", "external-dns", "external-dns"),
    ),
    "external-secrets": (
        runs("external-secrets", "external-secrets", "ghcr.io/external-secrets/external-secrets:v1.0.0"),
        runs("external-secrets-webhook", "external-secrets", "ghcr.io/external-secrets/external-secrets:v1.0.0"),
        role(
            "external-secrets-controller",
            rule("external-secrets.io", "externalsecrets secretstores clustersecretstores", [*READ, "update", "patch"]),
            rule("", "secrets", [*READ, *WRITE]),
            rule("", "serviceaccounts/token", ["create"]),
            rule("", "events", ["create", "patch"]),
        ),
        bound("external-secrets", "external-secrets-controller", "external-secrets"),
        role("external-secrets-cert-controller", rule(ADMISSION, WEBHOOKS, [*READ, "update", "patch"])),
    ),
    "fluent-bit": (
        runs(
            "fluent-bit",
            "logging",
            "cr.fluentbit.io/fluent/fluent-bit:4.1.1",
            "DaemonSet",
            volumes=mounts(log="/var/log", machine="/etc/machine-id"),
        ),
        role("fluent-bit", rule("", "namespaces pods", READ)),
    ),
    "flux": (
        runs("source-controller", "flux-system", "ghcr.io/fluxcd/source-controller:v1.7.3"),
        runs("kustomize-controller", "flux-system", "ghcr.io/fluxcd/kustomize-controller:v1.7.2"),
        role("crd-controller", rule("source.toolkit.fluxcd.io", "*", ["*"]), rule("", "secrets configmaps", READ)),
        bound("kustomize-controller", "cluster-admin", "flux-system"),
    ),
    "grafana": (
        runs("grafana", "dashboards", "docker.io/grafana/grafana:12.3.0"),
        role("grafana", rule("", "configmaps secrets", READ), namespace="dashboards"),
    ),
    "istio": (
        runs("istiod", "istio-system", "docker.io/istio/pilot:1.28.0"),
        runs(
            "istio-cni-node",
            "istio-system",
            "docker.io/istio/install-cni:1.28.0",
            "DaemonSet",
            _with("NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN"),
            volumes=mounts(bin="/opt/cni/bin", net="/etc/cni/net.d", namespaces="/var/run/netns"),
        ),
        role(
            "istiod-clusterrole-istio-system",
            rule(ADMISSION, WEBHOOKS, [*READ, "update", "patch"]),
            rule("networking.istio.io|security.istio.io", "gateways virtualservices authorizationpolicies", READ),
            rule("", "pods nodes services namespaces endpoints", READ),
            rule("authentication.k8s.io", "tokenreviews", ["create"]),
        ),
        _hook("MutatingWebhookConfiguration", "istio-sidecar-injector", "istiod", "istio-system"),
    ),
    "karpenter": (
        runs("karpenter", "kube-system", "public.ecr.aws/karpenter/controller:1.8.2"),
        role(
            "karpenter-core",
            rule("karpenter.sh", "nodepools nodeclaims", [*READ, *WRITE]),
            rule("", "pods nodes persistentvolumes persistentvolumeclaims namespaces", READ),
            rule("", "nodes", [*READ, "patch", "delete", "update"]),
            rule("", "pods/eviction", ["create"]),
            rule("", "pods", [*READ, "delete"]),
        ),
        bound("karpenter-core", "karpenter-core", "kube-system"),
        object_("karpenter.sh/v1", "NodePool", "default", spec={"template": {"spec": {"requirements": []}}}),
    ),
    "keda": (
        runs("keda-operator", "keda", "ghcr.io/kedacore/keda:2.18.1"),
        role(
            "keda-operator",
            rule("keda.sh", "scaledobjects scaledjobs triggerauthentications", [*READ, "patch", "update"]),
            rule("", "configmaps endpoints limitranges pods services serviceaccounts", READ),
            rule("", "secrets", ["list", "watch"]),
            rule("apps", "deployments/scale statefulsets/scale", [*READ, "patch", "update"]),
            rule("autoscaling", "horizontalpodautoscalers", [*READ, *WRITE]),
            rule("batch", "jobs", [*READ, *WRITE]),
        ),
        bound("keda-operator", "keda-operator", "keda"),
    ),
    "linkerd": (
        runs(
            "linkerd-destination",
            "linkerd",
            "cr.l5d.io/linkerd/controller:edge-25.11.1",
            initContainers=[
                {
                    "name": "linkerd-init",
                    "image": "cr.l5d.io/linkerd/proxy-init:v2.4.3",
                    **_with("NET_ADMIN", "NET_RAW"),
                }
            ],
        ),
        role("linkerd-linkerd-identity", rule("authentication.k8s.io", "tokenreviews", ["create"])),
        role("linkerd-linkerd-proxy-injector", rule("", "namespaces replicationcontrollers pods", READ)),
        _hook("MutatingWebhookConfiguration", "linkerd-proxy-injector", "linkerd-proxy-injector", "linkerd"),
    ),
    "loki": (
        runs("loki", "logging", "docker.io/grafana/loki:3.6.0", "StatefulSet"),
        role("loki-clusterrole", rule("", "configmaps secrets", READ)),
    ),
    "node-local-dns": (
        runs(
            "node-local-dns",
            "kube-system",
            "registry.k8s.io/dns/k8s-dns-node-cache:1.26.7",
            "DaemonSet",
            {**_with("NET_ADMIN"), "ports": [{"containerPort": 53, "hostPort": 53}]},
            hostNetwork=True,
            volumes=mounts(lock="/run/xtables.lock"),
        ),
    ),
    "sealed-secrets": (
        runs("sealed-secrets", "kube-system", "docker.io/bitnami/sealed-secrets-controller:0.33.1"),
        role("secrets-unsealer", rule("", "secrets", ["get", "list", "create", "update", "delete", "watch"])),
    ),
    "secrets-store-csi-driver": (
        runs(
            "secrets-store-csi-driver",
            "kube-system",
            "registry.k8s.io/csi-secrets-store/driver:v1.5.4",
            "DaemonSet",
            PRIVILEGED,
            volumes=KUBELET,
        ),
        role("secretproviderclasses-role", rule("secrets-store.csi.x-k8s.io", "secretproviderclasses", READ)),
        role("secretprovidertokenrequest-role", rule("", "serviceaccounts/token", ["create"])),
    ),
    "vault": (
        runs("vault", "vault", "docker.io/hashicorp/vault:1.21.0", "StatefulSet"),
        runs("vault-agent-injector", "vault", "docker.io/hashicorp/vault-k8s:1.7.0"),
        bound("vault", "system:auth-delegator", "vault"),
        role("vault-agent-injector-clusterrole", rule(ADMISSION, "mutatingwebhookconfigurations", [*READ, "patch"])),
        _hook("MutatingWebhookConfiguration", "vault-agent-injector-cfg", "vault-agent-injector-svc", "vault"),
    ),
    "velero": (
        runs("velero", "velero", "docker.io/velero/velero:v1.17.0"),
        runs(
            "node-agent",
            "velero",
            "docker.io/velero/velero:v1.17.0",
            "DaemonSet",
            volumes=mounts(pods="/var/lib/kubelet/pods"),
        ),
        bound("velero-server", "cluster-admin", "velero"),
    ),
}
"""Chart -> its objects."""
