"""A policy about public resources, by a resource policy or by a setting (INH-4).

Every type of the SDK with a resource policy is checked (rules/iam/facts). Buckets, keys and VPC endpoints have policies
of their own in this pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import WHOLE, Resource, Violation, violation
from policies.rules.iam import facts
from policies.rules.iam.audience import ACCOUNT, ARN, BUCKET, ORGANISATION_ID, everybody
from policies.rules.iam.documents import EVERYONE, held, statements

QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
DOCUMENTS: Final = facts.documents("resource")

PERMISSION: Final = "aws:lambda/permission:Permission"
EVENT_PERMISSION: Final = "aws:cloudwatch/eventPermission:EventPermission"
SNAPSHOT: Final = "aws:rds/snapshot:Snapshot"
FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
SSM_DOCUMENT: Final = "aws:ssm/document:Document"
SHARE: Final = "aws:ram/resourceShare:ResourceShare"
SERVERLESS: Final = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
IMAGES: Final = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"
PUBLIC_REPOSITORY: Final = "aws:ecrpublic/repository:Repository"
WORDS: Final = {
    PERMISSION: ("principal", EVERYONE),
    EVENT_PERMISSION: ("principal", EVERYONE),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("principal", EVERYONE),
    "aws:ec2/vpcEndpointService:VpcEndpointService": ("allowedPrincipals", EVERYONE),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": ("principalArn", EVERYONE),
    FUNCTION_URL: ("authorizationType", "NONE"),
    SNAPSHOT: ("sharedAccounts", "all"),
    "aws:rds/snapshotCopy:SnapshotCopy": ("sharedAccounts", "all"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": ("sharedAccounts", "all"),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("sharedAccounts", "all"),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "all"),
    IMAGES: ("distributions.amiDistributionConfiguration.launchPermission.userGroups", "all"),
    # The provider's map: its keys are not translated. Multiple accounts are separated by commas.
    SSM_DOCUMENT: ("permissions.account_ids", "All"),
    SHARE: ("allowExternalPrincipals", "true"),
}
"""Type -> where it says with whom it is shared, and what there means everybody, or everybody outside."""
NARROWING: Final = {
    "sourceArn": (ARN, BUCKET),
    "sourceAccount": (ACCOUNT,),
    "principalOrgId": (ORGANISATION_ID,),
    "organizationId": (ORGANISATION_ID,),
}
"""Properties of a permission that leave not everybody, and the forms of their values."""


def _narrowed(resource: Resource) -> bool:
    condition = resource.props["condition"]
    if resource.type == EVENT_PERMISSION and condition.known and condition.is_object:
        value = condition["value"]
        organisation = (condition["key"].text() or "").lower() == "aws:principalorgid"
        return organisation and (not value.known or ORGANISATION_ID.fullmatch(value.text() or "") is not None)
    for name, forms in NARROWING.items():
        value = resource.props[name]
        # The target may be unknown yet; it is certain that there is one.
        if not value.known or any(form.fullmatch(value.text() or "") for form in forms):
            return True
    return False


def _by_word(resource: Resource) -> Iterator[Violation]:
    path, word = WORDS[resource.type]
    for value in held(resource, [path]):
        for one in value.one_or_more():
            with resource.isolate():
                said = [part.strip().lower() for part in (one.text() or "").split(",")]
                if word.lower() in said and not _narrowed(resource):
                    yield violation(one, f"{word}, which is everybody", "the accounts and services that need it")


def _public_network(resource: Resource) -> Iterator[Violation]:
    document = resource.props["policy"]
    for rule in document.document().one_or_more() if document.present else ():
        with resource.isolate():
            if rule.is_object and rule["AllowFromPublic"].flag():
                yield violation(rule["AllowFromPublic"], "true, which is the Internet", "false, and VPC endpoints")


def _always(resource: Resource) -> Iterator[Violation]:
    yield violation(WHOLE, "a registry that everybody reads", "a private one (aws.ecr.Repository)")


OTHERS: Final[dict[str, Callable[[Resource], Iterator[Violation]]]] = {
    SERVERLESS: _public_network,
    PUBLIC_REPOSITORY: _always,
}


def _shared(resource: Resource) -> Iterator[Violation]:
    for document in held(resource, DOCUMENTS.get(resource.type, ())):
        with resource.isolate():
            for statement in statements(resource, document):
                yield from everybody(resource, statement)
    if resource.type in WORDS:
        yield from _by_word(resource)
    if check := OTHERS.get(resource.type):
        yield from check(resource)


NO_PUBLIC_SHARING = Policy(
    id="no-public-sharing",
    requirement="INH-4",
    types=frozenset({*DOCUMENTS, *WORDS, *OTHERS}),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nothing that has a policy or can be shared is open to everybody: queues, secrets, functions, images.",
    fix="name principals, or tie the statement to a literal account, organisation or VPC (aws:PrincipalOrgID, ...)",
    rule=_shared,
)

POLICIES = (NO_PUBLIC_SHARING,)
