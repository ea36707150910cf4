"""TLS of the load balancers that the AWS Load Balancer Controller makes for Ingresses and Services (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.exposure import AWS_ANNOTATION
from policies.guidelines.tls import INTERMEDIATE, PROFILE_SETTING
from policies.kernel.kinds import SERVICES, Kinds, Object
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.tls.listeners import policy_violations

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


def _balancers(resource: Resource) -> Iterator[Violation]:
    yield from resource.each(INGRESSES.objects(resource), lambda one: _ingress(resource, one))
    yield from resource.each(SERVICES.objects(resource), lambda one: _service(resource, one))


def of_alb(ingress: Object) -> bool:
    """Whether the AWS Load Balancer Controller serves an Ingress."""
    annotations, of_class = ingress.value.along("metadata", "annotations"), ingress.value["spec"]["ingressClassName"]
    annotated = any(key.startswith(PREFIX) for key in annotations.fields())
    return annotated or ALB in (of_class.text(), annotations[CLASS].text())


def _ingress(resource: Resource, ingress: Object) -> Iterator[Violation]:
    if not of_alb(ingress):
        return
    annotations = ingress.value.along("metadata", "annotations")
    with resource.isolate():
        if not ingress.patch or annotations[POLICY].present:
            yield from policy_violations(annotations[POLICY], resource.settings)
    if ingress.patch and not annotations[PORTS].present:
        return
    ports = annotations[PORTS]
    # Without ports, the certificate decides whether the listener uses 443 or 80.
    listened = {key for port in ports.document().items() for key in port.fields()} if ports.present else set()
    if not listened and not annotations[CERTIFICATE].present:
        yield violation(ports, "nothing (HTTP, in plain text)", '[{"HTTPS": 443}]')
    if "HTTP" in listened and not annotations[REDIRECT].present:
        yield violation(ports, "HTTP that answers in plain text", f"HTTPS, or {REDIRECT}")


def _service(resource: Resource, service: Object) -> Iterator[Violation]:
    annotations = service.value.along("metadata", "annotations")
    if annotations[SERVICE_CERTIFICATE].present or annotations[SERVICE_POLICY].present:
        yield from policy_violations(annotations[SERVICE_POLICY], resource.settings)


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
    settings={"profile": PROFILE_SETTING},
)

POLICIES: Final = (BALANCER_TLS,)
