"""Kubernetes's own cluster-scoped kinds, which the provider knows without the server."""

from __future__ import annotations

CLUSTER_SCOPED = {
    "admissionregistration.k8s.io": {
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition"},
    "apiregistration.k8s.io": {"APIService"},
    "certificates.k8s.io": {"CertificateSigningRequest", "ClusterTrustBundle"},
    "": {"Namespace", "Node", "PersistentVolume"},
    "flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
    "networking.k8s.io": {"IPAddress", "IngressClass", "ServiceCIDR"},
    "node.k8s.io": {"RuntimeClass"},
    "rbac.authorization.k8s.io": {"ClusterRole", "ClusterRoleBinding"},
    "resource.k8s.io": {"DeviceClass", "ResourceSlice"},
    "scheduling.k8s.io": {"PriorityClass"},
    "storage.k8s.io": {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
}  # fmt: skip
"""Group -> kinds."""


def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Whether the kind is cluster-scoped."""
    return kind in CLUSTER_SCOPED.get(api_version.rpartition("/")[0], ())
