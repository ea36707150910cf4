"""Admission rules: the pack's Kubernetes rules, enforced by the API server for every client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.baseline.admission.behind_router import BEHIND_ROUTER
from components.baseline.admission.certificates import certificates
from components.baseline.admission.deis_accounts import APPLICATION_NAMESPACES, DEIS_ACCOUNTS
from components.baseline.admission.images import images
from components.baseline.admission.namespaces import NAMESPACES
from components.baseline.admission.pods import POD_SECURITY
from components.baseline.admission.registration import REGISTRATION
from components.baseline.admission.rights import BINDINGS, ROLES
from components.baseline.admission.routes import ROUTES
from components.baseline.admission.rule import Rule, make_rule
from components.baseline.admission.services import SERVICES
from components.baseline.admission.storage import VOLUMES
from components.baseline.admission.system import PRIORITIES, SHELLS, SYSTEM
from components.baseline.admission.tokens import TOKENS
from components.baseline.admission.webhooks import WEBHOOKS
from components.baseline.admission.whitelist import whitelist
from policies.guidelines.images import REGISTRIES


def rules(
    *,
    registries: Sequence[str] = REGISTRIES,
    allow_wide_whitelist: bool = False,
    application_certificates: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """All rules.

    Args:
        registries: allowed image sources; * and ? are wildcards.
        allow_wide_whitelist: see `cidr.whitelist_faults`.
        application_certificates: names of the certificates that applications of Deis may attach.
    """
    return (
        images(registries),
        POD_SECURITY,
        SERVICES,
        NAMESPACES,
        REGISTRATION,
        whitelist(allow_wide=allow_wide_whitelist),
        ROUTES,
        BEHIND_ROUTER,
        certificates(application_certificates),
        DEIS_ACCOUNTS,
        APPLICATION_NAMESPACES,
        TOKENS,
        SYSTEM,
        SHELLS,
        PRIORITIES,
        ROLES,
        BINDINGS,
        VOLUMES,
        WEBHOOKS,
    )


RULE_IDS: Final = tuple(rule.id for rule in rules())
RULES_WITHOUT_EXEMPTIONS: Final = {
    rule.id: rule.requirement
    for rule in (
        REGISTRATION,
        whitelist(allow_wide=False),
        ROUTES,
        BEHIND_ROUTER,
        certificates(()),
        DEIS_ACCOUNTS,
    )
}
"""Rule -> its requirement. Nobody may open Deis, or act as it elsewhere, whatever the reason."""

__all__ = ["RULES_WITHOUT_EXEMPTIONS", "RULE_IDS", "Rule", "make_rule", "rules"]
