"""TLS of the load balancers that the AWS Load Balancer Controller makes for Ingresses and Services (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.guidelines.exposure import AWS_ANNOTATION
from policies.guidelines.tls import INTERMEDIATE, LOAD_BALANCER_POLICIES
from policies.judged import Resource, Violation, breach
from policies.kinds import SERVICES, Kinds, Object
from policies.policy import HIGH, MANDATORY, Policy
from policies.values import Value

INGRESSES: Final = Kinds({"Ingress": frozenset({"networking.k8s.io", "extensions"})})
PREFIX: Final = "alb.ingress.kubernetes.io/"
POLICY: Final = f"{PREFIX}ssl-policy"
PORTS: Final = f"{PREFIX}listen-ports"
CERTIFICATE: Final = f"{PREFIX}certificate-arn"
REDIRECT: Final = f"{PREFIX}ssl-redirect"
CLASS: Final = "kubernetes.io/ingress.class"
ALB: Final = "alb"
SERVICE_CERTIFICATE: Final = f"{AWS_ANNOTATION}aws-load-balancer-ssl-cert"
SERVICE_POLICY: Final = f"{AWS_ANNOTATION}aws-load-balancer-ssl-negotiation-policy"


def _policy(value: Value) -> Iterator[Violation]:
    if value.text() not in LOAD_BALANCER_POLICIES:
        yield breach(value, value.text() or "nothing (a policy of 2016)", " or ".join(sorted(LOAD_BALANCER_POLICIES)))


def _balancers(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(INGRESSES.objects(resource), lambda one: _ingress(resource, one))
    yield from resource.each(SERVICES.objects(resource), _service)


def _ingress(resource: Resource, ingress: Object) -> Iterator[Violation]:
    annotations, of_class = (
        ingress.value.along("metadata", "annotations"),
        ingress.value.along("spec", "ingressClassName"),
    )
    of_alb = any(key.startswith(PREFIX) for key in annotations.fields())
    if not of_alb and ALB not in (of_class.text(), annotations[CLASS].text()):
        return
    with resource.apart():
        if not ingress.patch or annotations[POLICY].present:
            yield from _policy(annotations[POLICY])
    if ingress.patch and not annotations[PORTS].present:
        return
    ports = annotations[PORTS]
    # Without ports, the certificate decides whether 443 or 80 is listened on.
    listened = {key for port in ports.document().items() for key in port.fields()} if ports.present else set()
    if not listened and not annotations[CERTIFICATE].present:
        yield breach(ports, "nothing (HTTP, in plain text)", '[{"HTTPS": 443}]')
    if "HTTP" in listened and not annotations[REDIRECT].present:
        yield breach(ports, "HTTP that answers in plain text", f"HTTPS, or {REDIRECT}")


def _service(service: Object) -> Iterator[Violation]:
    annotations = service.value.along("metadata", "annotations")
    if annotations[SERVICE_CERTIFICATE].present or annotations[SERVICE_POLICY].present:
        yield from _policy(annotations[SERVICE_POLICY])


BALANCER_TLS: Final = Policy(
    id="ingress-tls-modern",
    requirement="TLS-CFG",
    types=INGRESSES | SERVICES,
    level=MANDATORY,
    severity=HIGH,
    description="A load balancer that an Ingress or a Service asks AWS for speaks TLS by the guide's profiles.",
    fix=f"annotate an Ingress with {POLICY}: {INTERMEDIATE.load_balancer_policy}, {PORTS} and {REDIRECT}, "
    f"a Service with {SERVICE_POLICY}",
    rule=_balancers,
)

POLICIES: Final = (BALANCER_TLS,)

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
