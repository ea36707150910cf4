"""What an AWS account has once: trail, detection, second factors and safe defaults."""

from components.account.account import Account, AccountArgs
from components.account.mfa import own_users

__all__ = ["Account", "AccountArgs", "own_users"]
