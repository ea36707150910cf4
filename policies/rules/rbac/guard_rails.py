"""Policies about the cluster's guard rails: no stack weakens them, or uses them to read protected data (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.rbac import STAR
from policies.kernel.kinds import NAMESPACES, SECRETS, Kinds, Object
from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import WHOLE, Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.rbac.rights import texts

_ADMISSION: Final = frozenset({"admissionregistration.k8s.io"})
VALIDATING: Final = Kinds({"ValidatingWebhookConfiguration": _ADMISSION})
WEBHOOKS: Final = VALIDATING | Kinds({"MutatingWebhookConfiguration": _ADMISSION})
RULES: Final = Kinds(dict.fromkeys(("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"), _ADMISSION))
DEFINITIONS: Final = Kinds({"CustomResourceDefinition": frozenset({"apiextensions.k8s.io"})})
IGNORE: Final = "Ignore"
SPARED: Final = frozenset({"admission.gatekeeper.sh/ignore"})
"""Labels by which a webhook leaves a namespace alone (open-policy-agent/gatekeeper, exempt-namespaces.md)."""
ACCOUNT_TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secrets
NODE_TOKEN: Final = "bootstrap.kubernetes.io/token"  # noqa: S105 - a type of Secrets
_SHOWS: Final = frozenset({STAR, "*/*", "secrets", "secrets/*"})
"""How a webhook's rule names Secrets."""


def _kept(resource: Resource) -> Iterator[Violation]:
    for kinds in (RULES, WEBHOOKS):
        yield from resource.each(kinds.objects(resource), _whole)
    yield from resource.each((one.value["spec"]["failurePolicy"] for one in RULES.objects(resource)), _ignores)
    for configuration in WEBHOOKS.objects(resource):
        with resource.isolate():
            yield from resource.each(configuration.value["webhooks"].items(), _shown)
    yield from resource.each(NAMESPACES.objects(resource), _spared)
    for definition in DEFINITIONS.objects(resource):
        with resource.isolate():
            yield from _outside(definition.value.along("spec", "conversion", "webhook", "clientConfig"))


def _whole(one: Object) -> Iterator[Violation]:
    if one.patch:
        yield violation(WHOLE, f"a change of another stack's {one.kind}", "an object of its own")


def _shown(webhook: Value) -> Iterator[Violation]:
    """Requests sent to a webhook leave the API server, with their whole content."""
    yield from _outside(webhook["clientConfig"])
    for rule in webhook["rules"].items():
        if texts(rule["apiGroups"]) & {"", STAR} and texts(rule["resources"]) & _SHOWS:
            yield violation(rule["resources"], "Secrets among what it is shown", "the resources that it judges")


def _outside(client: Value) -> Iterator[Violation]:
    if client["url"].text():
        yield violation(client["url"], "an address outside the cluster", "a Service")


def _spared(namespace: Object) -> Iterator[Violation]:
    labels = namespace.value.along("metadata", "labels").fields()
    for name in sorted(SPARED & labels.keys()):
        yield violation(labels[name], "a label by which a guard rail leaves the namespace alone", "no such label")


KEPT = Policy(
    id="cluster-guard-rails-kept",
    requirement="INH-4",
    types=RULES | WEBHOOKS | NAMESPACES | DEFINITIONS,
    level=MANDATORY,
    severity=CRITICAL,
    description="No stack changes another's admission rules and webhooks, opens one, or is shown Secrets by one.",
    fix="make admission rules of your own, which fail closed; let webhooks name the resources that they judge",
    rule=_kept,
)


def _fails_closed(resource: Resource) -> Iterator[Violation]:
    for configuration in VALIDATING.objects(resource):
        with resource.isolate():
            yield from resource.each(
                (one["failurePolicy"] for one in configuration.value["webhooks"].items()), _ignores
            )


def _ignores(value: Value) -> Iterator[Violation]:
    if value.text() == IGNORE:
        yield violation(value, IGNORE, "Fail")


FAILS_CLOSED = Policy(
    id="webhook-fails-closed",
    requirement="INH-4",
    types=VALIDATING,
    level=ADVISORY,
    severity=MEDIUM,
    description="What a webhook judges waits for it, also while it is down.",
    fix="leave failurePolicy out (Fail), and run two replicas of the webhook",
    rule=_fails_closed,
)


def _no_lasting_token(resource: Resource) -> Iterator[Violation]:
    for secret in SECRETS.objects(resource):
        kind = secret.value["type"]
        if kind.text() == ACCOUNT_TOKEN:
            yield violation(kind, ACCOUNT_TOKEN, "a token that ends, which a pod gets by its service account")
        elif kind.text() == NODE_TOKEN:
            yield violation(kind, NODE_TOKEN, "a node's role: nodes of EKS join by theirs")


NO_LASTING_TOKEN = Policy(
    id="no-lasting-token",
    requirement="INH-4",
    types=SECRETS,
    level=MANDATORY,
    severity=HIGH,
    description="No Secret holds a service account's token, which never expires, or a token with which nodes join.",
    fix="mount a projected token, or ask for one with `kubectl create token`",
    rule=_no_lasting_token,
)

POLICIES = (KEPT, FAILS_CLOSED, NO_LASTING_TOKEN)
