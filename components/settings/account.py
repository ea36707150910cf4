"""Settings of the account-wide resources (AWS-MFA, AWS-TRAIL, AWS-S3)."""

from __future__ import annotations

from typing import Any

from components.account import AccountArgs
from components.account.detection import FITTING, AccessAnalyzer, Feature, GuardDuty
from components.settings.base import Section


class AccountSettings(Section):
    """`palisade:account`."""

    manage: bool = True
    """False: another stack or the organisation owns the account-wide settings."""
    trail_bucket: str | None = None
    """An existing bucket that takes the trail: in a separate account, or the one that an earlier stack retained. None:
    one is created here (AWS-TRAIL)."""
    data_event_buckets: tuple[str, ...] = ("pulumi-state-*",)
    """Buckets whose objects' reads and writes are in the trail, besides that of Deis's sources and builds; a trailing *
    stands for any text (AWS-TRAIL)."""
    deployer_has_mfa: bool = False
    """The listed IAM user who runs the first update signs with a session that has a second factor (AWS-MFA)."""
    guardduty: GuardDuty = "create"
    """`existing`: a detector of this account is there, and gets the features. `organization`: its administrator decides
    about them, so nothing of GuardDuty is made here; findings are reported all the same."""
    guardduty_features: tuple[Feature, ...] = FITTING
    """Features of GuardDuty to turn on; docs/cost.md has their prices."""
    access_analyzer: AccessAnalyzer = "create"
    """`existing`: the account has an Access Analyzer already; AWS takes no second of its kind."""

    def to_args(self, *data_event_buckets: str, **more: Any) -> AccountArgs:
        """The component's arguments; `more` are those that are not settings of this section.

        Args:
            data_event_buckets: further buckets whose object reads and writes the trail records.
        """
        return AccountArgs(
            trail_bucket=self.trail_bucket,
            data_event_buckets=[*self.data_event_buckets, *data_event_buckets],
            guardduty=self.guardduty,
            guardduty_features=self.guardduty_features,
            access_analyzer=self.access_analyzer,
            **more,
        )
