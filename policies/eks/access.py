"""Policies about who may use a cluster: access entries, and no config map beside them (VPN-MFA, SSH-USER)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.eks.forms import ENTRIES, ENTRY, NATIVE_ENTRY, grants, read
from policies.guidelines.eks import ACCESS_POLICIES, FORBIDDEN_GROUP_PREFIXES
from policies.judged import Resource, Violation, breach
from policies.kinds import CONFIG_MAPS
from policies.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.values import Value

ASSOCIATION: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
NODE_TYPES: Final = frozenset({"EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"})
"""Types of entries that are for nodes, whose group is EKS's own affair."""
AWS_AUTH: Final = "aws-auth"
ADMINISTRATORS: Final = (f"/{ACCESS_POLICIES['admin']}", "/AmazonEKSAdminPolicy")
"""Access policies that give roles, bindings and Secrets away."""
SYSTEM: Final = "kube-system"


def _reserved(text: str) -> bool:
    return text.lower().startswith(FORBIDDEN_GROUP_PREFIXES)


def _no_masters(resource: Resource) -> Iterator[Violation]:
    groups = resource.props["kubernetesGroups"]
    for group in groups.items():
        with resource.apart():
            if _reserved(group.text() or ""):
                yield breach(group, f"{group.text()}", "a group of your own, bound by RBAC")
    with resource.apart():
        name, kind = read(resource, "userName"), resource.props["type"]
        if _reserved(name.text() or "") and kind.text() not in NODE_TYPES:
            yield breach(name, f"{name.text()}", "a name outside Kubernetes' own")


NO_MASTERS = Policy(
    id="access-entry-no-system-masters",
    requirement="VPN-MFA SSH-USER",
    types=ENTRIES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No access entry puts anybody into system:masters or another of Kubernetes' own groups.",
    fix="give administrators an access policy association instead of a group",
    rule=_no_masters,
)


def _no_aws_auth(resource: Resource) -> Iterator[Violation]:
    for config_map in CONFIG_MAPS.objects(resource):
        if config_map.name.text() == AWS_AUTH:
            yield breach(config_map.name, AWS_AUTH, "access entries")


NO_AWS_AUTH = Policy(
    id="no-aws-auth-config-map",
    requirement="VPN-MFA SSH-USER",
    types=CONFIG_MAPS,
    level=MANDATORY,
    severity=HIGH,
    description="Nobody is given rights through the aws-auth config map, which the AWS account does not see.",
    fix="make an aws.eks.AccessEntry for each principal, and remove the config map",
    rule=_no_aws_auth,
)


def _admin_allowlist(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    given = grants(resource) if resource.type == NATIVE_ENTRY else [(props["policyArn"], props["accessScope"])]
    for policy, scope in given:
        with resource.apart():
            yield from _listed(resource, policy, scope)


def _holds_system(namespaces: Value) -> bool:
    """Whether the namespaces that a scope names hold Kubernetes' own, from which the whole cluster is administered."""
    return any(fnmatchcase(SYSTEM, one.text() or "") for one in namespaces.items())


def _listed(resource: Resource, policy: Value, scope: Value) -> Iterator[Violation]:
    if not (policy.text() or "").endswith(ADMINISTRATORS):
        return
    with resource.apart():
        if scope["type"].text() == "namespace" and not _holds_system(scope["namespaces"]):
            return
    principal = resource.props["principalArn"]
    who = principal.text() or ""
    allowed = [one.text() or "" for one in resource.settings["principals"].items()]
    if who.endswith(":root") or not any(fnmatchcase(who, pattern) for pattern in allowed):
        yield breach(principal, who or "nothing", f"one of {', '.join(allowed)}, and never root")


ADMIN_ALLOWLIST = Policy(
    id="cluster-admin-allowlist",
    requirement="VPN-MFA SSH-USER",
    types=frozenset({ASSOCIATION, NATIVE_ENTRY}),
    level=MANDATORY,
    severity=HIGH,
    description="Only principals on the list administer a cluster, and none is an account's root.",
    fix="name the role of one person, or have it added to `principals` in the policy's configuration",
    rule=_admin_allowlist,
    settings={
        "principals": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["arn:*:iam::*:role/?*", "arn:*:iam::*:user/?*"],
            "description": "ARNs of principals that may administer clusters; * and ? stand for any characters and one.",
        }
    },
)

POLICIES = (NO_MASTERS, NO_AWS_AUTH, ADMIN_ALLOWLIST)

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
