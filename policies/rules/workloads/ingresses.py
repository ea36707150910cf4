"""Policies about Ingresses of any controller: TLS, named hosts, and no configuration as text (TLS-CFG, INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, HIGH, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.workloads.balancer_tls import INGRESSES, of_alb

SNIPPET: Final = re.compile(r"snippets?$|(^|-)lua(-|$)|^(config-(backend|global|frontend|proxy|tcp|sections))$")
"""Names of annotations whose text controllers put into their proxy's configuration: those of ingress-nginx and NGINX
(server-snippet, location-snippets), HAProxy (backend-config-snippet, config-backend); read on 2026-11-28."""


def _tls(resource: Resource) -> Iterator[Violation]:
    for ingress in INGRESSES.objects(resource):
        spec = ingress.value["spec"]
        with resource.isolate():
            # Another policy evaluates TLS of AWS load balancers; their Ingresses have no section for it.
            if not ingress.patch and not of_alb(ingress) and not spec["tls"].items():
                yield violation(spec["tls"], "nothing (HTTP, in plain text)", "the Secret of a certificate")
        for rule in spec["rules"].items():
            with resource.isolate():
                host = rule["host"].text() or ""
                if not host or "*" in host:
                    yield violation(rule["host"], host or "nothing (every host)", "the name of a host")


TLS = Policy(
    id="ingress-tls-set",
    requirement="TLS-CFG",
    types=INGRESSES,
    level=ADVISORY,
    severity=MEDIUM,
    description="An Ingress has a certificate, and answers to named hosts only.",
    fix="name the hosts in rules, and a Secret with their certificate in tls",
    rule=_tls,
)


def _snippets(resource: Resource) -> Iterator[Violation]:
    for ingress in INGRESSES.objects(resource):
        with resource.isolate():
            for key, value in ingress.value.along("metadata", "annotations").fields().items():
                _, slash, name = key.rpartition("/")
                if slash and SNIPPET.search(name) and not value.missing:
                    yield violation(value, "text for the proxy's configuration", "the controller's own settings")


SNIPPETS = Policy(
    id="ingress-no-snippets",
    requirement="INH-4",
    types=INGRESSES,
    level=ADVISORY,
    severity=HIGH,
    description="No Ingress writes into its controller's configuration, which can read every Secret (CVE-2021-25742).",
    fix="use an annotation or a resource of the controller for it, and switch snippets off",
    rule=_snippets,
)

POLICIES = (TLS, SNIPPETS)
