"""Policies about external accounts and people: in trust policies, and in resource policies (AWS-MFA, INH-4).

The pack does not know its own account. A trust policy that names an account therefore needs a restricting condition,
unless the setting lists the account; a resource policy is compared with the setting or, if it is empty, within itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.iam import facts
from policies.rules.iam.audience import ACCOUNT, ACCOUNTS, ARN, EVERYBODY, ORGANISATION, Reach, tied, ties, who
from policies.rules.iam.documents import Statement, held, statements

TRUST: Final = facts.documents("trust")
KINDS: Final = ("resource", "bucket", "key")
POLICIES_OF: Final = {type_: paths for kind in KINDS for type_, paths in facts.documents(kind).items()}
SUBSCRIPTION: Final = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
EVERYBODYS: Final = frozenset({"*", "all", "All"})
_IDENTITY: Final = r"arn:aws[a-z-]*:(?:iam|sts):"
HANDED: Final[dict[str, tuple[str, str, str]]] = {
    SUBSCRIPTION: ("destinationArn", r"arn:aws[a-z-]*:logs:", ""),
    EVENT_TARGET: ("arn", r"arn:aws[a-z-]*:events:", "roleArn"),
    "aws:sns/topicSubscription:TopicSubscription": ("endpoint", "arn:", "topic"),
    "aws:backup/plan:Plan": ("rules.copyActions.destinationVaultArn", "arn:", ""),
    "aws:cfg/aggregateAuthorization:AggregateAuthorization": ("accountId", "", ""),
    "aws:cloudwatch/eventPermission:EventPermission": ("principal", "", ""),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("accountId", "", ""),
    "aws:ec2/vpcEndpointService:VpcEndpointService": ("allowedPrincipals", _IDENTITY, ""),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": ("principalArn", _IDENTITY, ""),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("targetRoleArn", _IDENTITY, "roleArn"),
    "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": (
        "distributions.amiDistributionConfiguration.launchPermission.userIds",
        "",
        "",
    ),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("principal", "", ""),
    "aws:lambda/permission:Permission": ("principal", "", "function"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": ("sharedAccounts", "", ""),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("sharedAccounts", "", ""),
    "aws:rds/snapshot:Snapshot": ("sharedAccounts", "", ""),
    "aws:rds/snapshotCopy:SnapshotCopy": ("sharedAccounts", "", ""),
    "aws:ssm/document:Document": ("permissions.account_ids", "", ""),
}
"""Type -> where it names the account that gets something, how what counts there begins, and what is of our own account.
An account that is named needs to be listed, unless the last property is of the same one."""
MFA: Final = "aws:multifactorauthpresent"
AGE: Final = "aws:multifactorauthage"
EXTERNAL_ID: Final = "sts:externalid"
EXACT: Final = frozenset({"stringequals", "stringequalsignorecase"})
ROLE: Final = re.compile(r"arn:aws[a-z-]*:(?:iam::\d{12}:role|sts::\d{12}:assumed-role)/.+", re.DOTALL)
USER: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/.+", re.DOTALL)
LISTED: Final[dict[str, Any]] = {
    "accounts": {
        "type": "array",
        "items": {"type": "string", "pattern": ACCOUNT.pattern},
        "default": [],
        "description": "IDs of accounts that are ours, or that we trust as our own.",
    }
}


def _listed(resource: Resource) -> frozenset[str]:
    return frozenset(account.text() or "" for account in resource.settings["accounts"].items())


def second_factor(statement: Statement) -> bool:
    """Whether a statement requires MFA. With IfExists it also allows access keys."""
    return any(
        (operator == "bool" and key == MFA and values == ["true"])
        or (operator in ("numericlessthan", "numericlessthanequals") and key == AGE and bool(values))
        for operator, key, values in statement.conditions()
    )


def _external_id(statement: Statement) -> bool:
    return any(
        operator in EXACT and key == EXTERNAL_ID and values and all(value.strip() for value in values)
        for operator, key, values in statement.conditions()
    )


def _roles_only(statement: Statement) -> frozenset[str]:
    """The accounts to whose roles the conditions restrict the statement."""
    for _, key, values in ties(statement):
        if key == "aws:principalarn" and all(ROLE.fullmatch(value) for value in values):
            return frozenset(value.split(":")[4] for value in values)
    return frozenset()


def _trusted(reach: Reach, statement: Statement, listed: frozenset[str]) -> bool:
    if second_factor(statement):
        return True
    # A user is a person, or has a long-lived access key.
    if USER.fullmatch(reach.name):
        return False
    roles = reach.accounts if ROLE.fullmatch(reach.name) else _roles_only(statement)
    organisation = any(to == ORGANISATION for to, _, _ in ties(statement))
    return _external_id(statement) or organisation or bool(roles and roles <= listed)


def _trust(resource: Resource) -> Iterator[Violation]:
    listed = _listed(resource)
    for document in held(resource, TRUST[resource.type]):
        with resource.isolate():
            for statement in statements(resource, document):
                with resource.isolate():
                    for reach in who(statement):
                        # A restricted principal without a name has a policy of its own: iam-trust-no-star.
                        named = reach.who == ACCOUNTS and "*" not in reach.name
                        if named and not _trusted(reach, statement, listed):
                            required = "a second factor, an external ID, the organisation, or a listed account's role"
                            yield violation(reach.value, f"{reach.name} on no such condition", required)


TRUST_PROVEN = Policy(
    id="iam-trust-proven",
    requirement="AWS-MFA",
    types=frozenset(TRUST),
    level=MANDATORY,
    severity=HIGH,
    description="People take roles with a second factor only, other accounts with an external ID or by organisation.",
    fix="add Bool aws:MultiFactorAuthPresent true, StringEquals sts:ExternalId or aws:PrincipalOrgID; "
    "for roles of your own accounts list these in the setting accounts",
    rule=_trust,
    settings=LISTED,
)


def _account(text: str) -> str:
    """The account of an ID or ARN; empty if there is none."""
    arn = ARN.fullmatch(text)
    return arn["account"] if arn else text if ACCOUNT.fullmatch(text) else ""


def _handed(resource: Resource, listed: frozenset[str]) -> Iterator[Violation]:
    path, beginning, own = HANDED[resource.type]
    for value in held(resource, [path]):
        for one in value.one_or_more():
            with resource.isolate():
                texts = [part.strip() for part in (one.text() or "").split(",")]
                # Public access is checked by no-public-sharing.
                for text in texts if EVERYBODYS.isdisjoint(texts) else ():
                    account = _account(text) if re.match(beginning, text) else ""
                    if (
                        account
                        and account not in listed
                        and not (own and account == _account(resource.props[own].text() or ""))
                    ):
                        yield violation(one, f"another account, {text}", "a listed account")


def _foreign(resource: Resource) -> Iterator[Violation]:
    listed = _listed(resource)
    if resource.type in HANDED:
        yield from _handed(resource, listed)
    for document in held(resource, POLICIES_OF.get(resource.type, ())):
        with resource.isolate():
            reached: list[Reach] = []
            for statement in statements(resource, document):
                with resource.isolate():
                    if tied(statement) in (EVERYBODY, ACCOUNTS):
                        reached += [reach for reach in who(statement) if reach.accounts]
            # Two accounts cannot both be ours, as far as configured.
            ours = listed or (reached[0].accounts if reached else frozenset())
            for reach in reached:
                if not reach.accounts <= ours:
                    yield violation(reach.value, f"another account, {reach.name}", "a listed account, or a condition")


NO_FOREIGN = Policy(
    id="no-foreign-account",
    requirement="INH-4",
    types=frozenset({*POLICIES_OF, *HANDED}),
    level=MANDATORY,
    severity=HIGH,
    description="Policies name listed accounts, or one only; what is shared, copied or sent goes to listed accounts.",
    fix="list the account in the setting accounts, or add a condition on aws:PrincipalOrgID",
    rule=_foreign,
    settings=LISTED,
)

POLICIES = (TRUST_PROVEN, NO_FOREIGN)
