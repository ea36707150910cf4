"""Cases of guard_rails.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.rbac.guard_rails import ACCOUNT_TOKEN, FAILS_CLOSED, KEPT, NO_LASTING_TOKEN, NODE_TOKEN, SPARED

ADMISSION: Final = "kubernetes:admissionregistration.k8s.io/v1"
POLICY, BINDING = f"{ADMISSION}:ValidatingAdmissionPolicy", f"{ADMISSION}:ValidatingAdmissionPolicyBinding"
VALIDATING, MUTATING = f"{ADMISSION}:ValidatingWebhookConfiguration", f"{ADMISSION}:MutatingWebhookConfiguration"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 - a type
_LABEL: Final = min(SPARED)


def _of(type_: str, **spec: Any) -> Item:
    return Item(type=type_, props={"metadata": {"name": "palisade-images"}, "spec": spec})


def _webhook(type_: str = VALIDATING, resource: str = "pods", **webhook: Any) -> Item:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    client = {"service": {"name": "web", "namespace": "shop"}}
    made = {"name": "a.example.org", "clientConfig": client, "rules": [rule], **webhook}
    return Item(type=type_, props={"metadata": {"name": "web"}, "webhooks": [made]})


def _namespace(**labels: Any) -> Item:
    return Item(type=NAMESPACE, props={"metadata": {"name": "shop", "labels": labels}})


def _secret(type_: Any) -> Item:
    return Item(type=SECRET, props={"metadata": {"name": "token"}, "type": type_})


CASES: dict[str, tuple[Case, ...]] = {
    KEPT.id: (
        ok("rule_of_its_own", _of(POLICY, failurePolicy="Fail")),
        ok("binding_of_its_own", _of(BINDING, policyName="team", validationActions=["Deny"])),
        ok("webhook_for_pods", _webhook()),
        ok("namespace", _namespace(team="shop")),
        fail("rule_that_ignores", _of(POLICY, failurePolicy="Ignore"), at="spec.failurePolicy"),
        fail("rule_patched", _of(f"{POLICY}Patch", failurePolicy="Fail"), at="(resource)"),
        fail("binding_patched", _of(f"{BINDING}Patch", validationActions=["Warn"]), at="(resource)"),
        fail("webhook_patched", _webhook(f"{VALIDATING}Patch"), at="(resource)"),
        fail("secrets_shown", _webhook(MUTATING, "secrets"), at="webhooks[0].rules[0].resources"),
        fail("everything_shown", _webhook(VALIDATING, "*/*"), at="webhooks[0].rules[0].resources"),
        fail(
            "server_outside",
            _webhook(clientConfig={"url": "https://hooks.example.org"}),
            at="webhooks[0].clientConfig.url",
        ),
        fail("namespace_spared", _namespace(**{_LABEL: "true"}), at=f'metadata.labels["{_LABEL}"]'),
        unknown("decided_later", _of(POLICY, failurePolicy=UNKNOWN)),
    ),
    FAILS_CLOSED.id: (
        ok("by_default", _webhook()),
        ok("closed", _webhook(failurePolicy="Fail")),
        fail("open", _webhook(failurePolicy="Ignore"), at="webhooks[0].failurePolicy"),
        unknown("decided_later", _webhook(failurePolicy=UNKNOWN)),
    ),
    NO_LASTING_TOKEN.id: (
        ok("certificate", _secret("kubernetes.io/tls")),
        ok("nothing_said", _secret(None)),
        fail("token", _secret(ACCOUNT_TOKEN), at="type"),
        fail("node_token", _secret(NODE_TOKEN), at="type"),
        unknown("decided_later", _secret(UNKNOWN)),
    ),
}
