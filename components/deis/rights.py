"""Kubernetes rights of Deis: a ServiceAccount for each part, with the rights that its code uses (INH-4).

The controller makes applications, each in a namespace of its own, so its rights are cluster-wide. It gets exactly the
rights its code uses: no roles, node proxies, webhooks or tokens, and no pods/exec, which only a console needs that is
not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.network_policies import KEY_COPIES
from components.deis.secrets import OBJECT_STORAGE
from components.deis.workload import labels, meta
from policies.guidelines.deis import (
    BUILDER,
    CERTIFICATE_SUFFIX,
    CONTROLLER,
    DHPARAM_NAME,
    NAMESPACE,
    PLATFORM_CERTIFICATE_NAME,
    ROLE_PREFIX,
    ROUTER,
)

RBAC_GROUP: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Verbs on resources of one API group; on objects with the given names, if there are any."""

    resources: Sequence[str]
    verbs: Sequence[str]
    group: str = ""
    names: Sequence[str] = ()

    def args(self) -> k8s.rbac.v1.PolicyRuleArgs:
        """The rule in Kubernetes's format."""
        return k8s.rbac.v1.PolicyRuleArgs(
            api_groups=[self.group],
            resources=[*self.resources],
            verbs=[*self.verbs],
            resource_names=[*self.names] or None,
        )


EDIT: Final = ("get", "list", "create", "update", "delete")

CLUSTER_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    CONTROLLER: (
        Rule(resources=["namespaces"], verbs=["get", "list", "create", "delete"]),
        Rule(resources=["services", "secrets", "replicationcontrollers"], verbs=EDIT),
        Rule(resources=["replicationcontrollers/scale"], verbs=["get", "update"]),
        Rule(resources=["pods"], verbs=["get", "list", "create", "delete"]),
        Rule(resources=["pods/log"], verbs=["get"]),
        Rule(resources=["events"], verbs=["list", "create"]),
        Rule(resources=["nodes"], verbs=["get", "list"]),
        Rule(resources=["resourcequotas"], verbs=["get", "create"]),
        Rule(group="apps", resources=["deployments"], verbs=EDIT),
        Rule(group="apps", resources=["replicasets"], verbs=["get", "list", "update", "delete"]),
        Rule(group="apps", resources=["deployments/scale", "replicasets/scale"], verbs=["get", "update", "patch"]),
        Rule(group="autoscaling", resources=["horizontalpodautoscalers"], verbs=EDIT),
    ),
    BUILDER: (
        # Its probe. It would read Secrets of applications only for Dockerfile builds, which do not work here (v2.13.7,
        # pkg/gitreceive/build.go and registry.go; read 2026-11-28).
        Rule(resources=["namespaces"], verbs=["list"]),
    ),
    ROUTER: (
        Rule(resources=["services"], verbs=["list"]),
        Rule(resources=["endpoints"], verbs=["get"]),
    ),
    KEY_COPIES: (
        Rule(resources=["namespaces"], verbs=["list"]),
        Rule(resources=["secrets"], verbs=["patch"], names=[OBJECT_STORAGE]),
    ),
}
"""Part -> what it may do in every namespace."""

NAMESPACE_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    BUILDER: (
        Rule(resources=["secrets"], verbs=["create", "update", "delete"]),
        Rule(resources=["pods"], verbs=["create", "get", "list", "watch"]),
        Rule(resources=["pods/log"], verbs=["get"]),
    ),
    ROUTER: (
        Rule(group="apps", resources=["deployments"], verbs=["get"], names=[ROUTER]),
        Rule(resources=["services"], verbs=["get"], names=[BUILDER]),
        # A missing certificate must not be refused: the router would stop applying changes (v2.19.0, model/model.go,
        # getSecret).
        Rule(resources=["secrets"], verbs=["get"], names=[PLATFORM_CERTIFICATE_NAME, DHPARAM_NAME]),
    ),
}
"""Part -> what it may do in Deis's own namespace besides."""


def make_service_account(name: str, app: str, opts: pulumi.ResourceOptions) -> k8s.core.v1.ServiceAccount:
    """The account of a part; the pod decides whether it gets a token."""
    return k8s.core.v1.ServiceAccount(
        f"{name}-account", metadata=meta(app, app), automount_service_account_token=False, opts=opts
    )


def certificate_rules(names: Sequence[str]) -> tuple[Rule, ...]:
    """The router's rights in applications: their certificates with these names."""
    secrets = [f"{name}{CERTIFICATE_SUFFIX}" for name in names]
    return (Rule(resources=["secrets"], verbs=["get"], names=secrets),) if secrets else ()


def make_rights(name: str, app: str, opts: pulumi.ResourceOptions, more: Sequence[Rule] = ()) -> list[pulumi.Resource]:
    """The account of a part, its roles and bindings; resources are named `<name>-*`.

    Args:
        name: prefix of the resource names.
        app: the part.
        opts: options of all resources.
        more: further rights, in every namespace.
    """
    made: list[pulumi.Resource] = [make_service_account(name, app, opts)]
    subjects = [k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=app, namespace=NAMESPACE)]
    if rules := (*CLUSTER_RULES.get(app, ()), *more):
        wide = k8s.meta.v1.ObjectMetaArgs(name=f"{ROLE_PREFIX}{app}", labels=labels(app))
        made.append(
            k8s.rbac.v1.ClusterRole(
                f"{name}-cluster-role", metadata=wide, rules=[rule.args() for rule in rules], opts=opts
            )
        )
        reference = k8s.rbac.v1.RoleRefArgs(api_group=RBAC_GROUP, kind="ClusterRole", name=f"{ROLE_PREFIX}{app}")
        made.append(
            k8s.rbac.v1.ClusterRoleBinding(
                f"{name}-cluster-binding", metadata=wide, role_ref=reference, subjects=subjects, opts=opts
            )
        )
    if rules := NAMESPACE_RULES.get(app):
        made += make_namespace_role(name, app, rules, opts)
    return made


def make_namespace_role(
    name: str, app: str, rules: Sequence[Rule], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """A role in Deis's namespace, bound to the part's account."""
    return [
        k8s.rbac.v1.Role(f"{name}-role", metadata=meta(app, app), rules=[rule.args() for rule in rules], opts=opts),
        k8s.rbac.v1.RoleBinding(
            f"{name}-binding",
            metadata=meta(app, app),
            role_ref=k8s.rbac.v1.RoleRefArgs(api_group=RBAC_GROUP, kind="Role", name=app),
            subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=app, namespace=NAMESPACE)],
            opts=opts,
        ),
    ]
