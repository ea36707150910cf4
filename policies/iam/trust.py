"""Policies about who may become whom: the trust policies of roles (AWS-MFA)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.documents import EVERYONE, Statement, covers, statements
from policies.iam.permissions import ROLE
from policies.judged import Resource, Violation, breach
from policies.policy import CRITICAL, MANDATORY, Policy

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
        with resource.apart():
            if said.allows:
                yield said


def _no_star(resource: Resource) -> Iterator[Violation]:
    for said in _grants(resource):
        with resource.apart():
            if said.get("notprincipal").present:
                yield breach(said.get("notprincipal"), "everybody but some", "the ARNs of those who may")
            for value, kind, name in said.principals():
                if EVERYONE in name:
                    yield breach(value, f"{kind} {name}", "the ARN of an account's role, or a service")


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


def _web_identity(said: Statement) -> bool:
    allowed = any(covers(action, WEB_IDENTITY) for _, action in said.entries("action"))
    excluded = any(covers(action, WEB_IDENTITY) for _, action in said.entries("notaction"))
    if not allowed and (excluded or not said.get("notaction").present):
        return False
    names = [name for _, kind, name in said.principals() if kind.lower() in ("federated", EVERYONE)]
    return any(":saml-provider/" not in name for name in names)


def _is_anybody(subject: str) -> bool:
    """Whether a pattern of subjects names nobody in particular."""
    named = WILDCARDS.split(subject)[0]
    return named != subject and not any(pattern.match(named) for pattern in SOMEBODY)


def _oidc(resource: Resource) -> Iterator[Violation]:
    for said in _grants(resource):
        with resource.apart():
            if not _web_identity(said):
                continue
            tested: dict[str, list[str]] = {}
            for operator, key, values in said.conditions():
                if operator.removeprefix("foranyvalue:") in STRONG:
                    tested.setdefault(key.rsplit(":", 1)[-1], []).extend(values)
            where = said.get("condition")
            # Cognito's own tokens have no subject to test: whether somebody signed in is said in amr.
            cognito = all(name == COGNITO for _, _, name in said.principals())
            for claim in ("aud", "amr" if cognito else "sub"):
                if not any(tested.get(claim, [])):
                    yield breach(where, f"no condition on {claim}", f"the issuer's :{claim}, with StringEquals")
            for subject in tested.get("sub", []):
                if _is_anybody(subject):
                    yield breach(
                        where,
                        f"the subject {subject}, which is anybody's",
                        "a namespace and an account, or a repository",
                    )
            if any(not value.strip("*?") for value in tested.get("aud", [])):
                yield breach(where, "any audience", "the audience, such as sts.amazonaws.com")


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

_ISSUER: Final = "oidc.eks.eu-central-1.amazonaws.com/id/0123"
_IRSA: Final[dict[str, Any]] = {
    "Effect": "Allow",
    "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{_ISSUER}"},
    "Action": WEB_IDENTITY,
    "Condition": {
        "StringEquals": {
            f"{_ISSUER}:sub": "system:serviceaccount:shop:web",
            f"{_ISSUER}:aud": "sts.amazonaws.com",
        }
    },
}
_EQUALS = ("Condition", "StringEquals")
_SUB, _AUD = (*_EQUALS, f"{_ISSUER}:sub"), (*_EQUALS, f"{_ISSUER}:aud")
_SERVICE: Final = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
_FIRST: Final = "assumeRolePolicy.Statement[0]"
_COGNITO: Final = {"Effect": "Allow", "Principal": {"Federated": COGNITO}, "Action": WEB_IDENTITY}
_POOL: Final = {"StringEquals": {f"{COGNITO}:aud": "eu-central-1:0123"}}
_SAML: Final = {"Federated": "arn:aws:iam::123456789012:saml-provider/office"}


def _role(*said: dict[str, Any]) -> Item:
    return Item(type=ROLE, props={"assumeRolePolicy": json.dumps({"Statement": list(said)})})


def _trusting(principal: Any, **more: Any) -> Item:
    return _role({**_SERVICE, "Principal": principal, **more})


def _irsa(changes: dict[Any, Any]) -> Item:
    return _role(changed(_IRSA, changes))


def _like(subject: str) -> Item:
    return _irsa({_SUB: OMITTED, ("Condition", "StringLike"): {f"{_ISSUER}:sub": subject}})


CASES: dict[str, tuple[Case, ...]] = {
    NO_STAR.id: (
        ok("service", _role(_SERVICE)),
        ok("denied_to_everybody", _trusting("*", Effect="Deny")),
        fail("everybody", _trusting("*"), at=f"{_FIRST}.Principal"),
        fail("everybody_of_aws", _trusting({"AWS": "*"}), at=f"{_FIRST}.Principal.AWS"),
        fail(
            "everybody_on_a_condition",
            _trusting({"AWS": ["*"]}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            at=f"{_FIRST}.Principal.AWS[0]",
        ),
        fail(
            "everybody_but_some",
            _role({"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Action": "sts:AssumeRole"}),
            at=f"{_FIRST}.NotPrincipal",
        ),
        fail("no_json", Item(type=ROLE, props={"assumeRolePolicy": "trust me"}), at="assumeRolePolicy"),
        unknown("made_with_it", Item(type=ROLE, props={"assumeRolePolicy": UNKNOWN})),
    ),
    OIDC.id: (
        ok("one_service_account", _role(_IRSA)),
        ok("accounts_of_one_namespace", _like("system:serviceaccount:shop:*")),
        ok("service", _role(_SERVICE)),
        ok(
            "cognito",
            _role({**_COGNITO, "Condition": {**_POOL, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}}),
        ),
        fail("cognito_without_signing_in", _role({**_COGNITO, "Condition": _POOL}), at=f"{_FIRST}.Condition"),
        ok("saml", _role({**_SERVICE, "Principal": _SAML, "Action": "sts:AssumeRoleWithSAML"})),
        fail("no_condition", _irsa({"Condition": OMITTED}), at=f"{_FIRST}.condition"),
        fail("audience_omitted", _irsa({_AUD: OMITTED}), at=f"{_FIRST}.Condition"),
        fail("subject_omitted", _irsa({_SUB: OMITTED}), at=f"{_FIRST}.Condition"),
        fail("every_service_account", _like("system:serviceaccount:*:*"), at=f"{_FIRST}.Condition"),
        fail("every_repository", _like("repo:*"), at=f"{_FIRST}.Condition"),
        fail("account_of_any_namespace", _like("system:serviceaccount:*:web"), at=f"{_FIRST}.Condition"),
        fail("repository_of_any_organisation", _like("repo:*/deploy:ref:refs/heads/main"), at=f"{_FIRST}.Condition"),
        fail("beginning_of_an_organisation", _like("repo:my-o*"), at=f"{_FIRST}.Condition"),
        fail("every_organisation", _like("organization:*:project:*"), at=f"{_FIRST}.Condition"),
        fail(
            "all_actions_but_one",
            _irsa({"Action": OMITTED, "NotAction": "sts:TagSession", "Condition": OMITTED}),
            at=f"{_FIRST}.condition",
        ),
        ok("repositories_of_one_organisation", _like("repo:my-organisation/*")),
        fail("every_subject", _like("*"), at=f"{_FIRST}.Condition"),
        fail(
            "only_if_the_claim_is_there",
            _irsa({_SUB: OMITTED, "Condition.StringEqualsIfExists": {f"{_ISSUER}:sub": "system:serviceaccount:a:b"}}),
            at=f"{_FIRST}.Condition",
        ),
        fail("every_action", _irsa({"Action": "sts:*", "Condition": OMITTED}), at=f"{_FIRST}.condition"),
        unknown("made_with_it", Item(type=ROLE, props={"assumeRolePolicy": UNKNOWN})),
    ),
}
