"""Settings of automation principals: CI and other programs that use the cluster (VPN-MFA)."""

from __future__ import annotations

from components.automation import AutomationPrincipal, AutomationRole
from components.settings.base import Section


class AutomationSettings(Section):
    """An entry of `palisade:automation`."""

    name: str
    principal_arn: str
    """ARN of the IAM role that the automation assumes."""
    role: AutomationRole
    runner_security_group_id: str | None = None
    allow_shared_role: bool = False

    def to_args(self) -> AutomationPrincipal:
        """The principal as an argument of the components."""
        return AutomationPrincipal(**self.model_dump())
