"""Tokens of service accounts are made by the kubelet for pods, and by Kubernetes for itself (INH-4).

Who may write a Secret could otherwise have a token of any account of its namespace, one that does not expire.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, of
from components.baseline.admission.writers import IS_SYSTEM

TOKEN_SECRET: Final = "kubernetes.io/service-account-token"  # noqa: S105 (the name of a type)

TOKENS: Final = Rule(
    id="service-account-tokens",
    requirement="INH-4",
    policies=(),
    resources={"": ["secrets", "serviceaccounts/token"]},
    unless={"system": IS_SYSTEM},
    reads=(lambda it: of(it, "type"), lambda it: of(it, "metadata", "annotations")),
    checks=(
        Check(
            holds=f"request.resource.resource != 'secrets' || {of('object', 'type')}.orValue('') != '{TOKEN_SECRET}'",
            message="no Secret holds a service account's token; a pod of the account has one",
        ),
        Check(
            holds="request.resource.resource != 'serviceaccounts'",
            message="nobody takes a service account's token but the kubelet, for the account's pods",
            found="request.namespace + '/' + request.name",
        ),
    ),
)
