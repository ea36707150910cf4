"""What EKS's access policies allow in Kubernetes, as the EKS user guide documents them (VPN-MFA, INH-4).

Source: "Review access policy permissions", awsdocs/amazon-eks-user-guide at 4d52b4d,
latest/ug/manage-access/k8s-access/access-policy-reference.adoc; read on 2026-11-28. Of the policies for AWS's own
controllers the guide gives no rules. The emulated EKS has a copy of its own, because it must be able to contradict this
one; tests/unit/test_kubernetes_facts.py compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Rule:
    """A rule as RBAC knows it: API groups, resources and verbs, separated by blanks; `*` is every one."""

    groups: str
    resources: str
    verbs: str


CORE: Final = "core"
"""Stands for the API group without a name."""
READ: Final = "get list watch"
WRITE: Final = "create delete deletecollection patch update"
_REACHED: Final = "pods/attach pods/exec pods/portforward pods/proxy"
_VIEW: Final = (
    Rule(
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets"
        " replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
        READ,
    ),
    Rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
    Rule("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
    Rule("discovery.k8s.io", "endpointslices", READ),
    Rule(
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status"
        " networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
        READ,
    ),
    Rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
    Rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
    Rule(
        CORE,
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers"
        " replicationcontrollers/scale serviceaccounts services services/status",
        READ,
    ),
    Rule(
        CORE,
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status"
        " resourcequotas resourcequotas/status",
        READ,
    ),
    Rule(CORE, "namespaces", READ),
)
_EDIT: Final = (
    *_VIEW,
    Rule(
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets"
        " statefulsets/scale",
        WRITE,
    ),
    Rule("autoscaling", "horizontalpodautoscalers", WRITE),
    Rule("batch", "cronjobs jobs", WRITE),
    Rule(
        "extensions",
        "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets"
        " replicasets/scale replicationcontrollers/scale",
        WRITE,
    ),
    Rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
    Rule("policy", "poddisruptionbudgets", WRITE),
    Rule(CORE, f"{_REACHED} secrets services/proxy", READ),
    Rule(CORE, "serviceaccounts", "impersonate"),
    Rule(CORE, f"pods {_REACHED}", WRITE),
    Rule(
        CORE,
        "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets"
        " serviceaccounts services services/proxy",
        WRITE,
    ),
)
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "AmazonEKSAdminPolicy": (
        *_EDIT,
        Rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
        # Without `bind` and `escalate`: who has only this cannot give others rights (aws/containers-roadmap#2682).
        Rule("rbac.authorization.k8s.io", "rolebindings roles", f"{READ} {WRITE}"),
    ),
    "AmazonEKSAdminViewPolicy": (Rule("*", "*", READ),),
    "AmazonEKSClusterAdminPolicy": (Rule("*", "*", "*"),),
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSViewPolicy": _VIEW,
}
"""Access policy -> rules."""
