"""Cases of access.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.access import ADMIN_ALLOWLIST, ASSOCIATION, AWS_AUTH, CONFIG_MAP, NO_AWS_AUTH, NO_MASTERS
from policies.rules.eks.resources import ENTRY, NATIVE_ENTRY

_ADA = "arn:aws:iam::123456789012:role/ada"
_ROOT = "arn:aws:iam::123456789012:root"


def _entry(**props: Any) -> Item:
    return Item(type=ENTRY, props={"clusterName": "palisade", "principalArn": _ADA, "type": "STANDARD", **props})


def _association(
    principal: str, policy: str = "AmazonEKSClusterAdminPolicy", scope: str = "cluster", **namespaces: Any
) -> Item:
    return Item(
        type=ASSOCIATION,
        props={
            "clusterName": "palisade",
            "principalArn": principal,
            "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
            "accessScope": {"type": scope, **namespaces},
        },
    )


def _native_entry(principal: str) -> Item:
    granted = {
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "accessScope": {"type": "cluster"},
    }
    return Item(type=NATIVE_ENTRY, props={"principalArn": principal, "accessPolicies": [granted]})


def _config_map(name: str, type_: str = CONFIG_MAP) -> Item:
    props = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "kube-system"}}
    return Item(type=type_, props={**props, "data": {"mapRoles": "- groups: [system:masters]"}})


CASES: dict[str, tuple[Case, ...]] = {
    NO_MASTERS.id: (
        ok("own_group", _entry(kubernetesGroups=["palisade:admins"])),
        ok("no_groups", _entry()),
        fail(
            "native",
            Item(type=NATIVE_ENTRY, props={"kubernetesGroups": ["system:masters"]}),
            at="kubernetesGroups[0]",
        ),
        fail("native_user_name", Item(type=NATIVE_ENTRY, props={"username": "system:admin"}), at="username"),
        ok("node", _entry(type="EC2_LINUX", userName="system:node:{{EC2PrivateDNSName}}")),
        fail("system_masters", _entry(kubernetesGroups=["team", "system:masters"]), at="kubernetesGroups[1]"),
        fail("masters_beside_unknown", _entry(kubernetesGroups=[UNKNOWN, "system:masters"]), at="kubernetesGroups[1]"),
        fail("user_name_of_kubernetes", _entry(userName="system:admin"), at="userName"),
        unknown("group_decided_later", _entry(kubernetesGroups=[UNKNOWN])),
    ),
    NO_AWS_AUTH.id: (
        ok("another_config_map", _config_map("settings")),
        fail("aws_auth", _config_map(AWS_AUTH), at="metadata.name"),
        fail("aws_auth_patched", _config_map(AWS_AUTH, f"{CONFIG_MAP}Patch"), at="metadata.name"),
        fail(
            "aws_auth_in_a_list",
            Item(type=f"{CONFIG_MAP}List", props={"items": [_config_map(AWS_AUTH).props]}),
            at="items[0].metadata.name",
        ),
        unknown("name_decided_later", _config_map(UNKNOWN)),
    ),
    ADMIN_ALLOWLIST.id: (
        ok("role_of_a_person", _association(_ADA)),
        fail("root_who_edits", _association(_ROOT, "AmazonEKSEditPolicy"), at="principalArn"),
        fail("root_who_reads_secrets", _association(_ROOT, "AmazonEKSAdminViewPolicy"), at="principalArn"),
        fail("root_by_a_new_policy", _association(_ROOT, "AmazonEKSSomethingPolicy"), at="principalArn"),
        ok("viewer_who_is_not_listed", _association(_ROOT, "AmazonEKSViewPolicy")),
        ok("listed", _association(_ADA), settings={"principals": ["arn:aws:iam::*:role/ada"]}),
        ok("native_role", _native_entry(_ADA)),
        fail("native_root", _native_entry(_ROOT), at="principalArn"),
        fail("root_by_the_other_policy", _association(_ROOT, "AmazonEKSAdminPolicy"), at="principalArn"),
        fail("root_of_every_namespace", _association(_ROOT, scope="namespace", namespaces=["*"]), at="principalArn"),
        fail("root_of_the_system", _association(_ROOT, scope="namespace", namespaces=["kube-*"]), at="principalArn"),
        ok("root_of_one_namespace", _association(_ROOT, scope="namespace", namespaces=["shop"])),
        fail("root", _association(_ROOT), at="principalArn"),
        fail("not_listed", _association(_ADA), at="principalArn", settings={"principals": ["*:role/grace"]}),
        unknown("principal_made_with_it", _association(UNKNOWN)),
    ),
}
