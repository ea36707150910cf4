"""Rights of EKS's access policies, as documented in the EKS user guide, and the matching of requests.

Source: "Review access policy permissions", awsdocs/amazon-eks-user-guide at 4d52b4d,
latest/ug/manage-access/k8s-access/access-policy-reference.adoc; read on 2026-11-28. The guide has no rules for the
policies of AWS's own controllers: here they allow nothing.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Review = Mapping[str, Any]
"""`spec` of a SubjectAccessReview."""


@dataclass(frozen=True)
class Rule:
    """An RBAC rule: API groups, resources and verbs, separated by spaces; `*` means all."""

    groups: str
    resources: str
    verbs: str
    urls: str = ""
    """Paths that are no resources."""

    def allows(self, review: Review) -> bool:
        """Whether the rule allows a request, in any namespace."""
        asked = review.get("resourceAttributes")
        if asked is None:
            asked = review["nonResourceAttributes"]
            return _covers(self.verbs, asked["verb"]) and _covers(self.urls, asked["path"])
        resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
        group = asked.get("group") or CORE
        return _covers(self.verbs, asked["verb"]) and _covers(self.groups, group) and _covers(self.resources, resource)


def _covers(listed: str, asked: str) -> bool:
    return not {"*", asked}.isdisjoint(listed.split())


CORE, READ, WRITE = "core", "get list watch", "create delete deletecollection patch update"
"""CORE stands for the API group without a name."""
_REACHED = "pods/attach pods/exec pods/portforward pods/proxy"
_VIEW = (
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
_EDIT = (
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
RULES: Mapping[str, tuple[Rule, ...]] = {
    "AmazonEKSAdminPolicy": (
        *_EDIT,
        Rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
        # Without `bind` and `escalate`: this policy alone cannot grant rights to others (aws/containers-roadmap#2682).
        Rule("rbac.authorization.k8s.io", "rolebindings roles", f"{READ} {WRITE}"),
    ),
    "AmazonEKSAdminViewPolicy": (Rule("*", "*", READ),),
    "AmazonEKSClusterAdminPolicy": (Rule("*", "*", "*", "*"),),
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSViewPolicy": _VIEW,
}
"""Access policy -> rules; the other policies of `catalogue.ACCESS_POLICIES` have none here."""


def allows(policy: str, scope: Mapping[str, Any], review: Review) -> bool:
    """Whether an associated access policy allows a request.

    Args:
        policy: the policy's name.
        scope: the association's `accessScope`; its namespaces may contain wildcards.
        review: `spec` of a SubjectAccessReview.
    """
    if scope["type"] == "namespace":
        namespace = (review.get("resourceAttributes") or {}).get("namespace")
        if not namespace or not any(fnmatch.fnmatchcase(namespace, pattern) for pattern in scope["namespaces"]):
            return False
    return any(rule.allows(review) for rule in RULES.get(policy, ()))
