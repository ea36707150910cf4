"""Settings of what an account has once (AWS-MFA, AWS-TRAIL, AWS-S3)."""

from __future__ import annotations

from typing import Annotated, Literal

from components.settings.base import Section, matching


class AccountSettings(Section):
    """`palisade:account`."""

    manage: bool = True
    """False: another stack or the organisation owns the account-wide settings."""
    trail_bucket: Annotated[str, matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of an S3 bucket")] | None = (
        None
    )
    """An existing bucket that takes the trail: in a separate account, or the one that an earlier stack retained. None:
    one is created here (AWS-TRAIL)."""
    deployer_has_mfa: bool = False
    """The listed IAM user who runs the first update signs with a session that has a second factor (AWS-MFA)."""
    guardduty: Literal["create", "existing", "organization", "off"] = "create"
    """`existing`: a detector of this account is there, and gets the EKS features. `organization`: its administrator
    decides about them, so nothing of GuardDuty is made here; findings are heard all the same."""
    access_analyzer: Literal["create", "existing"] = "create"
    """`existing`: the account has an Access Analyzer already; AWS takes no second of its kind."""
