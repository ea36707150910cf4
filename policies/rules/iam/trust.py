"""Policies about the trust policies of roles (AWS-MFA)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.iam.documents import EVERYONE, Statement, covers, statements
from policies.rules.iam.permissions import ROLE

ROLES: Final = frozenset({ROLE})
WEB_IDENTITY: Final = "sts:AssumeRoleWithWebIdentity"
COGNITO: Final = "cognito-identity.amazonaws.com"
STRONG: Final = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"})
"""Operators that fail where the token lacks the key; IfExists, Not and ForAllValues do not."""
WILDCARDS: Final = re.compile(r"[*?]")
SOMEBODY: Final = (
    re.compile(r"system:serviceaccount:[^:]+"),
    re.compile(r"(?:repo|project_path):[^/]+/"),
    re.compile(r"(?!system:|repo:|project_path:)[^:]+:.+"),
)
"""What a subject says before its first wildcard, so that it is not anybody's: a namespace, or a whole organisation."""


def _grants(resource: Resource) -> Iterator[Statement]:
    for said in statements(resource, resource.props["assumeRolePolicy"]):
        with resource.isolate():
            if said.allows:
                yield said


def _no_star(resource: Resource) -> Iterator[Violation]:
    for said in _grants(resource):
        with resource.isolate():
            if said.get("notprincipal").present:
                yield violation(said.get("notprincipal"), "everybody but some", "the ARNs of those who may")
            for value, kind, name in said.principals():
                if EVERYONE in name:
                    yield violation(value, f"{kind} {name}", "the ARN of an account's role, or a service")


NO_STAR = Policy(
    id="iam-trust-no-star",
    requirement="AWS-MFA",
    types=ROLES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No role trusts everybody, whatever the conditions.",
    fix="name the principal; conditions such as aws:PrincipalOrgID come on top",
    rule=_no_star,
)


def _trusts_web_identity(said: Statement) -> bool:
    """Whether a statement trusts tokens of an OpenID provider."""
    allowed = any(covers(action, WEB_IDENTITY) for _, action in said.entries("action"))
    excluded = any(covers(action, WEB_IDENTITY) for _, action in said.entries("notaction"))
    if not allowed and (excluded or not said.get("notaction").present):
        return False
    names = [name for _, kind, name in said.principals() if kind.lower() in ("federated", EVERYONE)]
    return any(":saml-provider/" not in name for name in names)


def web_identities(resource: Resource) -> Iterator[Statement]:
    """The statements of a role's trust policy that trust tokens of an OpenID provider."""
    for said in _grants(resource):
        with resource.isolate():
            if _trusts_web_identity(said):
                yield said


def is_anybody(subject: str) -> bool:
    """Whether a subject pattern names no specific subject."""
    named = WILDCARDS.split(subject)[0]
    return named != subject and not any(pattern.match(named) for pattern in SOMEBODY)


def _oidc(resource: Resource) -> Iterator[Violation]:
    for said in web_identities(resource):
        with resource.isolate():
            tested: dict[str, list[str]] = {}
            for operator, key, values in said.conditions():
                if operator.removeprefix("foranyvalue:") in STRONG:
                    tested.setdefault(key.rsplit(":", 1)[-1], []).extend(values)
            where = said.get("condition")
            # Cognito's own tokens have no subject to check: amr says whether the user is authenticated.
            cognito = all(name == COGNITO for _, _, name in said.principals())
            for claim in ("aud", "amr" if cognito else "sub"):
                if not any(tested.get(claim, [])):
                    yield violation(where, f"no condition on {claim}", f"the issuer's :{claim}, with StringEquals")
            for subject in tested.get("sub", []):
                if is_anybody(subject):
                    yield violation(
                        where,
                        f"the subject {subject}, which is anybody's",
                        "a namespace and an account, or a repository",
                    )
            if any(not value.strip("*?") for value in tested.get("aud", [])):
                yield violation(where, "any audience", "the audience, such as sts.amazonaws.com")


OIDC = Policy(
    id="iam-oidc-trust",
    requirement="AWS-MFA",
    types=ROLES,
    level=MANDATORY,
    severity=CRITICAL,
    description="A role that trusts an OpenID provider says whose tokens it takes (sub), and for whom they are (aud).",
    fix="add StringEquals conditions on the issuer's :sub and :aud",
    rule=_oidc,
)

POLICIES = (NO_STAR, OIDC)
