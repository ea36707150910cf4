"""What is tried in the cluster with a token of Deis's, of an application's pod, and by people (INH-4, DEIS-WL)."""

from __future__ import annotations

import base64
from typing import Any, Literal

from components.deis.images import Images
from policies.guidelines.deis import APPLICATION_LABEL, BUILDER, CONTROLLER, NAMESPACE, ROUTER

Body = dict[str, Any]
APP, TEAM, SYSTEM = "orchid", "shop", "kube-system"
GREATEST = "clusterrole-aggregation-controller"
"""A service account of kube-system that makes any role greater."""
FORBIDDEN = 403
CRITICAL = "system-node-critical"
IMAGE = Images().reference("slugbuilder")


def namespace(name: str, **labels: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def secret(name: str, place: str, kind: str = "Opaque", **annotations: str) -> Body:
    metadata = {"name": name, "namespace": place, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": {}}


def token_of(name: str, place: str) -> Body:
    """A Secret into which Kubernetes puts a token of the account."""
    return secret("mine", place, "kubernetes.io/service-account-token", **{"kubernetes.io/service-account.name": name})


def pod(place: str, name: str = "slugbuild-orchid-0123abcd-1", *, container: Body | None = None, **spec: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": place},
        "spec": {"containers": [{"name": "web", "image": IMAGE, **(container or {})}], **spec},
    }


def deployment(place: str, **spec: Any) -> Body:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod(place, **spec)["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": place},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
    }


def labelled(place: str, **labels: str) -> Body:
    body = pod(place)
    body["metadata"]["labels"] = labels
    return body


def service(place: str, **spec: Any) -> Body:
    metadata = {"name": "orchid", "namespace": place}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def endpoint_slice(place: str) -> Body:
    """An address behind the Service `orchid`: its writer can name any pod, or none."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "x", "namespace": place, "labels": {"kubernetes.io/service-name": "orchid"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.40.64.9"]}],
        "ports": [{"name": "", "port": 8000}],
    }


def bound(role: str, place: str = "", kind: str = "ClusterRole") -> Body:
    """A team's account with a role; in the whole cluster where no place is named."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding" if place else "ClusterRoleBinding",
        "metadata": {"name": "mine", **({"namespace": place} if place else {})},
        "roleRef": {"apiGroup": group, "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": TEAM}],
    }


def certificate_request(pem: bytes, signer: str) -> Body:
    request = base64.b64encode(pem).decode()
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "mine"},
        "spec": {"request": request, "signerName": signer, "usages": ["client auth"]},
    }


