"""What the API server refuses, whoever asks: the pack's Kubernetes rules for what does not come through Pulumi."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.baseline.admission.behind_router import BEHIND_ROUTER
from components.baseline.admission.images import images
from components.baseline.admission.namespaces import NAMESPACES
from components.baseline.admission.pods import POD_SECURITY
from components.baseline.admission.registration import REGISTRATION
from components.baseline.admission.routes import ROUTES
from components.baseline.admission.rule import Rule, make_rule
from components.baseline.admission.services import SERVICES
from components.baseline.admission.whitelist import whitelist
from policies.guidelines.images import REGISTRIES


def rules(*, registries: Sequence[str] = REGISTRIES, allow_wide_whitelist: bool = False) -> tuple[Rule, ...]:
    """All rules.

    Args:
        registries: where images may come from; * and ? are wildcards.
        allow_wide_whitelist: see `cidr.whitelist_faults`.
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
    )


RULE_IDS: Final = tuple(rule.id for rule in rules())
RULES_WITHOUT_EXEMPTIONS: Final = frozenset(
    {REGISTRATION.id, whitelist(allow_wide=False).id, ROUTES.id, BEHIND_ROUTER.id}
)
"""Nobody may open Deis, whatever the reason."""

__all__ = ["RULES_WITHOUT_EXEMPTIONS", "RULE_IDS", "Rule", "make_rule", "rules"]
