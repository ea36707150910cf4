"""Account-wide resources: trail, threat detection, MFA enforcement and safe defaults."""

from components.account.account import Account, AccountArgs
from components.account.mfa import own_users, user_without_mfa
from components.account.trail import trail_bucket_exists

__all__ = ["Account", "AccountArgs", "own_users", "trail_bucket_exists", "user_without_mfa"]
