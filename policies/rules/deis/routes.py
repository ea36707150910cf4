"""Routes of Deis's router: no other Service with the controller's name, no nginx configuration (DEIS-WL).

Every Service labelled as routable is added to the router, with its annotations. A Service with the controller's name
would receive passwords; an annotation that the router does not check could bypass the whitelist.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.guidelines.deis import (
    ANNOTATION_PREFIX,
    CONTROLLER,
    CONTROLLER_DOMAIN,
    DOMAINS_ANNOTATION,
    NAMESPACE,
    SERVICE_ANNOTATIONS,
    is_controllers_name,
)
from policies.kernel.kinds import SERVICES, Object
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value


def _routes(resource: Resource) -> Iterator[Violation]:
    for service in SERVICES.objects(resource):
        with resource.isolate():
            annotations = service.value.along("metadata", "annotations")
            yield from _unchecked(annotations)
            yield from _taken(service, annotations[DOMAINS_ANNOTATION])


def _unchecked(annotations: Value) -> Iterator[Violation]:
    for key, value in annotations.fields().items():
        if key.startswith(ANNOTATION_PREFIX) and key not in SERVICE_ANNOTATIONS:
            yield violation(value, "text that nginx gets as it is", "no annotation that the router does not check")


def _taken(service: Object, domains: Value) -> Iterator[Violation]:
    text = domains.text() or ""
    if not any(is_controllers_name(one) for one in text.split(",")):
        return
    if (service.namespace.text(), service.name.text()) != (NAMESPACE, CONTROLLER):
        yield violation(domains, text, f"no name of the controller's ({CONTROLLER_DOMAIN}, {CONTROLLER_DOMAIN}.*)")


ROUTES = Policy(
    id="deis-routes",
    requirement="DEIS-WL",
    types=SERVICES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No Service takes the name of Deis's controller, or writes into its router's configuration.",
    fix=f"give it a name of its own in {DOMAINS_ANNOTATION}, and of {ANNOTATION_PREFIX}* only what applications need",
    rule=_routes,
)

POLICIES = (ROUTES,)
