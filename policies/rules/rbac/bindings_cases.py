"""Cases of bindings.py."""

from __future__ import annotations

from typing import Any

from policies.guidelines.rbac import OF_CONTROLLERS
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.rbac.bindings import NAMED, NO_ADMIN
from policies.rules.rbac.roles import CLUSTER_BINDING


def _binding(role: Any = "view", type_: str = CLUSTER_BINDING, **subject: Any) -> Item:
    made = {"kind": "ServiceAccount", "name": "web", "namespace": "shop", **subject}
    return Item(type=type_, props={"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [made]})


CASES: dict[str, tuple[Case, ...]] = {
    NO_ADMIN.id: (
        ok("view", _binding()),
        fail("cluster_admin", _binding("cluster-admin"), at="roleRef.name"),
        fail("in_one_namespace", _binding("cluster-admin", CLUSTER_BINDING.replace("Cluster", "")), at="roleRef.name"),
        fail(
            "as_good_as_cluster_admin",
            _binding(f"{OF_CONTROLLERS}clusterrole-aggregation-controller"),
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