BY_CONTROLLER: dict[str, tuple[Literal["POST", "DELETE"], Body]] = {
    "a token of the greatest account": ("POST", token_of(GREATEST, SYSTEM)),
    "a token of a team's account": ("POST", token_of("default", TEAM)),
    "a token of an application's account": ("POST", token_of("default", APP)),
    "a privileged pod in the system": ("POST", pod(SYSTEM, container={"securityContext": {"privileged": True}})),
    "a plain pod in the system": ("POST", pod(SYSTEM)),
    "a pod with the greatest account": ("POST", pod(SYSTEM, serviceAccountName=GREATEST)),
    "a pod in Deis's own namespace": ("POST", pod(NAMESPACE, serviceAccountName=BUILDER)),
    "a Secret of Deis's own": ("POST", secret("x", NAMESPACE)),
    "a workload of a team's": ("POST", deployment(TEAM)),
    "a Secret of a team's": ("POST", secret("x", TEAM)),
    "a Secret of a team's is deleted": ("DELETE", secret("cart", TEAM)),
    "a team's namespace is deleted": ("DELETE", namespace(TEAM)),
    "Deis's namespace is deleted": ("DELETE", namespace(NAMESPACE)),
    "a namespace of the system's": ("POST", namespace("amazon-guardduty", **dict([APPLICATION_LABEL]))),
    "a namespace that looks like the system's": ("POST", namespace("kube-more", **dict([APPLICATION_LABEL]))),
    "a namespace that is no application's": ("POST", namespace("free")),
    "a namespace without Pod Security": (
        "POST",
        namespace("free", **dict([APPLICATION_LABEL]), **{"pod-security.kubernetes.io/enforce": "privileged"}),
    ),
    "a balancer of its own": ("POST", service(APP, type="LoadBalancer", loadBalancerSourceRanges=["203.0.113.0/24"])),
    "another name for what is elsewhere": ("POST", service(APP, type="ExternalName", externalName="10.40.64.9")),
    "addresses behind an application": ("POST", endpoint_slice(APP)),
    "a pod of an application with an account": ("POST", pod(APP, serviceAccountName="web")),
    "a workload of an application with an account": ("POST", deployment(APP, serviceAccountName="web")),
}
BY_BUILDER: dict[str, tuple[Literal["POST", "DELETE"], Body]] = {
    "a token of the controller": ("POST", token_of(CONTROLLER, NAMESPACE)),
    "a token by the name of a build": (
        "POST",
        token_of(CONTROLLER, NAMESPACE)
        | {"metadata": {**token_of(CONTROLLER, NAMESPACE)["metadata"], "name": "a-build-env"}},
    ),
    "a pod with the controller's account": ("POST", pod(NAMESPACE, serviceAccountName=CONTROLLER)),
    "a pod that reads the database's password": (
        "POST",
        pod(NAMESPACE, volumes=[{"name": "x", "secret": {"secretName": "database-creds"}}]),
    ),
    "a pod that is given the administrator's": (
        "POST",
        pod(NAMESPACE, container={"envFrom": [{"secretRef": {"name": "deis-administrator"}}]}),
    ),
    "a pod that is given one variable": (
        "POST",
        pod(
            NAMESPACE,
            container={
                "env": [
                    {"name": "X", "valueFrom": {"secretKeyRef": {"name": "django-secret-key", "key": "secret-key"}}}
                ]
            },
        ),
    ),
    "a Secret in parts": (
        "POST",
        pod(
            NAMESPACE,
            volumes=[{"name": "kube-api-access-x", "projected": {"sources": [{"secret": {"name": "database-creds"}}]}}],
        ),
    ),
    "a pod of another name": ("POST", pod(NAMESPACE, "deis-controller-1")),
    "the router's certificate": ("DELETE", secret("deis-router-platform-cert", NAMESPACE)),
    "a Secret of another name": ("POST", secret("registry-secret", NAMESPACE)),
    "a pod elsewhere": ("POST", pod(APP)),
    **{
        f"a pod that passes for {name}": ("POST", labelled(NAMESPACE, app=name))
        for name in (ROUTER, BUILDER, CONTROLLER, "deis-bootstrap", "other")
    },
    "a pod that others make room for": ("POST", pod(NAMESPACE, priorityClassName=CRITICAL)),
}
BY_ROUTER: dict[str, tuple[Literal["POST", "DELETE", "PUT", "GET"], Body]] = {
    "the database's password": ("GET", secret("database-creds", NAMESPACE)),
    "the key of Django": ("GET", secret("django-secret-key", NAMESPACE)),
    "a certificate that is not listed": ("GET", secret("www-cert", APP)),
    "a Secret of a team's": ("GET", secret("cart", TEAM)),
    "a Secret of its own": ("POST", secret("x", NAMESPACE)),
    "a token of the controller": ("POST", token_of(CONTROLLER, NAMESPACE)),
    "a pod": ("POST", pod(NAMESPACE)),
    "its own whitelist": ("DELETE", {**deployment(NAMESPACE), "metadata": {"name": ROUTER, "namespace": NAMESPACE}}),
    "a Service of an application's": ("POST", service(APP)),
}
BY_RESTART: dict[str, tuple[str, Body]] = {
    "another account": (BUILDER, {"spec": {"template": {"spec": {"serviceAccountName": CONTROLLER}}}}),
    "another program": (
        BUILDER,
        {"spec": {"template": {"spec": {"containers": [{"name": BUILDER, "command": ["sh"]}]}}}},
    ),
    "a Secret that it mounts": (
        BUILDER,
        {"spec": {"template": {"spec": {"volumes": [{"name": "x", "secret": {"secretName": "database-creds"}}]}}}},
    ),
    "no controller": (CONTROLLER, {"spec": {"replicas": 0}}),
    "what the router reads of the builder": (BUILDER, {"metadata": {"annotations": {"x": "y"}}}),
    "the router": (ROUTER, {"spec": {"template": {"metadata": {"annotations": {"x": "y"}}}}}),
}
"""What the account of the monthly restart patches: Deployment and patch."""
NODE, OTHER_NODE = "node-a", "node-b"
BY_NODE: dict[str, tuple[Literal["GET", "POST", "PATCH", "DELETE"], str, Body | None]] = {
    "a Secret that no pod of it mounts": ("GET", f"/api/v1/namespaces/{TEAM}/secrets/cart", None),
    "all Secrets": ("GET", "/api/v1/secrets", None),
    "a token of the greatest account": (
        "POST",
        f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/{GREATEST}/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    "a pod": ("POST", f"/api/v1/namespaces/{SYSTEM}/pods", pod(SYSTEM, nodeName=NODE)),
    "a pod with the greatest account": (
        "POST",
        f"/api/v1/namespaces/{SYSTEM}/pods",
        pod(SYSTEM, nodeName=NODE, serviceAccountName=GREATEST),
    ),
    "another node": ("PATCH", f"/api/v1/nodes/{OTHER_NODE}", {"metadata": {"labels": {"x": "y"}}}),
    "a label by which pods keep away": (
        "PATCH",
        f"/api/v1/nodes/{NODE}",
        {"metadata": {"labels": {"node-restriction.kubernetes.io/trusted": "yes"}}},
    ),
    "a workload": ("POST", f"/apis/apps/v1/namespaces/{TEAM}/deployments", deployment(TEAM)),
    "a namespace": ("DELETE", f"/api/v1/namespaces/{TEAM}", None),
}
"""What a node tries that is not its own."""
READABLE = {
    (CONTROLLER, TEAM): True,
    (BUILDER, TEAM): False,
    (BUILDER, APP): False,
    (BUILDER, NAMESPACE): False,
    (ROUTER, TEAM): False,
    (ROUTER, NAMESPACE): False,
}
"""(Account, namespace) -> whether its token reads Secrets there; docs/threat-model.md has the controller's reasons."""
BY_ADMINISTRATOR = {
    "a pod in the system": pod(SYSTEM),
    "a privileged pod in the system": pod(SYSTEM, container={"securityContext": {"privileged": True}}),
    "a pod with the greatest account": pod(SYSTEM, serviceAccountName=GREATEST),
    "an account in the system": {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "mine", "namespace": SYSTEM},
    },
    "a Secret in the system": secret("mine", SYSTEM),
    "a token that does not end": token_of(CONTROLLER, NAMESPACE),
    "an application's namespace": namespace("mine", **dict([APPLICATION_LABEL])),
    "addresses behind an application": endpoint_slice(APP),
    "addresses behind an application, the old way": {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "lily", "namespace": APP},
        "subsets": [{"addresses": [{"ip": "10.40.64.9"}], "ports": [{"port": 8000}]}],
    },
    "a pod that a binding labels": {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "mine", "namespace": NAMESPACE, "labels": {"app": CONTROLLER}},
        "target": {"kind": "Node", "name": "node-a"},
    },
    "a pod that passes for the router": labelled(NAMESPACE, app=ROUTER),
    "the rights of Deis's controller": bound(f"deis:{CONTROLLER}"),
    "the rights of Deis's controller, in a namespace": bound(f"deis:{CONTROLLER}", TEAM),
    "rights on Secrets of the system": bound("system:controller:token-cleaner", SYSTEM, "Role"),
    "rights on Secrets of the system, by another role": bound("system:controller:bootstrap-signer", SYSTEM, "Role"),
}
LEVEL = "pod-security.kubernetes.io/enforce"
DEIS_SERVICES, DEIS_DEPLOYMENTS = (f"{base}/namespaces/{NAMESPACE}" for base in ("/api/v1", "/apis/apps/v1"))
BY_STATUS: dict[str, tuple[str, Body]] = {
    "a namespace without Pod Security": (f"/api/v1/namespaces/{TEAM}/status", {"labels": {LEVEL: "privileged"}}),
    "a namespace of Deis's": (f"/api/v1/namespaces/{TEAM}/status", {"labels": dict([APPLICATION_LABEL])}),
    "the controller's whitelist": (
        f"{DEIS_SERVICES}/services/{CONTROLLER}/status",
        {"annotations": {"router.deis.io/whitelist": "0.0.0.0/0"}},
    ),
    "the controller's name": (
        f"{DEIS_SERVICES}/services/{BUILDER}/status",
        {"annotations": {"router.deis.io/domains": "deis"}},
    ),
    "the router's whitelists": (
        f"{DEIS_DEPLOYMENTS}/deployments/{ROUTER}/status",
        {"annotations": {"router.deis.io/nginx.enforceWhitelists": "false"}},
    ),
    "a pod that passes for the controller": (
        f"/api/v1/namespaces/{TEAM}/pods/plain/status",
        {"labels": {"app": CONTROLLER}},
    ),
}
"""Labels and annotations that are written where the status is: path, and the metadata."""
SHELLS: dict[str, tuple[Literal["POST", "GET"], str]] = {
    "exec": ("POST", f"/api/v1/namespaces/{SYSTEM}/pods/aws-node-1/exec?command=sh&stdout=1"),
    "exec, as a websocket begins": ("GET", f"/api/v1/namespaces/{SYSTEM}/pods/aws-node-1/exec?command=sh&stdout=1"),
    "attach": ("POST", f"/api/v1/namespaces/{SYSTEM}/pods/aws-node-1/attach?stdout=1"),
    "a node's kubelet": ("POST", "/api/v1/nodes/node-a/proxy/exec/kube-system/aws-node-1/aws-node?command=sh&output=1"),
    "a node's kubelet is read": ("GET", "/api/v1/nodes/node-a/proxy/pods"),
}
"""Ways to a shell in a pod of the system."""
