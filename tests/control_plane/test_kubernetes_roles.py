"""The pack's data about Kubernetes' own roles and bindings against those of the API server that runs here."""

from __future__ import annotations

from policies.rules.rbac import facts
from policies.rules.rbac.rights import Rule
from sandbox.providers.kubernetes.api import Api
from tests.control_plane.conftest import eventually

RBAC = "/apis/rbac.authorization.k8s.io/v1"
OWN = {"labelSelector": "kubernetes.io/bootstrapping=rbac-defaults"}


def test_the_pack_knows_every_rule_of_every_role(api: Api) -> None:
    def settled() -> bool:
        # Aggregated roles are filled by a controller.
        return bool(api.request("GET", f"{RBAC}/clusterroles/admin")["rules"])

    assert eventually(settled)
    missing = []
    for role in api.request("GET", f"{RBAC}/clusterroles", query=OWN)["items"]:
        name = role["metadata"]["name"]
        for rule in role["rules"] or ():
            fields = ("apiGroups", "resources", "verbs", "resourceNames")
            made = Rule(*(frozenset(rule.get(field, ())) for field in fields))
            if made.resources and made not in facts.roles().get(name, ()):
                missing.append((name, made))
    assert not missing


def test_the_pack_knows_every_subject(api: Api) -> None:
    known = {(one.kind, one.name, one.role) for one in facts.bindings()}
    found = {
        (
            one["kind"],
            f"{one['namespace']}/{one['name']}" if "namespace" in one else one["name"],
            binding["roleRef"]["name"],
        )
        for binding in api.request("GET", f"{RBAC}/clusterrolebindings", query=OWN)["items"]
        for one in binding.get("subjects") or ()
    }
    assert found
    assert found <= known
