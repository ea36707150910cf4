"""Cases of bindings.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.rbac.bindings import NAMED, NO_ADMIN
from policies.rules.rbac.roles import CLUSTER_BINDING

BINDING: Final = CLUSTER_BINDING.replace("Cluster", "")


def _binding(role: Any = "view", type_: str = CLUSTER_BINDING, **subject: Any) -> Item:
    made = {"kind": "ServiceAccount", "name": "web", "namespace": "shop", **subject}
    return Item(type=type_, props={"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [made]})


def _within(role: str, namespace: str) -> Item:
    props = {**_binding(role).props, "metadata": {"name": "team", "namespace": namespace}}
    return Item(type=BINDING, props=props)


def _patch(**props: Any) -> Item:
    subjects = [{"kind": "User", "name": "ada"}]
    return Item(type=f"{CLUSTER_BINDING}Patch", props={"subjects": subjects, **props})


CASES: dict[str, tuple[Case, ...]] = {
    NO_ADMIN.id: (
        ok("view", _binding()),
        fail("cluster_admin", _binding("cluster-admin"), at="roleRef.name"),
        fail("in_one_namespace", _binding("cluster-admin", BINDING), at="roleRef.name"),
        ok("team_edits_its_namespace", _within("edit", "shop")),
        ok("reviews_of_tokens", _binding("system:auth-delegator")),
        ok("another_role_of_that_name", Item(type=BINDING, props={"roleRef": {"kind": "Role", "name": "admin"}})),
        fail("edit_everywhere", _binding("edit"), at="roleRef.name"),
        fail("edit_of_the_system", _within("edit", "kube-system"), at="roleRef.name"),
        fail("secrets_of_all", _binding("system:controller:expand-controller"), at="roleRef.name"),
        fail("volumes_of_nodes", _binding("system:persistent-volume-provisioner"), at="roleRef.name"),
        fail("more_subjects", _patch(metadata={"name": "cluster-admin"}), at="roleRef.name"),
        fail(
            "binding_of_kubernetes",
            _patch(
                metadata={"name": "system:basic-user"}, roleRef={"kind": "ClusterRole", "name": "system:basic-user"}
            ),
            at="metadata.name",
        ),
        fail(
            "as_good_as_cluster_admin",
            _binding("system:controller:clusterrole-aggregation-controller"),
            at="roleRef.name",
        ),
        fail("nodes", _binding("system:node"), at="roleRef.name"),
        unknown("role_made_with_it", _binding(UNKNOWN)),
    ),
    NAMED.id: (
        ok("service_account", _binding()),
        ok("group_of_people", _binding(kind="Group", name="palisade:viewers")),
        fail("anonymous", _binding(kind="User", name="system:anonymous"), at="subjects[0].name"),
        fail("everybody_who_is_known", _binding(kind="Group", name="system:authenticated"), at="subjects[0].name"),
        fail("all_of_a_namespace", _binding(kind="Group", name="system:serviceaccounts:shop"), at="subjects[0].name"),
        fail("default_account", _binding(name="default"), at="subjects[0].name"),
        fail(
            "default_account_as_a_user",
            _binding(kind="User", name="system:serviceaccount:shop:default"),
            at="subjects[0].name",
        ),
        fail("masters", _binding(kind="Group", name="system:masters"), at="subjects[0].name"),
        unknown("account_made_with_it", _binding(name=UNKNOWN)),
    ),
}
