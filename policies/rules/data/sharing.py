"""A policy about what is open to everybody by a policy of its own, or by a word (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.data.buckets import stars
from policies.rules.iam.documents import Statement, statements

QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
DOCUMENTS: Final = {
    QUEUE_POLICY: "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "repositoryPolicy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
}
"""What has a policy of its own -> what it calls that. Buckets and keys have policies of this pack's for themselves."""
TIES: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
    }
)
"""Keys of conditions that leave not everybody."""
OPERATORS: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})

PERMISSION: Final = "aws:lambda/permission:Permission"
SNAPSHOT: Final = "aws:rds/snapshot:Snapshot"
FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
WORDS: Final = {
    PERMISSION: (("principal",), "*"),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": (("principal",), "*"),
    FUNCTION_URL: (("authorizationType",), "NONE"),
    SNAPSHOT: (("sharedAccounts",), "all"),
    "aws:rds/snapshotCopy:SnapshotCopy": (("sharedAccounts",), "all"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": (("sharedAccounts",), "all"),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": (("sharedAccounts",), "all"),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": (("group",), "all"),
    "aws:ssm/document:Document": (("permissions", "accountIds"), "All"),
}
"""Type -> where it says with whom it is shared, and what there means everybody."""
NARROWING: Final = ("sourceArn", "sourceAccount", "principalOrgId", "organizationId")
"""Properties of a permission that leave not everybody."""


def _tied(said: Statement) -> bool:
    return any(
        operator.removeprefix("foranyvalue:") in OPERATORS
        and key in TIES
        and values
        and all(v.strip("*?") for v in values)
        for operator, key, values in said.conditions()
    )


def _shared(resource: Resource) -> Iterator[Violation]:
    if resource.type in DOCUMENTS:
        for said in statements(resource, resource.props[DOCUMENTS[resource.type]]):
            with resource.isolate():
                if said.allows and not _tied(said):
                    yield from stars(resource, said)
        return
    path, everybody = WORDS[resource.type]
    narrowed = [resource.props[name] for name in NARROWING]
    for one in resource.props.along(*path).one_or_more():
        with resource.isolate():
            # Which one it is may be decided later; that there is one is certain.
            if one.text() == everybody and not any(not name.known or name.text() for name in narrowed):
                yield violation(one, f"{everybody}, which is everybody", "the accounts and services that need it")


NO_PUBLIC_SHARING = Policy(
    id="no-public-sharing",
    requirement="INH-4",
    types=frozenset({*DOCUMENTS, *WORDS}),
    level=MANDATORY,
    severity=CRITICAL,
    description="No queue, topic, secret, function, image or snapshot is open to everybody.",
    fix="name principals, or tie the statement by aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID",
    rule=_shared,
)

POLICIES = (NO_PUBLIC_SHARING,)
