"""Settings of what an account has once (AWS-MFA, AWS-TRAIL, AWS-S3)."""

from __future__ import annotations

from typing import Any

from components.account import AccountArgs
from components.account.detection import AccessAnalyzer, GuardDuty
from components.settings.base import Section


class AccountSettings(Section):
    """`palisade:account`."""

    manage: bool = True
    """False: another stack or the organisation owns the account-wide settings."""
    trail_bucket: str | None = None
    """An existing bucket that takes the trail: in a separate account, or the one that an earlier stack retained. None:
    one is created here (AWS-TRAIL)."""
    deployer_has_mfa: bool = False
    """The listed IAM user who runs the first update signs with a session that has a second factor (AWS-MFA)."""
    guardduty: GuardDuty = "create"
    """`existing`: a detector of this account is there, and gets the EKS features. `organization`: its administrator
    decides about them, so nothing of GuardDuty is made here; findings are heard all the same."""
    access_analyzer: AccessAnalyzer = "create"
    """`existing`: the account has an Access Analyzer already; AWS takes no second of its kind."""

    def to_args(self, **more: Any) -> AccountArgs:
        """The component's arguments; `more` are those that are no settings of this section."""
        return AccountArgs(
            trail_bucket=self.trail_bucket, guardduty=self.guardduty, access_analyzer=self.access_analyzer, **more
        )
