"""Only the kubelet, for pods, and Kubernetes itself create tokens of service accounts (INH-4).

Otherwise, write access to Secrets would give a token, without expiry, of any account of the namespace. A client
certificate would be another way to use any name.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, literal, of
from components.baseline.admission.writers import IS_SYSTEM

TOKEN_SECRET: Final = "kubernetes.io/service-account-token"  # noqa: S105 (the name of a type)

CLIENT_SIGNERS: Final = (
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/legacy-unknown",
)
"""Whose certificates name a user of the API, any but those of system:masters (kubernetes v1.35,
plugin/pkg/admission/certificates/subjectrestriction; read 2026-11-28)."""

TOKENS: Final = Rule(
    id="service-account-tokens",
    requirement="INH-4",
    policies=(),
    resources={"": ["secrets", "serviceaccounts/token"], "certificates.k8s.io": ["certificatesigningrequests"]},
    unless={"system": IS_SYSTEM},
    reads=(
        lambda it: of(it, "type"),
        lambda it: of(it, "metadata", "annotations"),
        lambda it: of(it, "spec", "signerName"),
    ),
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
        Check(
            holds=f"!({of('object', 'spec', 'signerName')}.orValue('') in {literal(CLIENT_SIGNERS)})",
            message="nobody has a certificate by which the API takes them for somebody: people come through AWS",
        ),
    ),
)
