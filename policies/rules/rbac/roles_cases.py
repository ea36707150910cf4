"""Cases of roles.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.rbac import BUILT_IN
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.rbac.roles import (
    CLUSTER_ROLE,
    NO_ESCALATION,
    NO_WILDCARDS,
    ROLE,
    SENSITIVE_RIGHTS,
    VIEWERS,
)


def _role(type_: str = ROLE, **rule: Any) -> Item:
    made = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"], **rule}
    return Item(type=type_, props={"metadata": {"name": "r", "namespace": "shop"}, "rules": [made]})


def _called(name: str, type_: str = CLUSTER_ROLE, **more: Any) -> Item:
    metadata = {"name": name, "namespace": "kube-system" if type_ == ROLE else None, **more.pop("metadata", {})}
    return Item(type=type_, props={**_role(type_, **more).props, "metadata": metadata})


def _urls(url: str) -> Item:
    return Item(type=CLUSTER_ROLE, props={"rules": [{"nonResourceURLs": [url], "verbs": ["get"]}]})


def _sum(selector: dict[str, Any]) -> Item:
    return Item(type=CLUSTER_ROLE, props={"aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": []})


def _expression(operator: str) -> dict[str, str]:
    return {"key": "example.org/part-of-viewer", "operator": operator}


_WEBHOOK: Final = {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["validatingwebhookconfigurations"]}
_APPROVAL: Final = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/approval"]}
_RBAC: Final = ["rbac.authorization.k8s.io"]
_SELECTOR: Final = "aggregationRule.clusterRoleSelectors[0]"

CASES: dict[str, tuple[Case, ...]] = {
    NO_WILDCARDS.id: (
        ok("named", _role()),
        fail("verbs", _role(verbs=["*"]), at="rules[0].verbs[0]"),
        fail("resources", _role(resources=["pods", "*"]), at="rules[0].resources[1]"),
        fail("groups_of_a_cluster_role", _role(CLUSTER_ROLE, apiGroups=["*"]), at="rules[0].apiGroups[0]"),
        fail("patched", _role(f"{ROLE}Patch", verbs=["*"]), at="rules[0].verbs[0]"),
        fail("every_subresource_of_a_name", _role(resources=["*/scale"]), at="rules[0].resources[0]"),
        ok("urls_below_one", _urls("/healthz/*")),
        fail("every_url", _urls("*"), at="rules[0].nonResourceURLs[0]"),
        fail("every_url_by_its_beginning", _urls("/*"), at="rules[0].nonResourceURLs[0]"),
        ok("sum_of_named_roles", _sum({"matchLabels": {"example.org/part-of-viewer": "true"}})),
        ok("sum_of_roles_that_have_a_label", _sum({"matchExpressions": [_expression("Exists")]})),
        fail("sum_of_all_roles", _sum({}), at=_SELECTOR),
        fail("sum_of_all_roles_but_some", _sum({"matchExpressions": [_expression("NotIn")]}), at=_SELECTOR),
        fail("sum_of_the_built_in_roles", _sum({"matchLabels": {BUILT_IN: "rbac-defaults"}}), at=_SELECTOR),
        unknown("decided_later", _role(verbs=UNKNOWN)),
    ),
    NO_ESCALATION.id: (
        ok("reading", _role()),
        ok("webhooks_read", _role(CLUSTER_ROLE, **_WEBHOOK)),
        fail("escalate", _role(resources=["roles"], verbs=["get", "escalate"]), at="rules[0].verbs"),
        fail("impersonate", _role(CLUSTER_ROLE, resources=["users"], verbs=["impersonate"]), at="rules[0].verbs"),
        fail("impersonate_in_part", _role(CLUSTER_ROLE, verbs=["impersonate:user-info"]), at="rules[0].verbs"),
        ok("everything_of_an_api_of_ones_own", _role(apiGroups=["example.org"], resources=["*"], verbs=["*"])),
        fail("everything", _role(apiGroups=["*"], resources=["*"], verbs=["*"]), at="rules[0].resources"),
        fail("everything_read", _role(CLUSTER_ROLE, resources=["*"], verbs=["get"]), at="rules[0].resources"),
        fail("any_verb_on_roles", _role(apiGroups=_RBAC, resources=["roles"], verbs=["*"]), at="rules[0].resources"),
        fail("any_verb_on_names", _role(CLUSTER_ROLE, resources=["users"], verbs=["*"]), at="rules[0].resources"),
        fail("kubelets", _role(CLUSTER_ROLE, resources=["nodes/proxy"], verbs=["get"]), at="rules[0].resources"),
        fail("webhooks", _role(CLUSTER_ROLE, **_WEBHOOK, verbs=["patch"]), at="rules[0].resources"),
        fail("webhooks_taken_away", _role(CLUSTER_ROLE, **_WEBHOOK, verbs=["delete"]), at="rules[0].resources"),
        fail("certificates", _role(CLUSTER_ROLE, **_APPROVAL, verbs=["update"]), at="rules[0].resources"),
        fail("tokens", _role(resources=["serviceaccounts/token"], verbs=["create"]), at="rules[0].resources"),
        fail(
            "paths_of_the_node",
            _role(CLUSTER_ROLE, resources=["persistentvolumes"], verbs=["create"]),
            at="rules[0].resources",
        ),
        fail("labels_of_namespaces", _role(resources=["namespaces"], verbs=["patch"]), at="rules[0].resources"),
        ok("namespaces_made", _role(CLUSTER_ROLE, resources=["namespaces"], verbs=["create", "delete"])),
        fail(
            "api_servers",
            _role(CLUSTER_ROLE, apiGroups=["apiregistration.k8s.io"], resources=["apiservices"], verbs=["update"]),
            at="rules[0].resources",
        ),
        ok("roles_of_another_api", _role(apiGroups=["example.org"], resources=["roles"], verbs=["*"])),
        fail("change_of_view", _called("view"), at="metadata.name"),
        fail("change_of_view_by_a_patch", _called("edit", f"{CLUSTER_ROLE}Patch"), at="metadata.name"),
        fail(
            "secrets_for_viewers",
            _called("more", metadata={"labels": {VIEWERS: "true"}}, resources=["secrets"]),
            at=f'metadata.labels["{VIEWERS}"]',
        ),
        ok("objects_for_viewers", _called("more", metadata={"labels": {VIEWERS: "true"}}, apiGroups=["example.org"])),
        fail("pods_of_the_system", _called("web", ROLE, verbs=["create"]), at="rules"),
        ok("leases_of_the_system", _called("web", ROLE, apiGroups=["coordination.k8s.io"], resources=["leases"])),
        unknown("decided_later", _role(resources=UNKNOWN)),
    ),
    SENSITIVE_RIGHTS.id: (
        ok("reading", _role()),
        ok("secret_by_name", _role(resources=["secrets"], resourceNames=["tls"])),
        fail("secrets", _role(resources=["secrets"]), at="rules[0].resources"),
        fail("shell", _role(resources=["pods/exec"]), at="rules[0].resources"),
        fail("port", _role(resources=["pods/portforward"], verbs=["create"]), at="rules[0].resources"),
        fail("new_pods", _role(verbs=["create"]), at="rules[0].resources"),
        fail("addresses_of_balancers", _role(resources=["services/status"], verbs=["patch"]), at="rules[0].resources"),
        unknown("decided_later", _role(verbs=UNKNOWN)),
    ),
}
