"""TLS settings of Deis's router, whose defaults include TLS 1.0, CBC suites and plain HTTP (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import NGINX_PREFIX, ROUTER
from policies.guidelines.tls import INTERMEDIATE
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.deis.charts import CHARTS, is_deis, named, told
from policies.rules.deis.whitelist import ROUTERS, OrCharts

SPOKEN: Final = {
    f"{NGINX_PREFIX}ssl.enforce": (None, ("true",)),
    f"{NGINX_PREFIX}ssl.protocols": (None, INTERMEDIATE.protocols),
    f"{NGINX_PREFIX}ssl.ciphers": (":", (*INTERMEDIATE.tls12_suites, *INTERMEDIATE.tls13_suites)),
}
"""Annotation -> what parts its words, None for spaces, and the words that it may hold."""


def _spoken(value: Value, key: str) -> Iterator[Violation]:
    sign, allowed = SPOKEN[key]
    words = (value.text() or "").split(sign)
    strange = [word for word in words if word not in allowed]
    if strange or not words:
        found = ", ".join(strange) or "nothing (the router's own default)"
        yield violation(value, found, f"{' or '.join(allowed)}, and nothing else")


def _judged(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        for key in SPOKEN if is_deis(resource) else ():
            with resource.isolate():
                place, said = told(resource, "router", "deployment_annotations", key)
                for value in said or [place]:
                    yield from _spoken(value, key)
        return
    for router in named(ROUTERS.objects(resource), ROUTER):
        for key in SPOKEN:
            with resource.isolate():
                value = router.value.along("metadata", "annotations", key)
                if not router.patch or not value.missing:
                    yield from _spoken(value, key)


ROUTER_TLS: Final = Policy(
    id="router-tls-modern",
    requirement="TLS-CFG",
    types=OrCharts(ROUTERS),
    level=MANDATORY,
    severity=HIGH,
    description="Deis's router speaks TLS by the guide's modern or intermediate profile, and nothing in plain text.",
    fix=f"annotate the Deployment {ROUTER} with {', '.join(SPOKEN)}; "
    "of a chart, router.deployment_annotations in values",
    rule=_judged,
)

POLICIES: Final = (ROUTER_TLS,)
