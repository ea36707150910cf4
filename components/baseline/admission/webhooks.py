"""Webhooks receive the objects they match: no Secrets, no tokens, and no webhooks outside the cluster (INH-4)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, literal, of
from components.baseline.admission.writers import IS_SYSTEM

SENSITIVE: Final = ("secrets", "serviceaccounts/token", "tokenreviews")

WEBHOOKS: Final = Rule(
    id="webhooks",
    requirement="INH-4",
    policies=(),
    resources={"admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]},
    reads=(lambda it: of(it, "webhooks"),),
    unless={"system": IS_SYSTEM},
    variables={
        "webhooks": f"{of('object', 'webhooks')}.orValue([])",
        "outside": "variables.webhooks.filter(w, has(w.clientConfig.url))",
        # In an API group of the operator's own, * covers only that group's resources.
        "curious": "variables.webhooks.filter(w, w.?rules.orValue([]).exists(r, r.?apiGroups.orValue([])"
        ".exists(g, g in ['', '*', 'authentication.k8s.io']) && r.?resources.orValue([])"
        f".exists(n, n in {literal(SENSITIVE)} || n in ['*', '*/*', 'serviceaccounts/*', '*/token'])))",
    },
    checks=(
        Check(
            holds="variables.outside.size() == 0",
            message="a webhook is a Service of the cluster: nothing that is written leaves it",
            found="variables.outside.map(w, string(w.name)).join(', ')",
        ),
        Check(
            holds="variables.curious.size() == 0",
            message=f"a webhook names the resources that it is for, and none of {', '.join(SENSITIVE)}",
            found="variables.curious.map(w, string(w.name)).join(', ')",
        ),
    ),
)
