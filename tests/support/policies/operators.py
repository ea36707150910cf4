"""Common cluster workloads as rendered by their charts, reduced to the fields that policies evaluate."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item

Props = dict[str, Any]
RBAC: Final = "rbac.authorization.k8s.io/v1"
READ: Final = ["get", "list", "watch"]
WRITE: Final = ["create", "update", "patch", "delete"]
RESOURCES: Final = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
CONTEXT: Final = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
POD_CONTEXT: Final = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
DIGEST: Final = "0" * 64


def object_(api: str, kind: str, name: str, namespace: str = "", **body: Any) -> Item:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **body.pop("metadata", {})}
    type_ = f"kubernetes:{'core/' if api == 'v1' else ''}{api}:{kind}"
    urn = f"urn:pulumi:prod::platform::kubernetes:helm.sh/v4:Chart${type_}::{name}"
    return Item(type=type_, name=name, urn=urn, props={"apiVersion": api, "kind": kind, "metadata": metadata, **body})


def _pod(name: str, image: str, container: Props, spec: Props) -> Props:
    main = {"name": name, "image": image, "resources": RESOURCES, "securityContext": CONTEXT, **container}
    labels = {"app.kubernetes.io/name": name}
    made = {"serviceAccountName": name, "securityContext": POD_CONTEXT, "containers": [main], **spec}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": made}}


def runs(
    name: str, namespace: str, image: str, kind: str = "Deployment", container: Props | None = None, **spec: Any
) -> Item:
    api = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
    return object_(api, kind, name, namespace, spec=_pod(name, image, container or {}, spec))


def rule(groups: str, resources: str, verbs: list[str], **more: Any) -> Props:
    listed = {"apiGroups": groups.split("|"), "resources": resources.split()}
    return {**listed, "verbs": verbs, **more}


def role(name: str, *rules: Props, namespace: str = "") -> Item:
    return object_(RBAC, "Role" if namespace else "ClusterRole", name, namespace, rules=[*rules])


def bound(name: str, role: str, namespace: str) -> Item:
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": role}
    return object_(RBAC, "ClusterRoleBinding", name, roleRef=reference, subjects=subjects)


def _variable(name: str, value: str = "", **source: Any) -> Props:
    return {"name": name, "valueFrom": source} if source else {"name": name, "value": value}


def mounts(**paths: str) -> list[Props]:
    return [{"name": name, "hostPath": {"path": path}} for name, path in paths.items()]


_NGINX: Final = {
    "args": ["--publish-service=$(POD_NAMESPACE)/nginx", "--validating-webhook-key=/usr/local/certificates/key"],
    "env": [_variable("POD_NAME", fieldRef={"fieldPath": "metadata.name"}), _variable("LD_PRELOAD", "/usr/lib/m.so")],
    "securityContext": {**CONTEXT, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "runAsUser": 101},
}
_CERTIFICATES: Final = {"args": ["--dynamic-serving-ca-secret-name=webhook-ca", "--secure-port=10250"]}
_GRAFANA: Final = {
    "env": [_variable("GF_SECURITY_ADMIN_PASSWORD", secretKeyRef={"name": "grafana", "key": "admin-password"})]
}
_REDIS: Final = {"env": [_variable("REDIS_PASSWORD_FILE", "/run/redis"), _variable("ALLOW_EMPTY_PASSWORD", "no")]}
_BACKUP: Final = {"command": ["pg_dump", "--no-password"], "env": [_variable("PGPASSFILE", "/run/pg")]}
_INTERNAL: Final = {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}}
WEBHOOKS: Final = "validatingwebhookconfigurations mutatingwebhookconfigurations"
ADMISSION: Final = "admissionregistration.k8s.io"
_PRIVILEGED: Final = {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}
_ENFORCED: Final = {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}

ITEMS: Final = (
    runs(
        "ingress-nginx",
        "ingress",
        f"registry.k8s.io/ingress-nginx/controller:v1.14.0@sha256:{DIGEST}",
        "Deployment",
        _NGINX,
    ),
    object_("v1", "Service", "ingress-nginx", "ingress", metadata=_INTERNAL, spec={"type": "LoadBalancer"}),
    role("ingress-nginx", rule("", "configmaps endpoints pods secrets", READ), rule("", "events", ["create"])),
    role("ingress-nginx-admission", rule(ADMISSION, "validatingwebhookconfigurations", ["get", "update"])),
    runs("cert-manager", "cert-manager", "quay.io/jetstack/cert-manager-controller:v1.19.1"),
    runs(
        "cert-manager-webhook",
        "cert-manager",
        "quay.io/jetstack/cert-manager-webhook:v1.19.1",
        "Deployment",
        _CERTIFICATES,
    ),
    role("cert-manager-cainjector", rule(ADMISSION, WEBHOOKS, [*READ, "update", "patch"])),
    role("cert-manager-certificates", rule("", "secrets", [*READ, *WRITE])),
    role(
        "cert-manager-approve",
        rule("cert-manager.io", "signers", ["approve"], resourceNames=["issuers.cert-manager.io/*"]),
    ),
    role("cert-manager-requests", rule("certificates.k8s.io", "certificatesigningrequests", [*READ, "update"])),
    role(
        "cert-manager-tokenrequest",
        rule("", "serviceaccounts/token", ["create"], resourceNames=["cert-manager"]),
        namespace="cert-manager",
    ),
    role("cert-manager-cluster-view", rule("cert-manager.io", "clusterissuers", READ)),
    object_("cert-manager.io/v1", "Certificate", "web", "shop", spec={"secretName": "web-tls", "secretTemplate": {}}),
    runs("metrics-server", "kube-system", "registry.k8s.io/metrics-server/metrics-server:v0.8.0"),
    role("system:metrics-server", rule("", "nodes/metrics", ["get"]), rule("", "pods nodes", READ)),
    bound("metrics-server", "system:auth-delegator", "kube-system"),
    runs("aws-load-balancer-controller", "kube-system", "public.ecr.aws/eks/aws-load-balancer-controller:v2.14.1"),
    role("aws-load-balancer-controller", rule("elbv2.k8s.aws", "targetgroupbindings", [*READ, *WRITE])),
    runs("coredns", "kube-system", "registry.k8s.io/coredns/coredns:v1.12.4"),
    role("system:coredns", rule("|discovery.k8s.io", "endpoints services endpointslices", READ)),
    object_("v1", "Namespace", "monitoring", metadata=_PRIVILEGED),
    runs(
        "node-exporter",
        "monitoring",
        "quay.io/prometheus/node-exporter:v1.10.2",
        "DaemonSet",
        {"ports": [{"containerPort": 9100, "hostPort": 9100}]},
        hostNetwork=True,
        hostPID=True,
        volumes=mounts(proc="/proc", sys="/sys", root="/"),
    ),
    runs(
        "fluent-bit",
        "monitoring",
        "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.0.0",
        "DaemonSet",
        volumes=mounts(log="/var/log"),
    ),
    runs("prometheus-operator", "monitoring", "quay.io/prometheus-operator/prometheus-operator:v0.86.1"),
    role(
        "prometheus-operator",
        rule("monitoring.coreos.com", "prometheuses servicemonitors", ["*"]),
        rule("apps", "statefulsets", ["*"]),
    ),
    role(
        "prometheus",
        rule("", "nodes/metrics endpoints pods", READ),
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ),
    object_("monitoring.coreos.com/v1", "Prometheus", "main", "monitoring", spec={"containers": [], "version": "3.7"}),
    runs("kube-state-metrics", "monitoring", "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0"),
    role(
        "kube-state-metrics",
        rule("", "secrets pods", ["list", "watch"]),
        rule(ADMISSION, WEBHOOKS, ["list", "watch"]),
    ),
    runs("grafana", "dashboards", "docker.io/grafana/grafana:12.2.1", "Deployment", _GRAFANA),
    runs("external-dns", "external-dns", "registry.k8s.io/external-dns/external-dns:v0.19.0"),
    runs("cluster-autoscaler", "kube-system", "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.1"),
    runs("argocd-server", "argocd", "quay.io/argoproj/argocd:v3.1.9"),
    object_("argoproj.io/v1alpha1", "Application", "web", "argocd", spec={"source": {"helm": {"values": "a: b"}}}),
    object_("external-secrets.io/v1", "ExternalSecret", "db", "shop", spec={"target": {"template": {"data": {}}}}),
    object_(
        "cluster.x-k8s.io/v1beta1",
        "MachineDeployment",
        "nodes",
        "capi",
        spec={"template": {"spec": {"clusterName": "c"}}},
    ),
    runs("web", "shop", "ghcr.io/acme/web:1.4.2", "Rollout"),
    runs("redis", "shop", "docker.io/bitnami/redis:7.4.1-debian-12-r0", "StatefulSet", _REDIS),
    object_(
        "batch/v1",
        "CronJob",
        "backup",
        "shop",
        spec={
            "jobTemplate": {
                "spec": _pod(
                    "backup", f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/backup@sha256:{DIGEST}", _BACKUP, {}
                )
            }
        },
    ),
    object_("v1", "Namespace", "shop", metadata=_ENFORCED),
    object_("v1", "Service", "web", "shop", spec={"type": "ClusterIP", "ports": [{"port": 80}]}),
    object_("v1", "Service", "db", "shop", spec={"type": "ExternalName", "externalName": "db.example.org"}),
    object_("v1", "ConfigMap", "web", "shop", data={"LOG_LEVEL": "info"}),
    object_("v1", "Secret", "web", "shop", stringData={"password": "correct horse"}),
    object_("networking.k8s.io/v1", "Ingress", "web", "shop", spec={"ingressClassName": "nginx"}),
    object_(
        "storage.k8s.io/v1", "StorageClass", "gp3", provisioner="ebs.csi.aws.com", parameters={"encrypted": "true"}
    ),
)
