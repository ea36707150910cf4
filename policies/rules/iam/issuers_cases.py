"""Cases of issuers.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.resources import ADDON, NATIVE_CLUSTER, cluster
from policies.rules.iam.issuers import ASSOCIATION, LISTED, OWN_ACCOUNT, OWN_CLUSTER, PROVIDER, SAML
from policies.rules.iam.permissions import ROLE
from policies.rules.iam.trust import COGNITO, WEB_IDENTITY

_EKS: Final = "oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
_DUAL_STACK: Final = _EKS.replace("oidc.eks.", "oidc-eks.").replace("amazonaws.com", "api.aws")
_GITHUB: Final = "token.actions.githubusercontent.com"
_EVIL: Final = "login.example.org"
_FIRST: Final = "assumeRolePolicy.Statement[0]"
_PRINCIPAL: Final = f"{_FIRST}.Principal.Federated"


def provider(url: Any, **more: Any) -> Item:
    """An OpenID provider of an account."""
    return Item(type=PROVIDER, name="oidc", props={"url": url, "clientIdLists": ["sts.amazonaws.com"]}, **more)


def role(issuer: str, subject: str = "system:serviceaccount:shop:web", operator: str = "StringEquals") -> Item:
    """A role for the subject of an issuer."""
    federated = f"arn:aws:iam::123456789012:oidc-provider/{issuer}" if issuer != COGNITO else issuer
    tests = {f"{issuer}:sub": subject, f"{issuer}:aud": "sts.amazonaws.com"}
    said = {
        "Effect": "Allow",
        "Principal": {"Federated": federated},
        "Action": WEB_IDENTITY,
        "Condition": {operator: tests},
    }
    return Item(type=ROLE, props={"assumeRolePolicy": json.dumps({"Statement": [said]})})


def association(account: Any) -> Item:
    """A role for a service account, by Pod Identity."""
    props = {"clusterName": "palisade", "namespace": "shop", "serviceAccount": account, "roleArn": "arn:role"}
    return Item(type=ASSOCIATION, props=props)


def _addon(account: str) -> Item:
    associations = [{"serviceAccount": account, "roleArn": "arn:role"}]
    return Item(type=ADDON, props={"addonName": "aws-ebs-csi-driver", "podIdentityAssociations": associations})


def _saml(entity: str) -> Item:
    document = f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">'
    return Item(type=SAML, props={"name": "office", "samlMetadataDocument": document})


_CLUSTER: Final = cluster({"identities": [{"oidcs": [{"issuer": f"https://{_EKS}"}]}]})
_NATIVE: Final = Item(type=NATIVE_CLUSTER, props={"openIdConnectIssuerUrl": f"https://{_EKS}"})

CASES: dict[str, tuple[Case, ...]] = {
    LISTED.id: (
        ok("cluster", provider(f"https://{_EKS}")),
        ok("role_of_a_cluster", role(_EKS)),
        ok("people_of_cognito", role(COGNITO)),
        ok("listed", provider(f"https://{_GITHUB}"), settings={"issuers": [_GITHUB]}),
        ok("role_of_a_listed_one", role(_GITHUB, "repo:acme/shop:*"), settings={"issuers": [_GITHUB]}),
        ok("one_organisation's", role(f"{_GITHUB}/acme", "repo:acme/x"), settings={"issuers": [f"{_GITHUB}/acme"]}),
        ok("tenants_of_a_listed_host", provider(f"https://{_EVIL}/a"), settings={"issuers": [f"{_EVIL}/*"]}),
        ok(
            "service",
            Item(
                type=ROLE,
                props={
                    "assumeRolePolicy": {
                        "Statement": {
                            "Effect": "Allow",
                            "Principal": {"Service": "ec2.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    }
                },
            ),
        ),
        fail("anybody's", provider(f"https://{_EVIL}"), at="url"),
        fail("role_of_anybody's", role(_EVIL), at=_PRINCIPAL),
        ok("listed_saml", _saml(f"https://{_EVIL}/x"), settings={"issuers": [f"{_EVIL}/x"]}),
        fail("saml_of_anybody", _saml(f"https://{_EVIL}/x"), at="samlMetadataDocument"),
        fail("saml_of_no_name", Item(type=SAML, props={"samlMetadataDocument": "<x/>"}), at="samlMetadataDocument"),
        fail("not_listed", provider(f"https://{_GITHUB}"), at="url"),
        fail("looks_like_a_cluster", provider(f"https://{_EKS}.example.org/id/1"), at="url"),
        fail("host_before_a_cluster", provider(f"https://example.org/{_EKS}"), at="url"),
        unknown("decided_later", provider(UNKNOWN)),
    ),
    OWN_CLUSTER.id: (
        ok("own_cluster", _CLUSTER, provider(f"https://{_EKS}")),
        ok("own_native_cluster", _NATIVE, provider(f"https://{_EKS}")),
        ok("dual_stack_name", _CLUSTER, provider(f"https://{_DUAL_STACK}")),
        ok("made_with_it", _CLUSTER, provider(UNKNOWN, depends_on={"url": ["it"]})),
        ok("listed", provider(f"https://{_EKS}"), settings={"issuers": [_EKS]}),
        ok("refused_by_its_own_policy", provider(f"https://{_EVIL}")),
        fail("somebody's", provider(f"https://{_EKS}"), at="url"),
        fail("beside_another", cluster({}), provider(f"https://{_EKS}"), at="url"),
        unknown("decided_later", provider(UNKNOWN)),
    ),
    OWN_ACCOUNT.id: (
        ok("named", association("web")),
        ok("addon's", _addon("ebs-csi-controller-sa")),
        ok("role", role(_EKS)),
        ok("beginning_of_names", role(_EKS, "system:serviceaccount:shop:web-*", "StringLike")),
        fail("default", association("default"), at="serviceAccount"),
        fail("addon's_default", _addon("default"), at="podIdentityAssociations[0].serviceAccount"),
        fail("role_of_default", role(_EKS, "system:serviceaccount:shop:default"), at=f"{_FIRST}.Condition"),
        fail(
            "role_of_every_account",
            role(_EKS, "system:serviceaccount:shop:*", "StringLike"),
            at=f"{_FIRST}.Condition",
        ),
        unknown("decided_later", association(UNKNOWN)),
    ),
}
