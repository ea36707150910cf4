"""Cases of trust.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.iam.permissions import ROLE
from policies.rules.iam.trust import COGNITO, NO_STAR, OIDC, WEB_IDENTITY

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
