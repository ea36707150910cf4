"""Policies about token issuers that roles trust: identity providers, and service accounts of clusters (AWS-MFA).

A condition on the subject is only as trustworthy as its issuer: the issuer can write any subject into a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.guidelines.rbac import DEFAULT_ACCOUNT
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value
from policies.rules.eks.resources import ADDON, CLUSTERS, NATIVE_CLUSTER
from policies.rules.iam.documents import covers
from policies.rules.iam.permissions import ROLE
from policies.rules.iam.trust import COGNITO, STRONG, is_anybody, web_identities

PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
SAML: Final = "aws:iam/samlProvider:SamlProvider"
ENTITY: Final = re.compile(r"""\bentityID\s*=\s*["']([^"']*)""")
ASSOCIATION: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
OF_EKS: Final = re.compile(
    r"(?:oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?|oidc-eks\.[a-z0-9-]+\.api\.aws)/id/(?P<cluster>[0-9A-Za-z]+)"
)
"""The issuer of a cluster's service account tokens; the second is its dual-stack name (EKS user guide at 4d52b4d,
service-accounts.adoc and doc-history.adoc; read on 2026-11-28)."""
ARN: Final = re.compile(r"arn:[^:]*:iam::[^:]*:oidc-provider/(?P<issuer>.*)", re.DOTALL)
SUBJECT: Final = re.compile(r"system:serviceaccount:(?P<namespace>[^:]*):(?P<account>.*)", re.DOTALL)
ISSUERS: Final[dict[str, Any]] = {
    "issuers": {
        "type": "array",
        "items": {"type": "string", "pattern": r"^[^*?/]+\.[^*?/]+(/.*)?$"},
        "default": [],
        "description": "Further issuers, without https://, such as token.actions.githubusercontent.com, of SAML the "
        "entityID; * and ? are wildcards behind the host.",
    }
}


def _listed(judged: Resource | Stack, issuer: str) -> bool:
    return any(fnmatchcase(issuer, one.text() or "") for one in judged.settings["issuers"].items())


def _issuer(url: str) -> str:
    """An issuer in the format of trust policies, without its scheme."""
    return url.partition("://")[2].rstrip("/") or url


def _known(resource: Resource, value: Value, issuer: str) -> Iterator[Violation]:
    if not OF_EKS.fullmatch(issuer) and not _listed(resource, issuer):
        yield violation(value, f"the issuer {issuer or 'nothing'}", "the issuer of an EKS cluster, or a listed one")


def _issuers(resource: Resource) -> Iterator[Violation]:
    if resource.type == PROVIDER:
        url = resource.props["url"]
        yield from _known(resource, url, _issuer(url.text() or ""))
        return
    if resource.type == SAML:
        metadata = resource.props["samlMetadataDocument"]
        for name in ENTITY.findall(metadata.text() or "") or [""]:
            yield from _known(resource, metadata, _issuer(name))
        return
    for statement in web_identities(resource):
        with resource.isolate():
            for value, kind, name in statement.principals():
                arn = ARN.fullmatch(name)
                # A Cognito pool belongs to the account; its tokens are checked by iam-oidc-trust.
                if kind.lower() == "federated" and ":saml-provider/" not in name and name != COGNITO:
                    yield from _known(resource, value, _issuer(arn["issuer"] if arn else name))


LISTED = Policy(
    id="iam-oidc-issuer-allowlist",
    requirement="AWS-MFA",
    types=frozenset({PROVIDER, SAML, ROLE}),
    level=MANDATORY,
    severity=CRITICAL,
    description="Roles and identity providers trust the issuers of EKS clusters, and issuers that somebody has listed.",
    fix="remove it, or add the issuer to the setting issuers; its tokens then open what the trust policies say",
    rule=_issuers,
    settings=ISSUERS,
)


def _own_cluster(stack: Stack) -> Iterator[Violation]:
    clusters = stack.of(CLUSTERS)
    ours = set[str]()
    for cluster in clusters:
        with stack.isolate():
            ours.update(filter(None, (_cluster(_issuer(one.text() or "")) for one in _issuers_of(cluster))))
    made_here = {cluster.urn for cluster in clusters}
    for provider in stack.of({PROVIDER}):
        with stack.isolate():
            url = provider.props["url"]
            if not url.known and made_here & provider.depends_on.get("url", frozenset()):
                continue
            issuer = _issuer(url.text() or "")
            if (named := _cluster(issuer)) and named not in ours and not _listed(stack, issuer):
                required = "the issuer of a cluster of this stack, or a listed one"
                yield violation(url, f"{issuer}, a cluster of somebody", required, provider.urn)


def _cluster(issuer: str) -> str:
    """The cluster-specific part of an EKS issuer; empty for other issuers."""
    named = OF_EKS.fullmatch(issuer)
    return named["cluster"] if named else ""


def _issuers_of(cluster: Resource) -> Iterator[Value]:
    if cluster.type == NATIVE_CLUSTER:
        yield cluster.props["openIdConnectIssuerUrl"]
    for identity in cluster.props["identities"].items():
        yield from (one["issuer"] for one in identity["oidcs"].items())


OWN_CLUSTER = Policy(
    id="iam-oidc-own-cluster",
    requirement="AWS-MFA",
    types=CLUSTERS | {PROVIDER},
    level=MANDATORY,
    severity=CRITICAL,
    description="An OpenID provider for an EKS cluster is for a cluster of its own stack, not for somebody else's.",
    fix="take the url from the cluster's identities, or add the issuer to the setting issuers",
    stack_rule=_own_cluster,
    settings=ISSUERS,
)


def _own_account(resource: Resource) -> Iterator[Violation]:
    required = "a service account that only the pods with this role name"
    if resource.type == ROLE:
        for statement in web_identities(resource):
            with resource.isolate():
                for operator, key, values in statement.conditions():
                    if key.endswith(":sub") and operator.removeprefix("foranyvalue:") in STRONG:
                        for text in filter(_reaches_default, values):
                            yield violation(statement.get("condition"), f"the subject {text}", required)
        return
    listed = resource.props["podIdentityAssociations"].items() if resource.type == ADDON else [resource.props]
    for one in listed:
        with resource.isolate():
            account = one["serviceAccount"]
            if account.text() == DEFAULT_ACCOUNT:
                yield violation(account, f"{DEFAULT_ACCOUNT}, which every pod has that names none", required)


def _reaches_default(subject: str) -> bool:
    """Whether a subject includes that of `default`; a wildcard for all subjects is refused by iam-oidc-trust."""
    if is_anybody(subject):
        return False
    named = SUBJECT.fullmatch(subject)
    return named is not None and covers(named["account"], DEFAULT_ACCOUNT)


OWN_ACCOUNT = Policy(
    id="pod-role-own-account",
    requirement="INH-4 AWS-MFA",
    types=frozenset({ROLE, ASSOCIATION, ADDON}),
    level=MANDATORY,
    severity=HIGH,
    description="A role for pods is for named service accounts, not for `default` or every account of a namespace.",
    fix="make a service account for these pods, and name it in the association or in the condition on :sub",
    rule=_own_account,
)

POLICIES = (LISTED, OWN_CLUSTER, OWN_ACCOUNT)
