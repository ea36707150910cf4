"""Policies about node groups (INH-4, AWS-EGRESS, SSH-USER)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.eks.resources import NODE_GROUPS, SCALING_GROUP, name_of
from policies.rules.iam.attachments import ATTACHED, ATTACHMENT, EXCLUSIVE, ROLE_ATTACHMENT
from policies.rules.iam.permissions import ROLE
from policies.rules.network import topology

CLUSTER_TAG: Final = "kubernetes.io/cluster/"
CNI_POLICIES: Final = ("/AmazonEKS_CNI_Policy", "/AmazonEKS_CNI_IPv6_Policy")
PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
ATTACHING: Final = {ROLE_ATTACHMENT: "role", ATTACHMENT: "roles", EXCLUSIVE: "roleName"}
"""What attaches policies to roles -> what it calls them."""


def _no_remote_access(resource: Resource) -> Iterator[Violation]:
    access = resource.props["remoteAccess"]
    if not access.missing:
        yield violation(access, "a way in by SSH", "none")


NO_REMOTE_ACCESS = Policy(
    id="nodes-no-remote-access",
    requirement="SSH-USER",
    types=NODE_GROUPS,
    level=MANDATORY,
    severity=HIGH,
    description="Nobody reaches nodes by SSH with a shared key.",
    fix="leave remoteAccess out; use sessions through SSM",
    rule=_no_remote_access,
)


def _uses_template(resource: Resource) -> Iterator[Violation]:
    template = resource.props["launchTemplate"]
    if not template.present or not template.fields():
        yield violation(template, "nothing", "a launch template that says how nodes are hardened")


USES_TEMPLATE = Policy(
    id="node-group-uses-launch-template",
    requirement="INH-4",
    types=NODE_GROUPS,
    level=MANDATORY,
    severity=MEDIUM,
    description="A node group has a launch template, which alone can ask for IMDSv2 and encrypted volumes.",
    fix="make an aws.ec2.LaunchTemplate with metadataOptions and blockDeviceMappings, and name it in launchTemplate",
    rule=_uses_template,
)


def _is_of_cluster(stack: Stack, group: Resource) -> bool:
    """Whether an Auto Scaling group launches nodes, which need EKS's tag of their cluster."""
    with stack.isolate():
        tags = [*group.props["tags"].items()]
        return any(tag["key"].known and (tag["key"].text() or "").startswith(CLUSTER_TAG) for tag in tags)
    return False


def _private_nodes(stack: Stack) -> Iterator[Violation]:
    self_managed = [one for one in stack.of({SCALING_GROUP}) if _is_of_cluster(stack, one)]
    groups = Referrers(stack, [*stack.of(NODE_GROUPS), *self_managed], "subnetIds", name_of)
    for subnet in topology.public_subnets(stack):
        with stack.isolate():
            for group in groups.to(subnet, "id"):
                where = name_of(group.type, "subnetIds")
                yield violation(where, f"the public subnet {subnet.name}", "private subnets", group.urn)


PRIVATE_NODES = Policy(
    id="nodes-in-private-subnets",
    requirement="AWS-EGRESS",
    types=NODE_GROUPS | topology.TYPES | {SCALING_GROUP},
    level=MANDATORY,
    severity=HIGH,
    description="Nodes are in subnets that the Internet has no way into.",
    fix="put the node group into subnets whose way out is a NAT gateway",
    stack_rule=_private_nodes,
)


def _cni_rights(stack: Stack) -> Iterator[Violation]:
    required = "a role of the CNI's own, through Pod Identity"
    groups = Referrers(stack, stack.of(NODE_GROUPS), "nodeRoleArn", name_of)
    profiles = Referrers(stack, stack.of({PROFILE}), "role")
    attached = [Referrers(stack, stack.of({type_}), name) for type_, name in ATTACHING.items()]
    for role in stack.of({ROLE}):
        with stack.isolate():
            # Self-managed nodes get their role through an instance profile.
            if not groups.to(role, "arn") and not profiles.to(role, "name", "id"):
                continue
            for arn in role.props["managedPolicyArns"].items():
                if (arn.text() or "").endswith(CNI_POLICIES):
                    yield violation(arn, f"{arn.text()}", required, role.urn)
            for one in (one for some in attached for one in some.to(role, "name", "id", "arn")):
                for arn in one.props[ATTACHED[one.type]].one_or_more():
                    with stack.isolate():
                        if (arn.text() or "").endswith(CNI_POLICIES):
                            yield violation(arn, f"{arn.text()}", required, one.urn)


CNI_RIGHTS = Policy(
    id="node-role-no-cni-policy",
    requirement="INH-4",
    types=NODE_GROUPS | {ROLE, PROFILE, *ATTACHING},
    level=MANDATORY,
    severity=MEDIUM,
    description="The role of nodes cannot change the network: a pod that gets it could take any address.",
    fix="detach AmazonEKS_CNI_Policy from the nodes, and give it to the add-on with podIdentityAssociations",
    stack_rule=_cni_rights,
)

POLICIES = (NO_REMOTE_ACCESS, USES_TEMPLATE, PRIVATE_NODES, CNI_RIGHTS)
