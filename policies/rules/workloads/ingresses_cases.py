"""Cases of ingresses.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.workloads.ingresses import SNIPPETS, TLS


def _ingress(changes: dict[Any, Any] | None = None) -> Item:
    made = {
        "metadata": {"name": "web", "namespace": "shop", "annotations": {}},
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{"hosts": ["shop.example.org"], "secretName": "web"}],
            "rules": [{"host": "shop.example.org"}],
        },
    }
    return Item(type="kubernetes:networking.k8s.io/v1:Ingress", props=changed(made, changes or {}))


def _annotated(key: str, value: Any = "return 200;") -> Item:
    return _ingress({("metadata", "annotations", key): value})


def _at(key: str) -> str:
    return f'metadata.annotations["{key}"]'


_SNIPPETS = (
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.org/server-snippets",
    "haproxy.org/backend-config-snippet",
    "haproxy-ingress.github.io/config-backend",
)

CASES: dict[str, tuple[Case, ...]] = {
    TLS.id: (
        ok("tls_and_host", _ingress()),
        ok("of_aws", _ingress({"spec.ingressClassName": "alb", "spec.tls": OMITTED})),
        fail("plain_text", _ingress({"spec.tls": OMITTED}), at="spec.tls"),
        fail("every_host", _ingress({"spec.rules.0.host": OMITTED}), at="spec.rules[0].host"),
        fail("wildcard", _ingress({"spec.rules.0.host": "*.example.org"}), at="spec.rules[0].host"),
        unknown("decided_later", _ingress({"spec.rules.0.host": UNKNOWN})),
    ),
    SNIPPETS.id: (
        ok("none", _ingress()),
        ok("setting", _annotated("nginx.ingress.kubernetes.io/proxy-body-size", "8m")),
        *(fail(key.replace("/", "_"), _annotated(key), at=_at(key)) for key in _SNIPPETS),
        fail("whatever_it_says", _annotated(_SNIPPETS[0], UNKNOWN), at=_at(_SNIPPETS[0])),
        unknown("annotations_decided_later", _ingress({"metadata.annotations": UNKNOWN})),
    ),
}
