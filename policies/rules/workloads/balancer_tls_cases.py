"""Cases of balancer_tls.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.exposure import AWS_ANNOTATION
from policies.guidelines.tls import INTERMEDIATE
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.workloads.balancer_tls import (
    ALB,
    BALANCER_TLS,
    CERTIFICATE,
    CLASS,
    POLICY,
    PORTS,
    PREFIX,
    REDIRECT,
    SERVICE_POLICY,
)

_BOTH: Final = '[{"HTTP": 80}, {"HTTPS": 443}]'
_SAFE: Final = {POLICY: INTERMEDIATE.load_balancer_policy, PORTS: _BOTH, REDIRECT: "443"}


def _on(key: str) -> tuple[str, ...]:
    return ("metadata", "annotations", key)


def _at(key: str) -> str:
    return f'metadata.annotations["{key}"]'


def _item(changes: dict[Any, Any] | None = None, wrapper: str = "") -> Item:
    made = {"metadata": {"name": "web", "namespace": "shop", "annotations": _SAFE}, "spec": {"ingressClassName": ALB}}
    return Item(type=f"kubernetes:networking.k8s.io/v1:Ingress{wrapper}", props=changed(made, changes or {}))


def _of_service(**annotations: str) -> Item:
    given = {f"{AWS_ANNOTATION}aws-load-balancer-{key.replace('_', '-')}": text for key, text in annotations.items()}
    return Item(type="kubernetes:core/v1:Service", props={"metadata": {"name": "web", "annotations": given}})


_NONE: Final = "metadata.annotations"

CASES: dict[str, tuple[Case, ...]] = {
    BALANCER_TLS.id: (
        ok("https_and_a_redirect", _item()),
        ok("https_by_its_certificate", _item({_on(PORTS): OMITTED, _on(CERTIFICATE): "arn:aws:acm:e:1:certificate/c"})),
        ok("of_another_controller", _item({_NONE: OMITTED, "spec.ingressClassName": "nginx"})),
        ok("patch_of_something_else", _item({_NONE: {f"{PREFIX}tags": "team=web"}}, "Patch")),
        ok("service", _of_service(ssl_cert="arn", ssl_negotiation_policy=INTERMEDIATE.load_balancer_policy)),
        ok("service_that_passes_tls_through", _of_service(type="external")),
        fail("policy_omitted", _item({_on(POLICY): OMITTED}), at=_at(POLICY)),
        fail("policy_of_2016", _item({_on(POLICY): "ELBSecurityPolicy-2016-08"}), at=_at(POLICY)),
        fail("by_its_old_class", _item({_NONE: {CLASS: ALB}, "spec": {}}), at=_at(POLICY)),
        fail("plain_text_by_default", _item({_on(PORTS): OMITTED}), at=_at(PORTS)),
        fail("plain_text_besides", _item({_on(REDIRECT): OMITTED}), at=_at(PORTS)),
        fail("ports_that_are_none", _item({_on(PORTS): "443"}), at=_at(PORTS)),
        fail("patch", _item({_NONE: {POLICY: "ELBSecurityPolicy-2016-08"}}, "Patch"), at=_at(POLICY)),
        fail("service_by_default", _of_service(ssl_cert="arn"), at=_at(SERVICE_POLICY)),
        unknown("decided_later", _item({_on(POLICY): UNKNOWN})),
    ),
}
