"""Policies about cluster access: access entries, and no config map beside them (VPN-MFA, SSH-USER)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.guidelines.eks import FORBIDDEN_GROUP_PREFIXES
from policies.kernel.kinds import CONFIG_MAPS
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.eks.resources import ENTRIES, NATIVE_ENTRY, grants, read
from policies.rules.rbac.rights import ENDS, ends, of_access_policy, scope_of

ASSOCIATION: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
NODE_TYPES: Final = frozenset({"EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"})
"""Types of entries that are for nodes, whose group is EKS's own affair."""
AWS_AUTH: Final = "aws-auth"


def _reserved(text: str) -> bool:
    return text.lower().startswith(FORBIDDEN_GROUP_PREFIXES)


def _no_masters(resource: Resource) -> Iterator[Violation]:
    groups = resource.props["kubernetesGroups"]
    for group in groups.items():
        with resource.isolate():
            if _reserved(group.text() or ""):
                yield violation(group, f"{group.text()}", "a group of your own, bound by RBAC")
    with resource.isolate():
        name, kind = read(resource, "userName"), resource.props["type"]
        if _reserved(name.text() or "") and kind.text() not in NODE_TYPES:
            yield violation(name, f"{name.text()}", "a name outside Kubernetes' own")


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
            yield violation(config_map.name, AWS_AUTH, "access entries")


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
        with resource.isolate():
            yield from _listed(resource, policy, scope)


def _reached(policy: str, scope: Value) -> list[str]:
    """The escalation paths of an access policy in its scope; an unknown policy counts as the administrators'."""
    rules = of_access_policy(policy)
    if rules is None:
        return [f"is not known ({policy})"]
    return [ENDS[end] for end in ends(rules, scope_of(scope))]


def _listed(resource: Resource, policy: Value, scope: Value) -> Iterator[Violation]:
    reached = _reached((policy.text() or "").rpartition("/")[2], scope)
    if not reached:
        return
    principal = resource.props["principalArn"]
    who = principal.text() or ""
    allowed = [one.text() or "" for one in resource.settings["principals"].items()]
    if who.endswith(":root") or not any(fnmatchcase(who, pattern) for pattern in allowed):
        found = f"{who or 'nothing'}, which {' and '.join(reached)}"
        yield violation(principal, found, f"one of {', '.join(allowed)}, and never root")


ADMIN_ALLOWLIST = Policy(
    id="cluster-admin-allowlist",
    requirement="VPN-MFA SSH-USER",
    types=frozenset({ASSOCIATION, NATIVE_ENTRY}),
    level=MANDATORY,
    severity=HIGH,
    description="Only principals on the list administer a cluster or read its Secrets, and none is an account's root.",
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
